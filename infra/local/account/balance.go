package account

import (
	"fmt"
	"slices"
	"strings"
)

// Closing is what is found when the book is closed.
type Closing struct {
	DeadLetters []DeadLetter
	Effects     []Effect
	// Waiting counts the messages that are still in a function's queue.
	Waiting map[string]int
	// Sent are the messages that were put into each ingress's queue, by whatever way.
	Sent map[string]int
	// Topics are the topics fed by the bus, with the types of event each gets.
	Topics map[string][]string
}

// Verdict is what became of one event at one function.
type Verdict string

// The verdicts. The first four close the account.
const (
	Applied      Verdict = "applied"
	Ignored      Verdict = "ignored"
	Stale        Verdict = "stale"
	DeadLettered Verdict = "dead-lettered"
	// Stuck: it is still in the function's queue.
	Stuck Verdict = "stuck"
	// Lost: it is nowhere.
	Lost Verdict = "lost"
	// Doubled: it was applied more than once.
	Doubled Verdict = "doubled"
)

// Entry is one event at one function.
type Entry struct {
	Event    string  `json:"event"`
	Function string  `json:"function"`
	System   string  `json:"system,omitzero"`
	Verdict  Verdict `json:"verdict"`
	// Reason is why it was ignored or dead-lettered, or waits.
	Reason string `json:"reason,omitzero"`
	Fault  string `json:"fault,omitzero"`
	// Attempts counts its deliveries, Suppressed the repetitions that were recognized.
	Attempts   int `json:"attempts"`
	Suppressed int `json:"suppressed,omitzero"`
	// MS is how long the decisive attempt took, LatencyMS the time since it happened.
	MS        float64  `json:"ms"`
	LatencyMS float64  `json:"latencyMs,omitzero"`
	Effects   []string `json:"effects,omitzero"`
}

// Sum is one function's row.
type Sum struct {
	Function string `json:"function"`
	// Accepted counts the deliveries, repetitions included. The rest adds up to it.
	Accepted     int `json:"accepted"`
	Applied      int `json:"applied"`
	Duplicates   int `json:"duplicates"`
	Ignored      int `json:"ignored"`
	Stale        int `json:"stale"`
	DeadLettered int `json:"deadLettered"`
	// Refused counts requests that were turned away, as their sender was told.
	Refused int `json:"refused"`
	Waiting int `json:"waiting"`
	// Retries and Crashes happened on the way and are no results.
	Retries int `json:"retries"`
	Crashes int `json:"crashes"`
}

// Balance is the closed book.
type Balance struct {
	Entries []Entry `json:"entries"`
	Sums    []Sum   `json:"functions"`
	// Problems says in words what does not close; empty means everything does.
	Problems []string `json:"problems"`
	// Arrived counts the events behind each topic, by topic and event.
	Arrived map[string]map[string]int `json:"-"`
}

// Closes reports whether every accepted event is accounted for.
func (b Balance) Closes() bool { return len(b.Problems) == 0 }

// Close balances the book.
func (b *Book) Close(c Closing) Balance {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := closing{Closing: c, book: b, byRecord: map[record][]Line{}, byMessage: map[record][]Line{}}
	for _, l := range b.lines {
		if l.Msg == "handled" {
			k.byRecord[record{l.Function, l.EventID}] = append(k.byRecord[record{l.Function, l.EventID}], l)
			k.byMessage[record{l.Function, l.MessageID}] = append(k.byMessage[record{l.Function, l.MessageID}], l)
		}
	}
	for _, f := range b.functionsByName() {
		if f.Event == "" {
			k.ingress(f)
			continue
		}
		for _, id := range b.order {
			if e := b.events[id]; f.takes(e) {
				k.entry(f, e)
			}
		}
		k.sum(f)
	}
	k.emitted()
	k.repeated()
	k.onTopics()
	k.Arrived = b.topics
	return k.Balance
}

type record struct{ function, id string }

type closing struct {
	Closing
	Balance
	book      *Book
	byRecord  map[record][]Line
	byMessage map[record][]Line
}

func (k *closing) problem(format string, args ...any) {
	k.Problems = append(k.Problems, fmt.Sprintf(format, args...))
}

// entry judges one event at one function.
func (k *closing) entry(f Function, e *Event) {
	entry := Entry{Event: e.ID, Function: f.Name, System: f.System}
	count := map[string]int{}
	for _, l := range k.byRecord[record{f.Name, e.ID}] {
		count[l.Outcome]++
		entry.Attempts = max(entry.Attempts, l.Attempt)
		if decisive := count["applied"] == 0 || l.Outcome == "applied"; decisive && l.Outcome != "duplicate" {
			entry.MS, entry.LatencyMS, entry.Reason, entry.Fault = l.MS, l.LatencyMS, l.Reason, l.Fault
		}
	}
	entry.Suppressed = count["duplicate"]
	entry.Effects = k.effects(f, e)
	dead := slices.IndexFunc(k.DeadLetters, func(d DeadLetter) bool { return d.Function == f.Name && d.EventID == e.ID })
	at := fmt.Sprintf("%s: %s %s", f.Name, e.Type, e.ID)
	switch {
	case count["applied"] > 1:
		entry.Verdict = Doubled
		k.problem("%s was applied %d times", at, count["applied"])
	// A process that dies between the effect and its log line leaves the rest to
	// the ledger: the next delivery is recognized as a repetition. So is that of an
	// event that was ignored.
	case count["applied"] == 1, count["duplicate"] > 0 && dead < 0 && count["ignored"]+count["stale"] == 0:
		entry.Verdict = Applied
		if dead >= 0 {
			k.problem("%s was applied and dead-lettered too (%s)", at, k.DeadLetters[dead].Reason)
		} else if f.ActsAlways && e.Timer == "" && len(entry.Effects) == 0 {
			k.problem("%s: the function says applied, but %s knows nothing of it", at, f.System)
		} else if (!f.ActsAlways || e.Timer != "") && len(entry.Effects) == 0 && !k.emits(f, e) {
			k.problem("%s: the function says applied, but neither did %s see it nor did an event follow", at, orBus(f.System))
		}
	case dead >= 0:
		entry.Verdict = DeadLettered
		d := k.DeadLetters[dead]
		entry.Reason, entry.Fault = d.Reason, d.Fault
		if d.Reason == "" {
			k.problem("%s is dead-lettered without a reason", at)
		}
	case count["ignored"] > 0:
		entry.Verdict = Ignored
	case count["stale"] > 0:
		entry.Verdict = Stale
	case k.Waiting[f.Name] > 0:
		entry.Verdict = Stuck
		why := ""
		if entry.Reason != "" {
			why = ": " + entry.Reason
		}
		k.problem("%s is stuck after %s%s", at, times(entry.Attempts, "attempt"), why)
	default:
		entry.Verdict = Lost
		k.problem("%s is LOST: not applied, not dead-lettered, not in the queue", at)
	}
	k.Entries = append(k.Entries, entry)
}

// effects are what the function did because of the event. Several functions of a
// system, and several events of a thing, may speak of it by the same name: then it
// is what is known by the event's own id, or else what was done meanwhile, if anything was. A process that died told no time.
func (k *closing) effects(f Function, e *Event) []string {
	var own, named, meanwhile []string
	for _, effect := range k.Effects {
		if effect.System != f.System || !k.concerns(effect, e) {
			continue
		}
		named = append(named, effect.What)
		if effect.Reference == e.ID {
			own = append(own, effect.What)
		}
		if slices.ContainsFunc(k.byRecord[record{f.Name, e.ID}], func(l Line) bool { return l.spans(effect.At) }) {
			meanwhile = append(meanwhile, effect.What)
		}
	}
	switch {
	case len(own) > 0:
		return own
	case len(meanwhile) > 0:
		return meanwhile
	}
	return named
}

// concerns reports whether the effect was made for the event. An effect that is
// known by an event's id is of that event alone, though others name it as their cause.
func (k *closing) concerns(effect Effect, e *Event) bool {
	if _, isEvent := k.book.events[effect.Reference]; isEvent {
		return effect.Reference == e.ID
	}
	return e.Mentions(effect.Reference)
}

func orBus(system string) string {
	if system == "" {
		return "the bus"
	}
	return system
}

func times(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (k *closing) emits(f Function, cause *Event) bool {
	for _, e := range k.book.events {
		if e.Causation == cause.ID && strings.HasSuffix(e.Source, "/"+f.Name) {
			return true
		}
	}
	return false
}

// sum adds up one function's deliveries and what became of them.
func (k *closing) sum(f Function) {
	s := Sum{Function: f.Name, Waiting: k.Waiting[f.Name], Crashes: k.book.crashes[f.Name]}
	for _, e := range k.book.events {
		if f.takes(e) {
			s.Accepted += e.Times
		}
	}
	k.results(&s)
	done := s.Applied + s.Duplicates + s.Ignored + s.Stale + s.DeadLettered + s.Waiting
	if done < s.Accepted {
		k.problem("%s: %s accepted, %d accounted for", f.Name, times(s.Accepted, "event"), done)
	}
	stuck := slices.ContainsFunc(k.Entries, func(e Entry) bool { return e.Function == f.Name && e.Verdict == Stuck })
	if s.Waiting > 0 && !stuck {
		k.problem("%s: %s of an event that is accounted for still in the queue", f.Name, times(s.Waiting, "repetition"))
	}
	k.Sums = append(k.Sums, s)
}

// results counts each message once, by the last thing the function said of it.
func (k *closing) results(s *Sum) {
	for r, lines := range k.byMessage {
		if r.function != s.Function {
			continue
		}
		last := lines[len(lines)-1].Outcome
		for _, l := range lines {
			if l.Outcome == "retry" {
				s.Retries++
			}
			if l.Outcome == "applied" {
				last = "applied"
			}
		}
		switch last {
		case "applied":
			s.Applied++
		case "duplicate":
			s.Duplicates++
		case "ignored":
			s.Ignored++
		case "stale":
			s.Stale++
		case "refused":
			s.Refused++
		// A request that was answered without its check was answered.
		case "fallback":
			s.Ignored++
		}
	}
	// What SQS itself moved after too many receives left no line of the function.
	for _, d := range k.DeadLetters {
		if d.Function == s.Function {
			s.DeadLettered++
		}
	}
}

// ingress judges what came in: every message that was sent became events, or was
// ignored or dead-lettered.
func (k *closing) ingress(f Function) {
	s := Sum{Function: f.Name, Accepted: k.Sent[f.Name], Waiting: k.Waiting[f.Name], Crashes: k.book.crashes[f.Name]}
	k.results(&s)
	done := s.Applied + s.Duplicates + s.Ignored + s.Stale + s.DeadLettered + s.Refused
	switch {
	case done < s.Accepted && s.Waiting > 0:
		k.problem("%s: %s of %d stuck", f.Name, times(s.Accepted-done, "message"), s.Accepted)
	case done < s.Accepted:
		k.problem("%s: %s of %d LOST", f.Name, times(s.Accepted-done, "message"), s.Accepted)
	case s.Waiting > 0:
		k.problem("%s: %s still in the queue", f.Name, times(s.Waiting, "message"))
	}
	for _, d := range k.DeadLetters {
		if d.Function == f.Name && d.Reason == "" {
			k.problem("%s: a message is dead-lettered without a reason", f.Name)
		}
	}
	k.Sums = append(k.Sums, s)
}
