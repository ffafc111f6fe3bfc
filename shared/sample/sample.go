// Package sample loads the sample events and wraps them as the services that
// carry them do: SQS for a function's batch, SNS, EventBridge.
//
// The folder events-samples holds one folder per source. What lies there is
// what the source sends, before any transport; Signalbox's own events are the
// source "signalbox", one file per event type, "<type>.json", and further ones
// as "<type>.<variant>.json".
package sample

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
)

// Own is the source of Signalbox's own events.
const Own = "signalbox"

// Sample is one event as its source sends it.
type Sample struct {
	// Source is the folder, Name the file's name without ".json".
	Source, Name string
	Body         []byte
}

// Load reads the samples of all sources below the folder, by source and name.
// Besides *.json a source's folder may hold a README.md.
func Load(folder string) ([]Sample, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*", "*"))
	if err != nil {
		return nil, err
	}
	var samples []Sample
	for _, file := range files {
		name, isJSON := strings.CutSuffix(filepath.Base(file), ".json")
		if !isJSON {
			if name == "README.md" {
				continue
			}
			return nil, fmt.Errorf("%s: expected *.json", file)
		}
		body, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		samples = append(samples, Sample{Source: filepath.Base(filepath.Dir(file)), Name: name, Body: body})
	}
	if len(samples) == 0 {
		return nil, fmt.Errorf("%s: no samples", folder)
	}
	slices.SortFunc(samples, func(a, b Sample) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Name, b.Name))
	})
	return samples, nil
}

// LoadAll reads the samples of the module in or below whose folder the process works.
func LoadAll() ([]Sample, error) {
	at, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(at, "go.mod")); missing == nil {
			return Load(filepath.Join(at, "events-samples"))
		}
		if filepath.Dir(at) == at {
			err = errors.New("no go.mod at or above the working folder")
		}
		at = filepath.Dir(at)
	}
	return nil, err
}

// Event parses a sample of the source "signalbox". The error says what is wrong
// with it, which includes a name that does not begin with its type.
func (s Sample) Event() (event.Raw, error) {
	if s.Source != Own {
		return event.Raw{}, errors.New(s.Source + "/" + s.Name + " is not an event of Signalbox's own")
	}
	raw, err := event.Parse(s.Body)
	if err != nil {
		return raw, fmt.Errorf("%s/%s: %w", s.Source, s.Name, err)
	}
	if s.Name != string(raw.Type) && !strings.HasPrefix(s.Name, string(raw.Type)+".") {
		return raw, fmt.Errorf("%s/%s: the name does not begin with the type %s", s.Source, s.Name, raw.Type)
	}
	return raw, nil
}

// For returns the samples that f is triggered by, as the bodies its queue
// receives: the notifications of its source, or its event's samples in the
// wrapper of the bus.
func For(samples []Sample, f catalog.Function) ([]Sample, error) {
	var fitting []Sample
	for _, s := range samples {
		switch {
		case f.Source != "" && s.Source == f.Source:
			fitting = append(fitting, s)
		case f.Event != "" && s.Source == Own:
			raw, err := s.Event()
			if err != nil {
				return nil, err
			}
			if f.Takes(raw.Type) {
				fitting = append(fitting, Sample{Source: s.Source, Name: s.Name, Body: EventBridge(s.Body)})
			}
		}
	}
	return fitting, nil
}
