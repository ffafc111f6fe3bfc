package sam

import (
	"bytes"
	"testing"
)

func TestQuietDropsNothingButNoise(t *testing.T) {
	var got bytes.Buffer
	q := &quiet{w: &got}
	for _, part := range []string{"Invoking boot", "strap\nCannot detect function", " id from aws:cdk:path metadata 'x', using default logical id\nSTART\n", "the end"} {
		if _, err := q.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if want := "Invoking bootstrap\nSTART\nthe end"; got.String() != want {
		t.Errorf("got %q, want %q", got.String(), want)
	}
}
