// Command relay stands before a function in the container of SAM CLI. It listens
// on the container's loopback, where our doubles and our AWS are expected to be,
// and passes what comes there on to the machine that runs the container; then it
// becomes the function. So the function is the deployed binary, and its rule that
// plain http is for loopback alone holds there too.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"signalbox/infra/sam/forward"
)

// plan is the content of relay.json beside the binary; package sam writes it.
type plan struct {
	// Forward maps addresses on loopback to the ones they stand for.
	Forward map[string]string `json:"forward"`
	// Env is added to the function's environment.
	Env map[string]string `json:"env"`
}

// forwarding is the argument of the process that passes connections on. What
// follows are the targets of the listeners it inherits, from descriptor 3.
const forwarding = "forward"

func main() {
	var err error
	if len(os.Args) > 1 && os.Args[1] == forwarding {
		err = passOn(os.Args[2:])
	} else {
		err = become()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
}

func become() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(self), "relay.json"))
	if err != nil {
		return err
	}
	var p plan
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	child := exec.Command(self, forwarding)
	child.Stderr = os.Stderr
	for at, target := range p.Forward {
		listener, err := net.Listen("tcp", at)
		if err != nil {
			return err
		}
		file, err := listener.(*net.TCPListener).File()
		if err != nil {
			return err
		}
		child.ExtraFiles = append(child.ExtraFiles, file)
		child.Args = append(child.Args, target)
	}
	if err := child.Start(); err != nil {
		return err
	}
	for name, value := range p.Env {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	function := filepath.Join(filepath.Dir(self), "function")
	return syscall.Exec(function, []string{function}, os.Environ())
}

func passOn(targets []string) error {
	var forwarders []*forward.Forwarder
	for i, target := range targets {
		listener, err := net.FileListener(os.NewFile(uintptr(3+i), "listener "+strconv.Itoa(i)))
		if err != nil {
			return err
		}
		forwarders = append(forwarders, forward.Serve(listener, target))
	}
	for _, f := range forwarders {
		f.Wait()
	}
	return nil
}
