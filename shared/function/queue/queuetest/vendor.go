package queuetest

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"signalbox/shared/connector/connectortest"
)

// Lie makes the double that next has an effect answer with the status instead of what
// it did; 0 breaks the connection. Called again it arms the effect that comes after.
func (f *Function[T]) Lie(status int) {
	f.vendors.mu.Lock()
	defer f.vendors.mu.Unlock()
	f.vendors.lies = append(f.vendors.lies, status)
}

// Pretend answers the next request whose path ends with suffix by the status and the
// body, and has no effect: the double never sees it.
func (f *Function[T]) Pretend(suffix string, status int, body string) {
	f.vendors.mu.Lock()
	defer f.vendors.mu.Unlock()
	f.vendors.pretences = append(f.vendors.pretences, pretence{suffix, status, body})
}

// Script sets which fault each request to the system meets; see connectortest.Fault.
func (f *Function[T]) Script(system string, plan func(*http.Request) *connectortest.Fault) {
	f.vendors.mu.Lock()
	defer f.vendors.mu.Unlock()
	if f.vendors.plans == nil {
		f.vendors.plans = map[string]func(*http.Request) *connectortest.Fault{}
	}
	f.vendors.plans[system] = plan
}

// Effects are what was done to the function's systems, system by system.
func (f *Function[T]) Effects() []connectortest.Effect {
	var all []connectortest.Effect
	for _, system := range slices.Sorted(maps.Keys(f.vendors.doubles)) {
		all = append(all, f.vendors.doubles[system].Effects()...)
	}
	return all
}

// Exchanges are the requests to the system and their answers, of all processes.
func (f *Function[T]) Exchanges(system string) []connectortest.Exchange {
	var all []connectortest.Exchange
	for _, s := range f.vendors.servers {
		if s.Double.System() == system {
			all = append(all, s.Exchanges()...)
		}
	}
	return all
}

// vendors are the doubles of the function's systems. Each process reaches them at
// addresses of its own.
type vendors struct {
	doubles map[string]connectortest.Double
	servers []*connectortest.Server

	mu        sync.Mutex
	lies      []int
	pretences []pretence
	plans     map[string]func(*http.Request) *connectortest.Fault
}

// pretence is an answer without an effect.
type pretence struct {
	suffix string
	status int
	body   string
}

// serve serves a system to the process and returns where.
func (v *vendors) serve(p *process, system string) string {
	s := connectortest.Serve(served{Double: v.doubles[system], vendors: v, process: p})
	s.Script(func(r *http.Request) *connectortest.Fault {
		v.mu.Lock()
		plan := v.plans[system]
		v.mu.Unlock()
		if plan == nil {
			return nil
		}
		return plan(r)
	})
	v.servers = append(v.servers, s)
	return s.URL
}

func (v *vendors) close() {
	for _, s := range v.servers {
		s.Close()
	}
	v.servers = nil
}

// served is a double as one process sees it.
type served struct {
	connectortest.Double
	vendors *vendors
	process *process
}

// ServeHTTP implements http.Handler.
func (s served) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.process.call() != nil {
		panic(http.ErrAbortHandler)
	}
	if p, ok := s.vendors.pretenceFor(r.URL.Path); ok {
		w.WriteHeader(p.status)
		_, _ = w.Write([]byte(p.body))
		return
	}
	before := len(s.Effects())
	answer := httptest.NewRecorder()
	s.Double.ServeHTTP(answer, r)
	if len(s.Effects()) > before {
		if status, ok := s.vendors.lie(); ok {
			if status == 0 {
				panic(http.ErrAbortHandler)
			}
			w.WriteHeader(status)
			return
		}
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (v *vendors) lie() (status int, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.lies) == 0 {
		return 0, false
	}
	status, v.lies = v.lies[0], v.lies[1:]
	return status, true
}

func (v *vendors) pretenceFor(path string) (pretence, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	i := slices.IndexFunc(v.pretences, func(p pretence) bool { return strings.HasSuffix(path, p.suffix) })
	if i < 0 {
		return pretence{}, false
	}
	p := v.pretences[i]
	v.pretences = slices.Delete(v.pretences, i, i+1)
	return p, true
}
