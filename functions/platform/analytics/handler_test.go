package main

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/sample"
)

// taken is a lake that keeps what it is given.
type taken struct {
	records [][]byte
	err     error
}

func (l *taken) Put(_ context.Context, record []byte) error {
	l.records = append(l.records, bytes.Clone(record))
	return l.err
}

// events are Signalbox's own samples, with their data as the catalog's type.
func events(t *testing.T) []event.Event[event.Payload] {
	t.Helper()
	all, err := sample.Load(filepath.Join("..", "..", "..", "events-samples"))
	if err != nil {
		t.Fatal(err)
	}
	var decoded []event.Event[event.Payload]
	for _, s := range all {
		if s.Source != sample.Own {
			continue
		}
		raw, err := s.Event()
		if err != nil {
			t.Fatal(err)
		}
		entry, _ := catalog.EventByType(raw.Type)
		data, err := event.Decode(raw, entry.Payload)
		if err != nil {
			t.Fatal(err)
		}
		decoded = append(decoded, event.Event[event.Payload]{Header: raw.Header, Data: data})
	}
	return decoded
}

func put(t *testing.T, e event.Event[event.Payload]) ([]byte, line) {
	t.Helper()
	l := &taken{}
	if err := (handler{lake: l}).handle(t.Context(), e); err != nil || len(l.records) != 1 {
		t.Fatalf("%s: %d records, %v", e.Type, len(l.records), err)
	}
	var got line
	if err := json.Unmarshal(l.records[0], &got, json.RejectUnknownMembers(true)); err != nil {
		t.Fatal(err)
	}
	return l.records[0], got
}

func TestAnEventIsOneLineWithItsEnvelope(t *testing.T) {
	for _, e := range events(t) {
		record, got := put(t, e)
		if bytes.Count(record, []byte("\n")) != 1 || record[len(record)-1] != '\n' {
			t.Errorf("%s: the record is not one line", e.Type)
		}
		want := line{
			ID: e.ID, Type: string(e.Type), Source: e.Source, Subject: e.Subject, Time: got.Time, Schema: e.DataSchema,
			CorrelationID: e.CorrelationID, CausationID: e.CausationID, Sequence: e.Sequence, Hop: e.Hop, Data: got.Data,
		}
		if got != want {
			t.Errorf("%s: %+v", e.Type, got)
		}
		if got.Time[:10] != e.Time.UTC().Format("2006-01-02") || !strings.HasSuffix(got.Time, "Z") || len(got.Time) != 24 {
			t.Errorf("%s: time %s", e.Type, got.Time)
		}
	}
}

// The lake's table reads what is written, and its partitions are made of it.
func TestTheLinesAreTheTablesColumns(t *testing.T) {
	written := map[string]bool{}
	for i := range reflect.TypeFor[line]().NumField() {
		written[reflect.TypeFor[line]().Field(i).Tag.Get("json")] = true
	}
	for _, c := range catalog.LakeColumns {
		if !written[c.Name] {
			t.Errorf("nothing writes the column %s", c.Name)
		}
		delete(written, c.Name)
	}
	if len(written) != 1 || !written["type"] {
		t.Errorf("written beside the columns: %v; want the type, which is a partition", written)
	}
}

const canary = "canary-7c1e"

// poison puts the canary into every text that is classified, and makes what may
// hold such texts. It returns how many it reached.
func poison(v reflect.Value) (n int) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return poison(v.Elem())
	case reflect.Slice:
		if v.Len() == 0 && v.Type().Elem().Kind() == reflect.Struct {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range v.Len() {
			n += poison(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if !field.IsExported() {
				continue
			}
			if field.Tag.Get("class") != "" && v.Field(i).Kind() == reflect.String {
				v.Field(i).SetString(canary)
				n++
				continue
			}
			n += poison(v.Field(i))
		}
	}
	return n
}

func TestNothingClassifiedReachesTheLake(t *testing.T) {
	poisoned := 0
	for _, e := range events(t) {
		data := reflect.New(reflect.TypeOf(e.Data))
		data.Elem().Set(reflect.ValueOf(e.Data))
		poisoned += poison(data.Elem())
		e.Data = data.Elem().Interface().(event.Payload)
		whole, err := json.Marshal(e.Data)
		if err != nil {
			t.Fatal(err)
		}
		record, _ := put(t, e)
		if bytes.Contains(record, []byte(canary)) {
			t.Errorf("%s: a classified value reached the lake:\n%s", e.Type, record)
		}
		if bytes.Contains(whole, []byte(canary)) && !bytes.Contains(record, []byte("[personal]")) && !bytes.Contains(record, []byte("[secret]")) {
			t.Errorf("%s: nothing tells that a value was masked", e.Type)
		}
	}
	if poisoned < 100 {
		t.Errorf("only %d values were poisoned", poisoned)
	}
}

func TestWhatTheLakeSaysIsWhatBecomesOfTheEvent(t *testing.T) {
	refused := errors.New("refused")
	if err := (handler{lake: &taken{err: refused}}).handle(t.Context(), events(t)[0]); !errors.Is(err, refused) {
		t.Errorf("%v", err)
	}
}
