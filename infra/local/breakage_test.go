package local

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseBreakage(t *testing.T) {
	for _, c := range []struct {
		text  string
		want  Breakage
		wrong string
	}{
		{text: "fedex=503", want: Breakage{System: "fedex", How: "503"}},
		{text: "fedex=503:2", want: Breakage{System: "fedex", How: "503", Times: 2}},
		{text: "salesforce=slow", want: Breakage{System: "salesforce", How: "slow"}},
		{text: "order-created-crm=kill", want: Breakage{System: "salesforce", Function: "order-created-crm", How: "kill", Times: 1}},
		{text: "klaviyo=late:1", want: Breakage{System: "klaviyo", How: "late", Times: 1}},
		{text: "fedex", wrong: "expected WHAT=HOW"},
		{text: "fedex=200", wrong: "a status from 400 to 599"},
		{text: "fedex=kill", wrong: "a status from 400 to 599"},
		{text: "fedex=503:0", wrong: "a number above 0"},
		{text: "dhl=503", wrong: "neither a system nor a function dhl"},
		{text: "order-created-crm=503", wrong: "order-created-crm=kill"},
		{text: "commercetools=reset:1", want: Breakage{System: "commercetools", How: "reset", Times: 1}},
	} {
		t.Run(c.text, func(t *testing.T) {
			got, err := ParseBreakage(c.text)
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("got %v, want %q", err, c.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	s := &System{}
	post, get, token := httptest.NewRequest("POST", "/ship/v1/shipments", nil), httptest.NewRequest("GET", "/x", nil), httptest.NewRequest("POST", "/oauth/token", nil)
	if f := s.fault(Breakage{How: "503"}, token); f == nil || f.Status != 503 {
		t.Errorf("a status breaks everything: %+v", f)
	}
	if f := s.fault(Breakage{How: "lost"}, post); f == nil || !f.After || !f.Reset {
		t.Errorf("a lost answer is of something that happened: %+v", f)
	}
	if f := s.fault(Breakage{How: "late"}, post); f == nil || f.Late == 0 {
		t.Errorf("a late system acts when its client gave up: %+v", f)
	}
	for _, how := range []string{"lost", "late"} {
		if s.fault(Breakage{How: how}, get) != nil || s.fault(Breakage{How: how}, token) != nil {
			t.Errorf("only what acts can be %s", how)
		}
	}
	if f := s.fault(Breakage{How: "reset"}, get); f == nil || !f.Reset || f.After {
		t.Errorf("a reset happens before: %+v", f)
	}
	if f := s.fault(Breakage{How: "slow"}, get); f == nil || f.Delay != slowly {
		t.Errorf("got %+v", f)
	}
}

func TestWaysAreReadAsTheyAreTyped(t *testing.T) {
	for _, w := range Ways() {
		if got, err := ParseWay(w.Word()); err != nil || got != w {
			t.Errorf("%s: %s, %v", w.Word(), got, err)
		}
	}
	if _, err := ParseWay("SQS "); err == nil {
		t.Error("an unknown way passed")
	}
}
