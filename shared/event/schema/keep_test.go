package schema_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"signalbox/shared/event"
	"signalbox/shared/event/schema"
)

// The payloads of parcel.weighed as it changes from one release to the next.
type parcel struct {
	ID    string `json:"id"`
	Grams int64  `json:"grams"`
}

type grown struct {
	ID    string `json:"id"`
	Grams int64  `json:"grams"`
	Scale string `json:"scale,omitzero"`
}

type broken struct {
	ID    string `json:"id"`
	Grams string `json:"grams"`
}

type second struct{ broken }

type unread struct{ broken }

func (parcel) EventType() event.Type { return "parcel.weighed" }
func (parcel) SchemaVersion() int    { return 1 }
func (p parcel) Subject() string     { return p.ID }
func (parcel) Validate() error       { return nil }

func (grown) EventType() event.Type { return "parcel.weighed" }
func (grown) SchemaVersion() int    { return 1 }
func (g grown) Subject() string     { return g.ID }
func (grown) Validate() error       { return nil }

func (broken) EventType() event.Type { return "parcel.weighed" }
func (broken) SchemaVersion() int    { return 1 }
func (b broken) Subject() string     { return b.ID }
func (broken) Validate() error       { return nil }

func (unread) SchemaVersion() int                        { return 2 }
func (second) SchemaVersion() int                        { return 2 }
func (second) Upcast(_ int, data []byte) ([]byte, error) { return data, nil }

func TestKeep(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "schema")
	version1, version2 := filepath.Join(folder, "parcel.weighed.v1.json"), filepath.Join(folder, "parcel.weighed.v2.json")
	read := func(file string) string {
		t.Helper()
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	refuses := func(p event.Payload, update bool, want string) {
		t.Helper()
		if err := schema.Keep(folder, p, update); err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("got %v, want %s", err, want)
		}
	}
	keeps := func(p event.Payload, update bool) {
		t.Helper()
		if err := schema.Keep(folder, p, update); err != nil {
			t.Fatal(err)
		}
	}

	refuses(parcel{}, false, "expected a schema: run the test with -update")
	keeps(parcel{}, true)
	keeps(parcel{}, false)

	refuses(grown{}, false, "expected the type's schema, and the change is compatible")
	keeps(grown{}, true)
	keeps(grown{}, false)
	kept := read(version1)
	if !strings.Contains(kept, `"scale"`) {
		t.Fatalf("the update did not write %s", kept)
	}

	for _, update := range []bool{false, true} {
		refuses(broken{}, update, "data.grams was integer int64 and is string: neither side can read the other; data.scale was removed: consumers of the older version rely on it; raise SchemaVersion to 2 and read version 1 in Upcast")
	}
	if read(version1) != kept {
		t.Fatal("a refused update wrote the schema")
	}

	refuses(unread{}, true, "expected an event.Upcaster, because events of version 1 exist")
	refuses(second{}, false, "expected a line for parcel.weighed.v1.json: run the test with -update")
	keeps(second{}, true)
	keeps(second{}, false)
	if read(version1) != kept || !strings.Contains(read(version2), `"$id": "urn:signalbox:parcel.weighed:2"`) {
		t.Fatal("a new version must leave the older one as it is")
	}

	if err := os.WriteFile(version1, []byte(kept+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, update := range []bool{false, true} {
		refuses(second{}, update, "expected no change, because events of this version exist: restore it")
	}
	if err := os.Remove(version1); err != nil {
		t.Fatal(err)
	}
	refuses(second{}, true, "expected the schema of an older version")
}

func replace(t *testing.T, s, old, new string) string {
	t.Helper()
	if old == "" {
		return s
	}
	compact := strings.Join(strings.Fields(s), " ")
	changed := strings.Replace(compact, old, new, 1)
	if changed == compact {
		t.Fatalf("%s is not in %s", old, compact)
	}
	return changed
}
