package connectortest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// log is a double whose every request is an effect.
type log struct{ counter }

func (l *log) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.effects = append(l.effects, Effect{What: r.URL.Path, Caller: Caller(r), At: time.Now()})
}

func (l *log) Effects() []Effect {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Effect(nil), l.effects...)
}

func TestEffectsNameTheirCaller(t *testing.T) {
	s := Serve(&log{})
	defer s.Close()
	if again := s.AddressOf("crm"); again != s.AddressOf("crm") || again == s.AddressOf("fraud") || again == s.URL {
		t.Fatalf("the addresses of two callers and of everybody: %s, %s, %s", again, s.AddressOf("fraud"), s.URL)
	}
	for _, url := range []string{s.AddressOf("crm"), s.URL, s.AddressOf("fraud"), s.AddressOf("crm")} {
		if _, _, err := post(url, "hi"); err != nil {
			t.Fatal(err)
		}
	}
	var callers []string
	for _, e := range s.Double.Effects() {
		callers = append(callers, e.Caller)
	}
	if got := strings.Join(callers, ","); got != "crm,,fraud,crm" {
		t.Errorf("callers %q", got)
	}
}

func TestWhatIsLateIsDoneAfterTheClientGaveUp(t *testing.T) {
	s := Serve(&log{})
	defer s.Close()
	s.Script(func(*http.Request) *Fault { return &Fault{Late: 50 * time.Millisecond} })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.AddressOf("crm"), strings.NewReader("hi"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		response.Body.Close()
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("it was not the client that gave up: %v", err)
	}
	gaveUp := time.Now()
	if s.Late() != 1 || len(s.Double.Effects()) != 0 {
		t.Fatalf("%d requests are late and %d effects there are when the client gives up", s.Late(), len(s.Double.Effects()))
	}
	for s.Late() > 0 {
		if time.Since(gaveUp) > 10*time.Second {
			t.Fatal("it is never done")
		}
		time.Sleep(5 * time.Millisecond)
	}
	effects := s.Double.Effects()
	if len(effects) != 1 || effects[0].Caller != "crm" || effects[0].At.Before(gaveUp) {
		t.Errorf("effects %+v of a client that gave up at %v", effects, gaveUp)
	}
	if seen := s.Exchanges(); len(seen) != 1 || string(seen[0].Body) != "hi" || !seen[0].Faulted {
		t.Errorf("exchanges %+v", seen)
	}
}

func TestCloseWaitsForWhatIsLate(t *testing.T) {
	s := Serve(&log{})
	s.Script(func(*http.Request) *Fault { return &Fault{Late: 50 * time.Millisecond} })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader("hi"))
	if err != nil {
		t.Fatal(err)
	}
	if response, err := http.DefaultClient.Do(request); err == nil {
		response.Body.Close()
		t.Fatal("answered")
	}
	s.Close()
	if n := len(s.Double.Effects()); n != 1 {
		t.Errorf("%d effects after Close", n)
	}
}
