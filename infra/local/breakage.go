package local

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/connectortest"
)

// slowly is longer than any client waits for one answer.
const slowly = 12 * time.Second

// afterwards is how long after its client gave up a late system acts.
const afterwards = time.Second

// Breakage is something that is broken on purpose.
type Breakage struct {
	// System or Function is what breaks.
	System, Function string
	// How is an HTTP status, "reset", "slow", "lost", "late" or, for a function, "kill".
	How string
	// Times is how often; 0 is always.
	Times int
}

// ParseBreakage reads WHAT=HOW or WHAT=HOW:TIMES, such as "fedex=503:2".
func ParseBreakage(text string) (Breakage, error) {
	what, how, ok := strings.Cut(text, "=")
	if !ok {
		return Breakage{}, fmt.Errorf("%q: expected WHAT=HOW, such as fedex=503", text)
	}
	var b Breakage
	how, count, counted := strings.Cut(how, ":")
	if counted {
		n, err := strconv.Atoi(count)
		if err != nil || n < 1 {
			return Breakage{}, fmt.Errorf("%q: expected a number above 0 after the colon", text)
		}
		b.Times = n
	}
	b.How = how
	if _, ok := catalog.SystemByID(what); ok {
		b.System = what
		status, err := strconv.Atoi(how)
		if !slices.Contains([]string{"reset", "slow", "lost", "late"}, how) && (err != nil || status < 400 || status > 599) {
			return Breakage{}, fmt.Errorf("%q: expected a status from 400 to 599, reset, slow, lost or late", text)
		}
		return b, nil
	}
	if f, ok := catalog.FunctionByName(what); ok {
		b.Function, b.System = what, f.System
		if how != "kill" || f.System == "" {
			return Breakage{}, fmt.Errorf("%q: a function that writes to a system can be killed: %s=kill", text, what)
		}
		b.Times = max(1, b.Times)
		return b, nil
	}
	return Breakage{}, fmt.Errorf("%q: there is neither a system nor a function %s", text, what)
}

// Break breaks things from now on.
func (s *System) Break(breakages []Breakage) error {
	bySystem := map[string][]Breakage{}
	for _, b := range breakages {
		if s.Vendors.Server(b.System) == nil {
			return fmt.Errorf("no function that runs here talks to %s", b.System)
		}
		bySystem[b.System] = append(bySystem[b.System], b)
	}
	for system, list := range bySystem {
		var mu sync.Mutex
		left := make([]int, len(list))
		for i, b := range list {
			left[i] = b.Times
		}
		s.Vendors.Server(system).Script(func(r *http.Request) *connectortest.Fault {
			mu.Lock()
			defer mu.Unlock()
			for i, b := range list {
				if b.Times > 0 && left[i] == 0 {
					continue
				}
				if fault := s.fault(b, r); fault != nil {
					left[i]--
					return fault
				}
			}
			return nil
		})
	}
	return nil
}

// fault is what b does to one request; nil if it does nothing.
func (s *System) fault(b Breakage, r *http.Request) *connectortest.Fault {
	acts := r.Method != http.MethodGet && !strings.Contains(r.URL.Path, "oauth") && !strings.Contains(r.URL.Path, "token")
	switch b.How {
	case "kill":
		// The worst moment: the system acts, and the function never hears of it.
		if !acts {
			return nil
		}
		if n, err := s.Lambda.Kill(b.Function); err != nil || n == 0 {
			return nil
		}
		return &connectortest.Fault{After: true, Reset: true}
	case "lost":
		if !acts {
			return nil
		}
		return &connectortest.Fault{After: true, Reset: true}
	case "late":
		if !acts {
			return nil
		}
		return &connectortest.Fault{Late: afterwards}
	case "reset":
		return &connectortest.Fault{Reset: true}
	case "slow":
		return &connectortest.Fault{Delay: slowly}
	}
	status, _ := strconv.Atoi(b.How)
	return &connectortest.Fault{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: "{}"}
}
