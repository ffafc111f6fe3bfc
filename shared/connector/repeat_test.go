package connector

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"signalbox/shared/fault"
)

// The first try may have had an effect, whatever keeps the second from being made.
func TestRefusedRepetitionStaysAmbiguous(t *testing.T) {
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(200)
	}))
	defer server.Close()
	auth := &brittleAuth{}
	_, err := client(t, server.URL, func(o *Options) { o.Auth = auth }).Do(t.Context(), Request{Method: "POST", Path: "/", Repeatable: true})
	if f := fault.Of(err); f == nil || f.Reason != "acme-token" || !f.Ambiguous {
		t.Errorf("error %+v", f)
	}
}

// brittleAuth has one credential and no second.
type brittleAuth struct{ calls atomic.Int32 }

func (a *brittleAuth) Credential(context.Context) (Credential, error) {
	if a.calls.Add(1) > 1 {
		return Credential{}, fault.Retry("acme-token", 0, nil)
	}
	return Credential{}, nil
}
func (a *brittleAuth) Reject(Credential) bool { return false }

func TestClassifyComesFirst(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		fmt.Fprint(w, "locked")
	}))
	defer server.Close()
	classify := func(r Response) error {
		if string(r.Body) == "locked" {
			return fault.Retry("acme-locked", 0, nil)
		}
		return nil
	}
	got, err := client(t, server.URL, func(o *Options) { o.Classify = classify }).Do(t.Context(), Request{Method: "GET", Path: "/"})
	if f := fault.Of(err); f == nil || f.Reason != "acme-locked" || got.Status != 400 {
		t.Errorf("error %v, status %d", err, got.Status)
	}
}

func TestRateIsKept(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	c := client(t, server.URL, func(o *Options) { o.Rate = 1 })
	if _, err := c.Do(t.Context(), Request{Method: "GET", Path: "/"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, err := c.Do(ctx, Request{Method: "GET", Path: "/"})
	if f := fault.Of(err); f == nil || f.Reason != "acme-rate" || f.Ambiguous || f.RetryAfter != time.Second {
		t.Errorf("error %+v", f)
	}
}

// bomb is a small gzip stream of more than MaxBody bytes.
func bomb(t *testing.T) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(make([]byte, MaxBody+1)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}
