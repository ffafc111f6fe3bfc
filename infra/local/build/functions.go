// Package build makes what the local run needs of the checkout: the functions'
// programs and the synthesized stacks. Both are kept and made again only when
// something they follow from has changed.
package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"signalbox/shared/lambdatest"
)

// Programs says where the functions' programs are put, below the checkout's
// root: where a deployment takes them from if this is Linux, and a place of
// their own elsewhere, since Lambda would not run them.
func Programs() string {
	if runtime.GOOS == "linux" {
		return filepath.Join("dist", runtime.GOARCH)
	}
	return filepath.Join(".local", "dist", runtime.GOOS+"-"+runtime.GOARCH)
}

// Bootstrap is the path of a function's program below root.
func Bootstrap(root, function string) string {
	return filepath.Join(root, Programs(), function, "bootstrap")
}

// Functions builds every function for this machine, as it is deployed, and
// returns the names of those whose program changed. A compiler's complaint is
// returned as it is.
func Functions(ctx context.Context, root string) (changed []string, err error) {
	changed, err = functions(ctx, root, runtime.GOOS, filepath.Join(root, Programs()))
	if err == nil && runtime.GOOS != "linux" {
		// The stacks name the programs that are deployed.
		_, err = functions(ctx, root, "linux", filepath.Join(root, "dist", runtime.GOARCH))
	}
	return changed, err
}

func functions(ctx context.Context, root, goos, into string) (changed []string, err error) {
	if err := os.MkdirAll(into, 0o755); err != nil {
		return nil, err
	}
	fresh, err := os.MkdirTemp(into, ".build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(fresh)
	args := slices.Concat([]string{"build"}, lambdatest.Flags(), []string{"-o", fresh + string(filepath.Separator), "./functions/..."})
	if err := goTool(ctx, root, []string{"CGO_ENABLED=0", "GOOS=" + goos}, args...); err != nil {
		return nil, err
	}
	programs, err := os.ReadDir(fresh)
	if err != nil {
		return nil, err
	}
	if len(programs) == 0 {
		return nil, errors.New("functions/ holds no program")
	}
	for _, p := range programs {
		moved, err := replace(filepath.Join(fresh, p.Name()), filepath.Join(into, p.Name(), "bootstrap"))
		if err != nil {
			return nil, err
		}
		if moved {
			changed = append(changed, p.Name())
		}
	}
	return changed, nil
}

// replace moves a program into place unless the same one is there. A process that
// runs the old one keeps it.
func replace(fresh, path string) (moved bool, err error) {
	same, err := sameContent(fresh, path)
	if err != nil || same {
		return false, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return false, err
	}
	if err := os.Chmod(fresh, 0o755); err != nil {
		return false, err
	}
	return true, os.Rename(fresh, path)
}

func sameContent(a, b string) (bool, error) {
	sumA, err := fileSum(a)
	if err != nil {
		return false, err
	}
	sumB, err := fileSum(b)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return sumA == sumB, err
}

func fileSum(path string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, err
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// goTool runs the go command with the checkout as its working folder.
func goTool(ctx context.Context, root string, env []string, args ...string) error {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = root
	c.Env = append(os.Environ(), env...)
	// An interrupt ends the compilers too.
	own(c)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("go %s: %w\n%s", args[0], err, strings.TrimSpace(out.String()))
	}
	return nil
}
