package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const asked = "RELAY_TEST_ASK"

// TestMain lets this test binary play both the relay and the function.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv(asked) != "":
		ask(os.Getenv(asked))
	case filepath.Base(os.Args[0]) == "bootstrap":
		main()
	default:
		os.Exit(m.Run())
	}
}

func ask(url string) {
	response, err := http.Get(url)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	fmt.Printf("%s heard %s", filepath.Base(os.Args[0]), body)
}

func TestFunctionReachesThroughLoopbackWhatTheRelayStandsFor(t *testing.T) {
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "the far side")
	}))
	defer far.Close()
	at := freeAddress(t)
	folder := asset(t, plan{
		Forward: map[string]string{at: strings.TrimPrefix(far.URL, "http://")},
		Env:     map[string]string{asked: "http://" + at},
	})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var out, errors bytes.Buffer
	command := exec.CommandContext(ctx, filepath.Join(folder, "bootstrap"))
	command.Stdout, command.Stderr = &out, &errors
	// The process that passes connections on outlives the function and holds stderr open.
	command.WaitDelay = time.Second
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err := command.Run()
	_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	if err != nil && err != exec.ErrWaitDelay {
		t.Fatalf("%v: %s", err, errors.String())
	}
	if out.String() != "function heard the far side" {
		t.Errorf("got %q, %s", out.String(), errors.String())
	}
}

func TestRelayWithoutItsPlanEnds(t *testing.T) {
	folder := asset(t, plan{})
	if err := os.Remove(filepath.Join(folder, "relay.json")); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(filepath.Join(folder, "bootstrap")).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "relay.json") {
		t.Errorf("got %v, %s", err, out)
	}
}

func asset(t *testing.T, p plan) string {
	t.Helper()
	folder := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"bootstrap": binary, "function": binary, "relay.json": text} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
