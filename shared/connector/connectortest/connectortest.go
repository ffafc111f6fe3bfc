// Package connectortest serves the double of an outside system on loopback,
// injects faults, and counts the double's effects.
//
//	double := fedextest.New()
//	server := connectortest.Serve(double)
//	defer server.Close()
//	server.Script(func(r *http.Request) *connectortest.Fault {
//		return &connectortest.Fault{Status: 502, After: true} // it acts, and the answer is lost
//	})
//	client := newClient(server.URL, double.Secret())
//	// … call the client …
//	if n := len(double.Effects()); n != 1 {
//		t.Errorf("%d shipments, want 1", n)
//	}
package connectortest

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Double is a stateful replacement of one system. It refuses the requests that
// the system refuses and records its effects. It is safe for concurrent use.
type Double interface {
	http.Handler
	// System is the ID in the catalog.
	System() string
	// Secret is a secret the double accepts.
	Secret() map[string]string
	// Settings are the settings for the double, which is served at url.
	Settings(url string) map[string]string
	// Effects are the effects so far, in order. A repeated request that the system
	// itself recognizes as a duplicate adds none.
	Effects() []Effect
}

// Effect is one change that a system made.
type Effect struct {
	// Reference is our identifier of it: the order's id or number, an event id.
	Reference string
	// What describes it in the system's terms: "shipment 7949…", "Order__c upserted".
	What string
	// Caller is who asked for it: the name given to [Server.AddressOf]; empty if
	// the request came to the address that everybody shares.
	Caller string
	At     time.Time
}

// Exchange is one request and its answer.
type Exchange struct {
	Method, Path, Query string
	Header              http.Header
	Body                []byte
	Status              int
	ResponseHeader      http.Header
	Response            []byte
	// Faulted: a Fault changed the answer.
	Faulted bool
	At      time.Time
	Took    time.Duration
}

// Fault is a failure of one request.
type Fault struct {
	// Delay delays the answer.
	Delay time.Duration
	// Status answers with this status and Header instead of the double's answer.
	Status int
	Header http.Header
	Body   string
	// Reset breaks the connection instead of answering.
	Reset bool
	// Trickle delays each sixteenth of the answer's body.
	Trickle time.Duration
	// Half breaks the connection in the middle of the answer's body.
	Half bool
	// After: the double acts first, then Status or Reset hides its answer.
	After bool
	// Late gives no answer: the double acts this long after the client has given
	// up, as a vendor does whose queue is longer than the client's patience.
	Late time.Duration
}

// Server serves a double on loopback.
type Server struct {
	Double Double
	// URL is the address that everybody shares.
	URL string

	http    *httptest.Server
	mu      sync.Mutex
	seen    []Exchange
	plan    func(*http.Request) *Fault
	callers map[string]*httptest.Server
	late    late
}

// Serve starts a server for d on a free loopback port. Close it.
func Serve(d Double) *Server { return ServeOn(d, "127.0.0.1:0") }

// ServeOn starts a server for d on the given loopback address. It panics if the
// address is not available.
func ServeOn(d Double, address string) *Server {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		panic("connectortest: " + err.Error())
	}
	s := &Server{Double: d, callers: map[string]*httptest.Server{}}
	s.http = s.listen(listener, "")
	s.URL = s.http.URL
	return s
}

func (s *Server) listen(listener net.Listener, caller string) *httptest.Server {
	server := &httptest.Server{Listener: listener, Config: &http.Server{
		Handler: http.HandlerFunc(s.handle), ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.Background(), callerKey{}, caller)
		},
	}}
	server.Start()
	return server
}

// Close stops the server, when what is late has been done.
func (s *Server) Close() {
	s.mu.Lock()
	all := []*httptest.Server{s.http}
	for _, server := range s.callers {
		all = append(all, server)
	}
	s.mu.Unlock()
	for _, server := range all {
		server.CloseClientConnections()
		server.Close()
	}
	s.late.wait()
}

// Script sets the function that returns the fault of each request; nil for none.
// It may be called at any time.
func (s *Server) Script(plan func(*http.Request) *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan = plan
}

// Exchanges returns the exchanges so far, in the order of their answers.
func (s *Server) Exchanges() []Exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Exchange(nil), s.seen...)
}

// Forget drops the exchanges so far, for long runs that would use too much memory.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = nil
}

func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	plan := s.plan
	s.mu.Unlock()
	var f *Fault
	if plan != nil {
		f = plan(r)
	}
	if f != nil && f.Late > 0 {
		s.actLate(r, body, start, f.Late)
		panic(http.ErrAbortHandler)
	}
	answer := httptest.NewRecorder()
	if f == nil || f.After || f.Status == 0 && !f.Reset {
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.Double.ServeHTTP(answer, r)
	}
	if f != nil {
		if f.Delay > 0 {
			select {
			case <-r.Context().Done():
			case <-time.After(f.Delay):
			}
		}
		if f.Status != 0 {
			answer = httptest.NewRecorder()
			for name, values := range f.Header {
				answer.Header()[name] = values
			}
			answer.WriteHeader(f.Status)
			answer.WriteString(f.Body)
		}
	}
	s.remember(r, body, answer, start, f != nil && (f.Status != 0 || f.Reset || f.Half))
	if f != nil && f.Reset {
		panic(http.ErrAbortHandler)
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	send(w, r, answer, f)
}

func (s *Server) remember(r *http.Request, body []byte, answer *httptest.ResponseRecorder, start time.Time, faulted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, Exchange{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header, Body: body,
		Status: answer.Code, ResponseHeader: answer.Header(), Response: answer.Body.Bytes(),
		Faulted: faulted, At: start, Took: time.Since(start),
	})
}

func send(w http.ResponseWriter, r *http.Request, answer *httptest.ResponseRecorder, f *Fault) {
	body := answer.Body.Bytes()
	if f == nil || f.Trickle == 0 && !f.Half {
		w.WriteHeader(answer.Code)
		_, _ = w.Write(body)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(answer.Code)
	if f.Half {
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	for piece := range slices.Chunk(body, len(body)/16+1) {
		_, _ = w.Write(piece)
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(f.Trickle):
		}
	}
}
