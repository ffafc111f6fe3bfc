package engine

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestEveryRequirementIsPinnedByHash(t *testing.T) {
	pinned := regexp.MustCompile(`^[A-Za-z0-9_-]+==[0-9]+[0-9a-z.]*( ; python_version < "3\.11")?( --hash=sha256:[0-9a-f]{64})+$`)
	text := strings.ReplaceAll(string(requirements), "\\\n", "")
	n := 0
	for _, line := range strings.Split(text, "\n") {
		if line = strings.Join(strings.Fields(line), " "); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		n++
		if !pinned.MatchString(line) {
			t.Errorf("not pinned by hash: %.60s", line)
		}
	}
	if n < 17 {
		t.Errorf("%d requirements", n)
	}
}

func TestAnInstallationIsCompleteOnlyWithItsStamp(t *testing.T) {
	p := python{path: "/usr/bin/python3", version: "3.11\n"}
	for name, c := range map[string]struct {
		stamp  string
		binary bool
		want   bool
	}{
		"stamp and Python are there": {stamp(p.version), true, true},
		"it was broken off":          {"", true, false},
		"it is of other versions":    {stamp("3.12\n"), true, false},
		"its Python is gone":         {stamp(p.version), false, false},
		"nothing is there":           {"", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if c.stamp != "" {
				if err := os.WriteFile(stampOf(dir), []byte(c.stamp+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if c.binary {
				fakePython(t, dir, "exit 0")
			}
			if got := installedFor(dir, p); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// fakePython puts a shell script in the place of an installation's Python.
func fakePython(t *testing.T, dir, script string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pythonOf(dir), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestAnEngineThatEndsAtOnceTellsItsLastWords(t *testing.T) {
	dir := t.TempDir()
	fakePython(t, dir, "echo the port is taken >&2; exit 1")
	_, err := Start(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), "the port is taken") {
		t.Errorf("got %v", err)
	}
}

func TestAnEngineThatNeverAnswersEndsWithTheContext(t *testing.T) {
	dir := t.TempDir()
	// It runs in its scratch folder and leaves its own id there.
	fakePython(t, dir, "echo $$ > "+filepath.Join(dir, "pid")+"; read x")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := Start(ctx, dir); err == nil {
		t.Fatal("it never answered")
	}
	pid, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join("/proc", strings.TrimSpace(string(pid)))); err == nil {
		t.Errorf("process %s is still there", bytes.TrimSpace(pid))
	}
}

func TestAnotherEngineIsLeftAlone(t *testing.T) {
	e, err := At("http://127.0.0.1:4566")
	if err != nil {
		t.Fatal(err)
	}
	e.Stop()
	if e.Exited() != nil {
		t.Error("we watch an engine that is not ours")
	}
	for _, endpoint := range []string{"", "localhost:4566", "ftp://x", "/tmp"} {
		if _, err := At(endpoint); err == nil {
			t.Errorf("%q passed for an endpoint", endpoint)
		}
	}
}

func TestTheTailKeepsTheEnd(t *testing.T) {
	var out tail
	_, _ = out.Write(bytes.Repeat([]byte("a"), 5000))
	_, _ = out.Write([]byte("the end"))
	if got := out.String(); len(got) != 4096 || !strings.HasSuffix(got, "the end") {
		t.Errorf("%d bytes, ending in %q", len(got), got[len(got)-7:])
	}
}
