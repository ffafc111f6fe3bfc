package lambdatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"signalbox/shared/catalog"
)

// buildTimeout is enough for a first build on a small machine.
const buildTimeout = 10 * time.Minute

// Flags are what functions are built with for deployment, besides CGO_ENABLED=0:
// small (lambda.norpc keeps net/rpc and with it html/template out) and the same
// bytes from every checkout.
func Flags() []string {
	return []string{"-tags", "lambda.norpc", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid="}
}

// Build returns the path of f's bootstrap for this machine's architecture, built
// as it is deployed. The first call of a test run builds all functions at once.
func Build(tb testing.TB, f catalog.Function) string {
	tb.Helper()
	dir, err := allFunctions()
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(dir, f.Name)
	if _, err := os.Stat(path); err != nil {
		tb.Fatalf("functions/%s/%s is not a program", f.Domain, f.Name)
	}
	return path
}

// BuildPackage returns the path of the program in one package of this module,
// built as functions are. The package is a path below the module's root.
func BuildPackage(tb testing.TB, pkg string) string {
	tb.Helper()
	dir, err := build("package", "./"+pkg)
	if err != nil {
		tb.Fatal(err)
	}
	return filepath.Join(dir, filepath.Base(pkg))
}

var allFunctions = sync.OnceValues(func() (string, error) { return build("functions", "./functions/...") })

// build compiles packages into a folder that stays from run to run. Programs
// are put in place by a rename, so that another run may be using the old one.
func build(kind, packages string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, ".local", "lambdatest", runtime.GOARCH, kind)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(dir + ".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "build-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(fresh)
	ctx, cancel := context.WithTimeout(context.Background(), buildTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"build"}, Flags()...), "-o", fresh+string(filepath.Separator), packages)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go build %s: %w\n%s", packages, err, strings.TrimSpace(out.String()))
	}
	programs, err := os.ReadDir(fresh)
	if err != nil {
		return "", err
	}
	for _, p := range programs {
		if err := os.Rename(filepath.Join(fresh, p.Name()), filepath.Join(dir, p.Name())); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// Root is the folder of this module's go.mod, at or above the working folder.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod at or above the working folder")
		}
		dir = parent
	}
}

// lock waits for an exclusive lock on a file, so that test binaries that run at
// the same time build one after the other.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
