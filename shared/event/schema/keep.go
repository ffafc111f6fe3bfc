package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"signalbox/shared/event"
)

// Frozen is the file in the schemas' folder that holds the digests of all older
// versions. They must not change, because events of these versions exist.
const Frozen = "frozen.sum"

// File returns the name of the file of one version of p's schema.
func File(p event.Payload, version int) string {
	return fmt.Sprintf("%s.v%d.json", p.EventType(), version)
}

// Keep compares the schemas of p in the folder with the type. The error names
// the problem and the remedy:
//
//   - the current version's file differs. With update it is rewritten, unless
//     that would break a consumer; then a new version is needed.
//   - the file of an older version is missing or was changed.
//   - p has older versions and is no event.Upcaster.
func Keep(folder string, p event.Payload, update bool) error {
	if err := keepCurrent(folder, p, update); err != nil {
		return err
	}
	current := p.SchemaVersion()
	if _, reads := p.(event.Upcaster); current > 1 && !reads {
		return fmt.Errorf("%s: expected an event.Upcaster, because events of version %d exist", p.EventType(), current-1)
	}
	for version := 1; version < current; version++ {
		if err := keepOlder(folder, File(p, version), update); err != nil {
			return err
		}
	}
	return nil
}

func keepCurrent(folder string, p event.Payload, update bool) error {
	file := filepath.Join(folder, File(p, p.SchemaVersion()))
	is, err := Generate(p)
	if err != nil {
		return err
	}
	was, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !update:
		return fmt.Errorf("%s: expected a schema: run the test with -update", file)
	case errors.Is(err, fs.ErrNotExist):
		return write(file, is)
	case err != nil:
		return err
	case string(was) == string(is):
		return nil
	}
	breaks, err := Breaks(was, is)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", file, err)
	case len(breaks) > 0:
		return fmt.Errorf("%s: %s; raise SchemaVersion to %d and read version %d in Upcast",
			file, strings.Join(breaks, "; "), p.SchemaVersion()+1, p.SchemaVersion())
	case !update:
		return fmt.Errorf("%s: expected the type's schema, and the change is compatible: run the test with -update", file)
	}
	return write(file, is)
}

func keepOlder(folder, name string, update bool) error {
	body, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return fmt.Errorf("expected the schema of an older version: %w", err)
	}
	sum := sha256.Sum256(body)
	line := hex.EncodeToString(sum[:]) + "  " + name
	file := filepath.Join(folder, Frozen)
	known, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for l := range strings.Lines(string(known)) {
		l = strings.TrimSpace(l)
		if l == line {
			return nil
		}
		if strings.HasSuffix(l, "  "+name) {
			return fmt.Errorf("%s: expected no change, because events of this version exist: restore it", filepath.Join(folder, name))
		}
	}
	if !update {
		return fmt.Errorf("%s: expected a line for %s: run the test with -update", file, name)
	}
	return write(file, append(known, line+"\n"...))
}

func write(file string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, body, 0o644)
}
