package sam

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Rehearse runs one function in SAM CLI on a Docker engine of its own, with a
// base image made from what this machine has, so that it needs no registry and
// touches no engine that is already there. Where something for that is missing
// it says "skipped" and why on o.Out, and returns nil.
//
// It proves the way there: template, readable id, environment, event, relay and
// judgement. That the image is not AWS's own is why it is no proof of the image.
func Rehearse(ctx context.Context, o Options) error {
	parts, lacks := findParts()
	if len(lacks) > 0 {
		fmt.Fprintf(o.Out, "skipped: %s\n", strings.Join(lacks, "; "))
		return nil
	}
	// The engine's socket must have a short path, and its data must not lie in
	// the checkout.
	folder, err := os.MkdirTemp("", "signalbox-sam-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	fmt.Fprintln(o.Progress, "starting a Docker engine of our own")
	daemon, err := startDaemon(ctx, parts.dockerd, folder)
	if err != nil {
		return err
	}
	defer daemon.stop(o.Progress)
	image, err := baseImage(parts.busybox)
	if err != nil {
		return err
	}
	if err := daemon.engine.importImage(ctx, repository, tag(), "linux/"+runtime.GOARCH, image); err != nil {
		return fmt.Errorf("import the base image: %w", err)
	}
	outside := o.Getenv
	o.Getenv = func(name string) string {
		if name == "DOCKER_HOST" {
			return daemon.engine.host
		}
		return outside(name)
	}
	effects, err := Run(ctx, o)
	if err != nil {
		return err
	}
	if len(effects) == 0 {
		return fmt.Errorf("%s answered, but nothing was done to any system", o.Function)
	}
	fmt.Fprintf(o.Out, "SAM CLI runs %s from the synthesized template\n", o.Function)
	return nil
}

type parts struct{ dockerd, busybox string }

func findParts() (p parts, lacks []string) {
	var err error
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		lacks = append(lacks, "a Docker engine of our own needs Linux and root")
	}
	if _, err := exec.LookPath("sam"); err != nil {
		lacks = append(lacks, noSAM)
	}
	if p.dockerd, err = lookPath("dockerd"); err != nil {
		lacks = append(lacks, "dockerd is not here: apt-get install docker.io")
	}
	if p.busybox, err = lookPath("busybox"); err != nil || !isStatic(p.busybox) {
		lacks = append(lacks, "a static busybox is not here: apt-get install busybox-static")
	}
	return p, lacks
}

// lookPath finds a program in the PATH or where Debian puts those for root.
func lookPath(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return exec.LookPath("/usr/sbin/" + name)
	}
	return path, nil
}

func isStatic(path string) bool {
	f, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return !slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
}

type daemon struct {
	engine *engine
	folder string
	cmd    *exec.Cmd
	ended  chan struct{}
	// bridge is set when the network bridge was not there before.
	bridge bool
}

// bridgePath is where the engine's network interface shows.
const bridgePath = "/sys/class/net/docker0"

// startDaemon starts a Docker engine that leaves the machine's firewall alone
// and keeps everything in folder.
func startDaemon(ctx context.Context, dockerd, folder string) (*daemon, error) {
	config := filepath.Join(folder, "daemon.json")
	if err := os.WriteFile(config, []byte("{}"), 0o644); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(folder, "dockerd.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	socket := filepath.Join(folder, "docker.sock")
	d := &daemon{folder: folder, ended: make(chan struct{}), bridge: !exists(bridgePath)}
	d.cmd = exec.Command(dockerd, "--config-file", config, "--host", "unix://"+socket,
		"--data-root", filepath.Join(folder, "data"), "--exec-root", filepath.Join(folder, "exec"), "--pidfile", filepath.Join(folder, "docker.pid"),
		"--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false")
	d.cmd.Stdout, d.cmd.Stderr = log, log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if d.engine, err = findEngine(func(string) string { return "unix://" + socket }); err != nil {
		return nil, err
	}
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = d.cmd.Wait()
		close(d.ended)
	}()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		if d.engine.ping(ctx) == nil {
			return d, nil
		}
		select {
		case <-d.ended:
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
			continue
		}
		text, _ := os.ReadFile(log.Name())
		d.stop(io.Discard)
		return nil, fmt.Errorf("dockerd did not start: %s", lastLines(text, 3))
	}
}

func lastLines(text []byte, n int) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// stop ends the engine and takes away what it leaves: mounts and the bridge.
func (d *daemon) stop(progress io.Writer) {
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.ended:
	case <-time.After(15 * time.Second):
		_ = syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL)
		<-d.ended
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		fmt.Fprintln(progress, err)
	}
	for _, at := range slices.Backward(mountsBelow(string(mounts), d.folder)) {
		_ = syscall.Unmount(at, syscall.MNT_DETACH)
	}
	if d.bridge && exists(bridgePath) {
		if out, err := exec.Command("ip", "link", "delete", "docker0").CombinedOutput(); err != nil {
			fmt.Fprintf(progress, "the network interface docker0 is left: %v %s\n", err, bytes.TrimSpace(out))
		}
	}
}

// mountsBelow returns the mount points below folder, outer ones first.
func mountsBelow(mounts, folder string) []string {
	var at []string
	for line := range strings.Lines(mounts) {
		if fields := strings.Fields(line); len(fields) > 1 && strings.HasPrefix(fields[1], folder+"/") {
			at = append(at, fields[1])
		}
	}
	return at
}

// baseImage returns a root directory that is just enough for SAM CLI's own
// image to be built on and for a Go function to run in.
func baseImage(busybox string) (io.Reader, error) {
	shell, err := os.ReadFile(busybox)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	var problems []error
	put := func(h tar.Header, content []byte) {
		h.Size = int64(len(content))
		err := w.WriteHeader(&h)
		if err == nil {
			_, err = w.Write(content)
		}
		problems = append(problems, err)
	}
	for _, folder := range []string{"bin", "etc", "opt", "proc", "sys", "dev", "var", "var/task", "var/runtime", "var/rapid"} {
		put(tar.Header{Typeflag: tar.TypeDir, Name: folder + "/", Mode: 0o755}, nil)
	}
	put(tar.Header{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777}, nil)
	put(tar.Header{Name: "bin/busybox", Mode: 0o755}, shell)
	for _, name := range []string{"sh", "mv", "chmod"} {
		put(tar.Header{Typeflag: tar.TypeSymlink, Name: "bin/" + name, Linkname: "busybox"}, nil)
	}
	put(tar.Header{Name: "etc/passwd", Mode: 0o644}, []byte("root:x:0:0:root:/root:/bin/sh\nsbx_user1051:x:993:990::/home/sbx_user1051:/bin/sh\n"))
	put(tar.Header{Name: "etc/group", Mode: 0o644}, []byte("root:x:0:\n"))
	put(tar.Header{Name: "etc/nsswitch.conf", Mode: 0o644}, []byte("hosts: files dns\n"))
	return &b, errors.Join(append(problems, w.Close())...)
}
