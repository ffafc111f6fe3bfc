package scaffold

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/strictjson"
)

//go:embed text
var texts embed.FS

// Written says what was scaffolded.
type Written struct {
	// Function is the folder of the function, Handler the file to edit next; both
	// are paths below the root of the tree.
	Function, Handler string
	// Created and Changed are the files, by path below the root.
	Created, Changed []string
	// NewEvent is set when the event was not in the catalog before.
	NewEvent bool
	// Schema is the file of a new event's schema, by path below the root.
	Schema string
	// Sharing are the functions that divide the system's rate with the new one.
	Sharing []string
	// Client is what the system's client can do, one method a line.
	Client []string
}

const (
	lists = "shared/catalog/all_list.go"
	base  = "shared/catalog/catalog.go"
)

// Write adds the function that r wants to the tree at root. It writes all or
// nothing, and never over a file that exists.
func Write(root string, r Request) (Written, error) {
	d, err := decide(r)
	if err != nil {
		return Written{}, err
	}
	create, err := d.create(root)
	if err != nil {
		return Written{}, err
	}
	change, err := d.change(root)
	if err != nil {
		return Written{}, err
	}
	folder := d.folder()
	w := Written{Function: folder, Handler: folder + "/handler.go", NewEvent: d.NewEvent, Created: sorted(create), Changed: sorted(change)}
	if w.Client, err = methods(filepath.Join(root, "shared/connector", d.System.ID)); err != nil {
		return Written{}, fmt.Errorf("SYSTEM: %s has no client yet: %w", d.System.ID, err)
	}
	if d.NewEvent {
		w.Schema = fmt.Sprintf("shared/event/%s/schema/%s.v1.json", d.Package, d.Event)
	}
	for _, f := range catalog.Functions {
		if f.System == d.System.ID && f.Rate == 0 && !f.IsSchedule() {
			w.Sharing = append(w.Sharing, f.Name)
		}
	}
	return w, write(root, create, change)
}

func (d design) folder() string { return "functions/" + string(d.Domain) + "/" + d.Name }

// create returns the new files' contents by path.
func (d design) create(root string) (map[string][]byte, error) {
	handler := "natural.go.txt"
	if d.Unsafe {
		handler = "unsafe.go.txt"
	}
	sources := map[string]string{
		d.folder() + "/main.go":         "main.go.txt",
		d.folder() + "/handler.go":      handler,
		d.folder() + "/handler_test.go": "handler_test.go.txt",

		"shared/catalog/" + d.Name + ".go": "entry.go.txt",
	}
	if d.newSubject(root) {
		sources[d.list()] = "list.go.txt"
	}
	files := map[string][]byte{}
	if d.NewEvent {
		name := strings.NewReplacer(".", "_", "-", "_").Replace(string(d.Event))
		sources["shared/event/"+d.Package+"/"+name+".go"] = "event.go.txt"
		sample, err := d.sample()
		if err != nil {
			return nil, err
		}
		files["events-samples/signalbox/"+string(d.Event)+".json"] = sample
	}
	for path, text := range sources {
		source, err := d.render(text)
		if err != nil {
			return nil, err
		}
		if files[path], err = format.Source(source); err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
	}
	return files, nil
}

// change returns the changed files' contents by path: the list of the event's
// subject, and what names a new subject or domain.
func (d design) change(root string) (map[string][]byte, error) {
	changed := map[string]*source{}
	edit := func(path string, edits ...func(*source) error) error {
		s, err := open(root, path)
		if err != nil {
			return err
		}
		changed[path] = s
		for _, e := range edits {
			if err := e(s); err != nil {
				return err
			}
		}
		return nil
	}
	var err error
	if d.newSubject(root) {
		err = edit(lists, into("Events", d.Subject+"Events"), into("Functions", d.Subject+"Functions"))
	} else {
		edits := []func(*source) error{into(d.Subject+"Functions", d.Entry)}
		if d.NewEvent {
			edits = append(edits, into(d.Subject+"Events", d.EventLine()), func(s *source) error { return s.intoImports(d.PayloadPackage) })
		}
		err = edit(d.list(), edits...)
	}
	if d.NewDomain && err == nil {
		err = edit(base, func(s *source) error {
			return s.intoConstants("Domain", fmt.Sprintf("%s Domain = %q", d.DomainConst, d.Domain))
		})
	}
	texts := map[string][]byte{}
	for path, s := range changed {
		texts[path] = []byte(s.text)
	}
	return texts, err
}

func into(list, element string) func(*source) error {
	return func(s *source) error { return s.intoList(list, element) }
}

// list is the file that lists the events of a subject and their functions.
func (d design) list() string { return "shared/catalog/" + subject(d.Event) + "_list.go" }

func (d design) newSubject(root string) bool {
	_, err := os.Stat(filepath.Join(root, d.list()))
	return errors.Is(err, fs.ErrNotExist)
}

// EventLine is a new event's entry in the catalog.
func (d design) EventLine() string {
	return fmt.Sprintf("{Payload: %s.%s{}, Domain: %s, Means: %q}", d.Package, d.Payload, d.DomainConst, d.Means())
}

func open(root, path string) (*source, error) {
	text, err := os.ReadFile(filepath.Join(root, path))
	return &source{name: path, text: string(text)}, err
}

// Means is what the catalog says of a new event.
func (d design) Means() string {
	words := strings.NewReplacer(".", " ", "-", " ").Replace(string(d.Event))
	return strings.ToUpper(words[:1]) + words[1:] + "."
}

func (d design) render(name string) ([]byte, error) {
	t, err := template.ParseFS(texts, "text/"+name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, d)
	return bytes.TrimSpace(b.Bytes()), err
}

// sample returns the first sample of a new event.
func (d design) sample() ([]byte, error) {
	raw, err := event.New(event.Origin{
		Source: "/samples", ID: string(d.Event), Time: time.Date(2026, 3, 4, 16, 21, 9, 0, time.UTC),
	}, payload{event: d.Event, ID: "sample-1"})
	if err != nil {
		return nil, err
	}
	text, err := strictjson.Marshal(raw)
	if err != nil {
		return nil, err
	}
	pretty := jsontext.Value(text)
	if err := pretty.Indent(jsontext.WithIndent("  ")); err != nil {
		return nil, err
	}
	return append(pretty, '\n'), nil
}

// payload encodes as the payload type that event.go.txt declares.
type payload struct {
	event event.Type
	ID    string `json:"id"`
}

func (p payload) EventType() event.Type { return p.event }
func (p payload) SchemaVersion() int    { return 1 }
func (p payload) Subject() string       { return p.ID }
func (p payload) Validate() error       { return nil }

func write(root string, create, change map[string][]byte) (err error) {
	var made []string
	defer func() {
		if err != nil {
			for _, path := range made {
				_ = os.Remove(path)
			}
		}
	}()
	for _, name := range sorted(create) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s is there already", name)
		}
		if err != nil {
			return err
		}
		made = append(made, path)
		_, err = f.Write(create[name])
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	for _, name := range sorted(change) {
		if err := os.WriteFile(filepath.Join(root, name), change[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

func sorted(files map[string][]byte) []string {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
