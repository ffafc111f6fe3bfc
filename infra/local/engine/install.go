package engine

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

//go:embed requirements.txt
var requirements []byte

//go:embed launcher.py
var launcher []byte

// Stamp names what an installation is made of: the pinned files and the Python
// they are installed for.
func stamp(pythonVersion string) string {
	sum := sha256.Sum256(append([]byte(pythonVersion+"\n"), requirements...))
	return hex.EncodeToString(sum[:])
}

// Installed reports whether dir holds a complete installation of the pinned versions.
func Installed(ctx context.Context, dir string) bool {
	python, err := hostPython(ctx)
	return err == nil && installedFor(dir, python)
}

func installedFor(dir string, p python) bool {
	have, err := os.ReadFile(stampOf(dir))
	if err != nil || strings.TrimSpace(string(have)) != stamp(p.version) {
		return false
	}
	_, err = os.Stat(pythonOf(dir))
	return err == nil
}

// Install puts the pinned versions into a virtual environment at dir unless they
// are there. Whoever comes second waits for the first. The error says what is
// missing on this machine.
func Install(ctx context.Context, dir string) error {
	host, err := hostPython(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	unlock, err := lock(dir + ".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if installedFor(dir, host) {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	// A Python that has no pip for its own can still be served by the pip beside
	// it, which also skips unpacking pip into the environment.
	var problems []error
	for _, attempt := range []func(context.Context, string, python) error{installWithHostPip, installWithOwnPip} {
		err := attempt(ctx, dir, host)
		if err == nil {
			return os.WriteFile(stampOf(dir), []byte(stamp(host.version)+"\n"), 0o644)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		problems = append(problems, err)
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return fmt.Errorf("install the local engine: %w\n(on Debian and Ubuntu the package python3-venv is needed; SIGNALBOX_ENGINE=URL uses another engine instead)",
		errors.Join(problems...))
}

func installWithHostPip(ctx context.Context, dir string, host python) error {
	if !host.pipServesOthers(ctx) {
		return errors.New("this Python has no pip of version 22.3 or later")
	}
	if err := command(ctx, nil, host.path, "-m", "venv", "--without-pip", dir); err != nil {
		return err
	}
	return pipInstall(ctx, host.path, "-m", "pip", "--python", pythonOf(dir))
}

func installWithOwnPip(ctx context.Context, dir string, host python) error {
	if err := command(ctx, nil, host.path, "-m", "venv", dir); err != nil {
		return err
	}
	return pipInstall(ctx, pythonOf(dir), "-m", "pip")
}

func pipInstall(ctx context.Context, pip ...string) error {
	return command(ctx, requirements, append(pip, "install", "--quiet", "--disable-pip-version-check", "--no-input",
		"--no-deps", "--no-compile", "--only-binary", ":all:", "--require-hashes", "--requirement", "/dev/stdin")...)
}

func command(ctx context.Context, stdin []byte, args ...string) error {
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	var output bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(stdin), &output, &output
	if err := c.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(output.String()), "\n")
		return fmt.Errorf("%s: %w: %s", filepath.Base(args[0]), err, strings.Join(lines[max(0, len(lines)-4):], " / "))
	}
	return nil
}

type python struct{ path, version string }

// hostPython finds a Python the engine runs on, 3.10 or later.
func hostPython(ctx context.Context) (python, error) {
	path, err := exec.LookPath("python3")
	if err != nil {
		return python{}, errors.New("the local engine needs Python 3.10 or later: no python3 in the PATH")
	}
	out, err := exec.CommandContext(ctx, path, "-c", "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.version, sys.prefix)").Output()
	if err != nil {
		return python{}, fmt.Errorf("%s does not run: %w", path, err)
	}
	short, _, _ := strings.Cut(string(out), "\n")
	major, minor, _ := strings.Cut(short, ".")
	if m, err := strconv.Atoi(minor); major != "3" || err != nil || m < 10 {
		return python{}, fmt.Errorf("the local engine needs Python 3.10 or later: %s is %s", path, short)
	}
	return python{path: path, version: string(out)}, nil
}

var pipVersion = regexp.MustCompile(`^pip (\d+)\.(\d+)`)

func (p python) pipServesOthers(ctx context.Context) bool {
	out, err := exec.CommandContext(ctx, p.path, "-m", "pip", "--disable-pip-version-check", "--version").Output()
	m := pipVersion.FindStringSubmatch(string(out))
	if err != nil || m == nil {
		return false
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	return major > 22 || major == 22 && minor >= 3
}

func pythonOf(dir string) string { return filepath.Join(dir, "bin", "python") }
func stampOf(dir string) string  { return filepath.Join(dir, "installed") }

// lock holds path against other processes until the returned function is called.
func lock(path string) (func(), error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}
