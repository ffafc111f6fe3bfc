package live

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// look is how often the sources are looked at.
const look = 400 * time.Millisecond

// watched are the files and folders below the checkout that the programs and the
// stacks follow from.
func watched() []string {
	return []string{"functions", "shared", "infra/main.go", "infra/stack", "infra/construct", "infra/stage", "cdk.json", "go.mod", "go.sum"}
}

// fingerprint says of each watched file when it was written and how long it is.
type fingerprint map[string]string

func fingerprintOf(root string) (fingerprint, error) {
	seen := fingerprint{}
	for _, part := range watched() {
		err := filepath.WalkDir(filepath.Join(root, part), func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // it went away while we looked
			}
			if err != nil {
				return err
			}
			if d.IsDir() {
				if d.Name() == "testdata" {
					return filepath.SkipDir
				}
				return nil
			}
			if strings.HasSuffix(path, "_test.go") {
				return nil
			}
			info, err := d.Info()
			if err == nil {
				seen[path] = fmt.Sprint(info.ModTime().UnixNano(), info.Size())
			}
			if errors.Is(err, os.ErrNotExist) {
				return nil
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return seen, nil
}

func (f fingerprint) equal(g fingerprint) bool {
	if len(f) != len(g) {
		return false
	}
	for path, mark := range f {
		if g[path] != mark {
			return false
		}
	}
	return true
}

// watch sends a value whenever something changed and has been still since, so
// that a save of many files is one change. It ends with the context.
func watch(ctx context.Context, root string) (<-chan struct{}, error) {
	known, err := fingerprintOf(root)
	if err != nil {
		return nil, err
	}
	changes := make(chan struct{}, 1)
	go func() {
		ticker := time.NewTicker(look)
		defer ticker.Stop()
		last := known
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			now, err := fingerprintOf(root)
			if err != nil {
				continue
			}
			if still := now.equal(last); still && !now.equal(known) {
				known = now
				select {
				case changes <- struct{}{}:
				default:
				}
			}
			last = now
		}
	}()
	return changes, nil
}
