// Package sample loads the sample events and wraps them in the envelopes of the
// services that deliver them: SQS, SNS, EventBridge, Kafka, a function URL.
//
//	samples, err := sample.Load("../../events-samples")
//	f, _ := catalog.FunctionByName("order-approved-shipping")
//	bodies, err := sample.For(samples, f)          // the samples that trigger f
//	batch := sample.SQS(bodies[0].Body)            // what Lambda invokes f with
//	again := sample.Batch(sample.Record{Body: string(bodies[0].Body), Received: 2})
//
// The folder events-samples holds one folder per source, with the messages that
// the source sends, before any transport. Signalbox's own events have the source
// "signalbox", with one file per event type, "<type>.json", and variants in
// "<type>.<variant>.json".
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

// Sample is one message as its source sends it.
type Sample struct {
	// Source is the folder, Name the file's name without ".json".
	Source, Name string
	Body         []byte
}

// Load reads the samples of all sources below the folder, sorted by source and
// name. A source's folder may hold a README.md and *.json, nothing else.
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
		return nil, fmt.Errorf("%s: expected samples", folder)
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

// Event parses a sample of the source "signalbox". The sample's name must begin
// with the event's type.
func (s Sample) Event() (event.Raw, error) {
	if s.Source != Own {
		return event.Raw{}, errors.New(s.Source + "/" + s.Name + ": expected the source " + Own)
	}
	raw, err := event.Parse(s.Body)
	if err != nil {
		return raw, fmt.Errorf("%s/%s: %w", s.Source, s.Name, err)
	}
	if s.Name != string(raw.Type) && !strings.HasPrefix(s.Name, string(raw.Type)+".") {
		return raw, fmt.Errorf("%s/%s: expected a name that begins with the type %s", s.Source, s.Name, raw.Type)
	}
	return raw, nil
}

// For returns the samples that trigger f, as the bodies that its queue receives:
// the notifications of its source, or its event's samples in EventBridge's
// envelope.
func For(samples []Sample, f catalog.Function) ([]Sample, error) {
	var fitting []Sample
	for _, s := range samples {
		switch {
		case f.Source() != "" && s.Source == f.Source():
			fitting = append(fitting, s)
		case f.Event() != "" && s.Source == Own:
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
