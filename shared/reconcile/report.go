package reconcile

import "fmt"

// Finding is one thing that is not as promised.
type Finding struct {
	// Function and Event are what it is about, where that is one.
	Function string `json:"function,omitzero"`
	Event    string `json:"event,omitzero"`
	// Count is how many events, repetitions or effects it is about.
	Count int `json:"count"`
	// Text says in one sentence what is wrong.
	Text string `json:"text"`
}

// Report is what was found.
type Report struct {
	// Events counts the different events on the bus.
	Events int `json:"events"`
	// Entries are the reactions: what became of each event at each of its functions.
	Entries   []Entry `json:"entries"`
	Functions []Sum   `json:"functions"`

	Lost        []Finding `json:"lost"`
	Duplicated  []Finding `json:"duplicated"`
	Stuck       []Finding `json:"stuck"`
	Unexplained []Finding `json:"unexplained"`
}

// AllAccountedFor reports whether everything is as promised.
func (r Report) AllAccountedFor() bool {
	return len(r.Lost)+len(r.Duplicated)+len(r.Stuck)+len(r.Unexplained) == 0
}

// Problems says what is not as promised, a sentence each.
func (r Report) Problems() []string {
	texts := []string{}
	for _, findings := range [][]Finding{r.Lost, r.Duplicated, r.Stuck, r.Unexplained} {
		for _, f := range findings {
			texts = append(texts, f.Text)
		}
	}
	return texts
}

// String is the verdict in one line.
func (r Report) String() string {
	verdict := "all accounted for"
	if !r.AllAccountedFor() {
		verdict = "NOT all accounted for"
	}
	line := fmt.Sprintf("%s: %s, %s, %d lost, %d duplicated, %d stuck", verdict,
		plural(r.Events, "event"), plural(len(r.Entries), "reaction"), sum(r.Lost), sum(r.Duplicated), sum(r.Stuck))
	if n := sum(r.Unexplained); n > 0 {
		line += fmt.Sprintf(", %d unexplained", n)
	}
	return line
}

func sum(findings []Finding) int {
	n := 0
	for _, f := range findings {
		n += f.Count
	}
	return n
}

func (r *reconciliation) lost(function, event string, n int, format string, args ...any) {
	r.Lost = append(r.Lost, Finding{Function: function, Event: event, Count: n, Text: fmt.Sprintf(format, args...)})
	if s := r.sums[function]; s != nil {
		s.Lost += n
	}
}

func (r *reconciliation) duplicated(function, event string, n int, format string, args ...any) {
	r.Duplicated = append(r.Duplicated, Finding{Function: function, Event: event, Count: n, Text: fmt.Sprintf(format, args...)})
	if s := r.sums[function]; s != nil {
		s.Duplicated += n
	}
}

func (r *reconciliation) stuck(function, event string, n int, format string, args ...any) {
	r.Stuck = append(r.Stuck, Finding{Function: function, Event: event, Count: n, Text: fmt.Sprintf(format, args...)})
}

func (r *reconciliation) unexplained(function, event string, format string, args ...any) {
	r.Unexplained = append(r.Unexplained, Finding{Function: function, Event: event, Count: 1, Text: fmt.Sprintf(format, args...)})
}
