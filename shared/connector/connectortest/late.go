package connectortest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// late counts what a double has still to do for clients that have given up.
type late struct {
	mu      sync.Mutex
	pending int
	done    sync.WaitGroup
}

func (l *late) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending++
	l.done.Add(1)
}

func (l *late) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending--
	l.done.Done()
}

func (l *late) wait() { l.done.Wait() }

// Late returns how many requests met [Fault.Late] and are not done yet. What was
// done to the double is complete when it is 0.
func (s *Server) Late() int {
	s.late.mu.Lock()
	defer s.late.mu.Unlock()
	return s.late.pending
}

// actLate waits until the client has given up and lets the double act after that.
func (s *Server) actLate(r *http.Request, body []byte, start time.Time, after time.Duration) {
	s.late.begin()
	<-r.Context().Done()
	r = r.Clone(context.WithoutCancel(r.Context()))
	r.Body = io.NopCloser(bytes.NewReader(body))
	time.AfterFunc(after, func() {
		defer s.late.end()
		answer := httptest.NewRecorder()
		s.Double.ServeHTTP(answer, r)
		s.remember(r, body, answer, start, true)
	})
}
