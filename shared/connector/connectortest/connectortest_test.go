package connectortest

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// counter is a double that counts the requests that reached it.
type counter struct {
	mu      sync.Mutex
	count   int
	effects []Effect
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	w.Header().Set("X-Double", "yes")
	w.WriteHeader(201)
	_, _ = io.WriteString(w, "echo "+string(body)+strings.Repeat(".", 60))
}
func (c *counter) System() string                    { return "acme" }
func (c *counter) Secret() map[string]string         { return nil }
func (c *counter) Settings(string) map[string]string { return nil }
func (c *counter) Effects() []Effect {
	c.mu.Lock()
	defer c.mu.Unlock()
	return make([]Effect, c.count)
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name    string
		fault   *Fault
		effects int
		status  int    // 0 for a broken connection
		body    string // how it begins
		least   time.Duration
	}{
		{"without a fault the double answers", nil, 1, 201, "echo hi", 0},
		{"an empty fault changes nothing", &Fault{}, 1, 201, "echo hi", 0},
		{"a delay holds the answer back", &Fault{Delay: 50 * time.Millisecond}, 1, 201, "echo hi", 50 * time.Millisecond},
		{"a status replaces the double", &Fault{Status: 503, Body: "down"}, 0, 503, "down", 0},
		{"a status after the effect hides it", &Fault{Status: 500, After: true}, 1, 500, "", 0},
		{"a reset keeps the double from acting", &Fault{Reset: true}, 0, 0, "", 0},
		{"a reset after the effect hides it", &Fault{Reset: true, After: true}, 1, 0, "", 0},
		{"a broken body follows the effect", &Fault{Half: true}, 1, 0, "", 0},
		{"a trickle takes its time", &Fault{Trickle: 5 * time.Millisecond}, 1, 201, "echo hi", 50 * time.Millisecond},
		{"a trickle may carry a status", &Fault{Trickle: time.Millisecond, Status: 429, Body: "slow"}, 0, 429, "slow", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Serve(&counter{})
			defer s.Close()
			s.Script(func(*http.Request) *Fault { return c.fault })
			start := time.Now()
			status, body, err := post(s.URL, "hi")
			if (err != nil) != (c.status == 0) || status != c.status || !strings.HasPrefix(body, c.body) {
				t.Errorf("status %d, body %q, error %v", status, body, err)
			}
			if took := time.Since(start); took < c.least {
				t.Errorf("it took %v", took)
			}
			if n := len(s.Double.Effects()); n != c.effects {
				t.Errorf("%d effects", n)
			}
			seen := s.Exchanges()
			if len(seen) != 1 || string(seen[0].Body) != "hi" || seen[0].Method != "POST" || seen[0].Path != "/a%2Fb" || seen[0].Query != "q=1" {
				t.Fatalf("exchanges %+v", seen)
			}
			if c.fault == nil && (seen[0].Status != 201 || seen[0].ResponseHeader.Get("X-Double") != "yes" || seen[0].Faulted) {
				t.Errorf("answer %d %v faulted %v", seen[0].Status, seen[0].ResponseHeader, seen[0].Faulted)
			}
		})
	}
}

func TestScriptMayReadTheBody(t *testing.T) {
	s := Serve(&counter{})
	defer s.Close()
	s.Script(func(r *http.Request) *Fault { _, _ = io.ReadAll(r.Body); return nil })
	if _, body, err := post(s.URL, "hi"); err != nil || !strings.HasPrefix(body, "echo hi") {
		t.Errorf("body %q, error %v", body, err)
	}
}

func post(url, body string) (int, string, error) {
	r, err := http.Post(url+"/a%2Fb?q=1", "text/plain", strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	got, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, "", err
	}
	return r.StatusCode, string(got), nil
}

func TestForgottenExchangesAreGone(t *testing.T) {
	s := Serve(&counter{})
	defer s.Close()
	for range 2 {
		response, err := http.Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		s.Forget()
	}
	if n := len(s.Exchanges()); n != 0 {
		t.Errorf("%d exchanges are remembered", n)
	}
	if n := len(s.Double.Effects()); n != 2 {
		t.Errorf("%d effects, want both", n)
	}
}
