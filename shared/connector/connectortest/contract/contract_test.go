package contract

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"signalbox/shared/connector/connectortest"
)

// verdict is a testing.TB that records its calls.
type verdict struct {
	testing.TB
	failed, skipped []string
}

// stopped is what Fatalf and Skipf panic with, since a test must not go on after them.
type stopped struct{}

func (v *verdict) Helper() {}
func (v *verdict) Errorf(format string, args ...any) {
	v.failed = append(v.failed, fmt.Sprintf(format, args...))
}
func (v *verdict) Fatalf(format string, args ...any) {
	v.Errorf(format, args...)
	panic(stopped{})
}
func (v *verdict) Skipf(format string, args ...any) {
	v.skipped = append(v.skipped, fmt.Sprintf(format, args...))
	panic(stopped{})
}

func (v *verdict) run(f func()) {
	defer func() {
		if p := recover(); p != nil && p != (stopped{}) {
			panic(p)
		}
	}()
	f()
}

func absolute(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func good() connectortest.Exchange {
	return connectortest.Exchange{
		Method: "PUT", Path: "/v1/parcels/a%2Fb",
		Header: http.Header{"Content-Type": {"application/json"}, "X-Locale": {"en_US"}, "Authorization": {"Bearer t"}},
		Body:   []byte(`{"grams":12,"kind":"box"}`),
		Status: 200, ResponseHeader: http.Header{"Content-Type": {"application/json"}}, Response: []byte(`{"id":"7"}`),
	}
}

func TestJudgeRequest(t *testing.T) {
	t.Setenv(FolderVariable, "shared/connector/connectortest/contract/testdata")
	for _, c := range []struct {
		name   string
		change func(*connectortest.Exchange)
		want   string // a part of the failure; "" means that it passes
	}{
		{"a request as documented passes", func(*connectortest.Exchange) {}, ""},
		{"an undocumented path fails", func(x *connectortest.Exchange) { x.Path = "/v2/parcels/7" }, "no such operation"},
		{"an undocumented method fails", func(x *connectortest.Exchange) { x.Method = "POST" }, "no such operation"},
		{"a missing header fails", func(x *connectortest.Exchange) { x.Header.Del("X-Locale") }, "x-locale"},
		{"a missing credential fails", func(x *connectortest.Exchange) { x.Header.Del("Authorization") }, "no credential for bearer"},
		{"a credential of another scheme fails", func(x *connectortest.Exchange) { x.Header.Set("Authorization", "Basic t") }, "no credential for bearer"},
		{"a missing field fails", func(x *connectortest.Exchange) { x.Body = []byte(`{"kind":"box"}`) }, "grams"},
		{"a field of another type fails", func(x *connectortest.Exchange) { x.Body = []byte(`{"grams":"12"}`) }, "grams"},
		{"a value that is not enumerated fails", func(x *connectortest.Exchange) { x.Body = []byte(`{"grams":1,"kind":"bag"}`) }, "kind"},
		{"an undocumented field fails", func(x *connectortest.Exchange) { x.Body = []byte(`{"grams":1,"size":2}`) }, "size"},
		{"another content type fails", func(x *connectortest.Exchange) { x.Header.Set("Content-Type", "text/plain") }, "Content-Type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := good()
			c.change(&x)
			var v verdict
			v.run(func() { Judge(&v, "parcel.json")(x) })
			if got := strings.Join(v.failed, "\n"); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("failure %q, want %q in it", got, c.want)
			}
		})
	}
}

func TestJudgeAnswer(t *testing.T) {
	t.Setenv(FolderVariable, absolute(t))
	for _, c := range []struct {
		name   string
		change func(*connectortest.Exchange)
		want   string
	}{
		{"an answer as documented passes", func(*connectortest.Exchange) {}, ""},
		{"an answer without a body passes where none is documented", func(x *connectortest.Exchange) { x.Status, x.Response, x.ResponseHeader = 204, nil, nil }, ""},
		{"an answer that lacks a field fails", func(x *connectortest.Exchange) { x.Response = []byte(`{}`) }, "id"},
		{"an undocumented status fails", func(x *connectortest.Exchange) { x.Status = 418 }, "status"},
		{"an answer that a fault made passes", func(x *connectortest.Exchange) { x.Status, x.Faulted = 418, true }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := good()
			c.change(&x)
			var both, answer verdict
			both.run(func() { JudgeBoth(&both, "parcel.json")(x) })
			x.Body = nil
			answer.run(func() { JudgeAnswer(&answer, "parcel.json")(x) })
			for judge, v := range map[string]verdict{"JudgeBoth": both, "JudgeAnswer": answer} {
				if got := strings.Join(v.failed, "\n"); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
					t.Errorf("%s: failure %q, want %q in it", judge, got, c.want)
				}
			}
		})
	}
}

// A double that plays the token endpoint and the API is judged by both documents.
func TestJudgeLooksInEveryDocument(t *testing.T) {
	t.Setenv(FolderVariable, absolute(t))
	var v verdict
	v.run(func() { Judge(&v, "empty.json", "parcel.json")(good()) })
	if len(v.failed) > 0 {
		t.Errorf("failed: %s", v.failed)
	}
}

func TestJudgeWithoutDocuments(t *testing.T) {
	t.Run("an unset folder skips", func(t *testing.T) {
		t.Setenv(FolderVariable, "")
		var v verdict
		v.run(func() { Judge(&v, "parcel.json"); v.Errorf("the test went on") })
		if len(v.skipped) != 1 || len(v.failed) != 0 {
			t.Errorf("skipped %q, failed %q", v.skipped, v.failed)
		}
	})
	t.Run("a missing file fails", func(t *testing.T) {
		t.Setenv(FolderVariable, t.TempDir())
		var v verdict
		v.run(func() { Judge(&v, "parcel.json") })
		if len(v.failed) != 1 || len(v.skipped) != 0 {
			t.Errorf("skipped %q, failed %q", v.skipped, v.failed)
		}
	})
}

// Every document that contract tests use must be one this package can read.
func TestVendorDocumentsLoad(t *testing.T) {
	open(t, nil)
	for _, file := range []string{"fedex-auth.json", "fedex-ship.json", "fedex-track.json", "stripe-radar.json", "salesforce.json", "klaviyo.json", "commercetools.json"} {
		t.Run(file, func(t *testing.T) { open(t, []string{file}) })
	}
}

func TestReadNamesTheFileOnly(t *testing.T) {
	_, err := read(filepath.Join(t.TempDir(), "gone.json"))
	if err == nil || !strings.HasPrefix(err.Error(), "gone.json: ") {
		t.Errorf("error %v", err)
	}
}
