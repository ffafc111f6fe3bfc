package account

import (
	"maps"
	"slices"
	"strings"
)

// emitted checks that what functions say they published was seen on the bus.
func (k *closing) emitted() {
	missing := map[string]bool{}
	for _, l := range k.book.lines {
		if _, seen := k.book.events[l.EventID]; l.Msg == "published" && !seen && !missing[l.EventID] {
			missing[l.EventID] = true
			k.problem("%s: %s %s was published but never seen on the bus", l.Function, l.EventType, l.EventID)
		}
	}
}

// repeated finds what was done too often: the same kind of thing to the same
// reference, more often than there are events that call for it.
func (k *closing) repeated() {
	seen := map[Effect]int{}
	for _, e := range k.Effects {
		seen[Effect{System: e.System, Reference: e.Reference, What: e.Kind()}]++
	}
	keys := slices.SortedFunc(maps.Keys(seen), func(a, b Effect) int {
		return strings.Compare(a.System+a.Reference+a.What, b.System+b.Reference+b.What)
	})
	for _, e := range keys {
		causes := 0
		for _, entry := range k.Entries {
			if entry.System == e.System && k.book.events[entry.Event].Mentions(e.Reference) {
				causes++
			}
		}
		if n := seen[e]; n > max(1, causes) {
			k.problem("%s: %s for %s was DOUBLED: it happened %d times for %s", e.System, e.What, e.Reference, n, times(causes, "event"))
		}
	}
}

// onTopics checks that the topics fed by the bus got every event of their types.
func (k *closing) onTopics() {
	for _, topic := range slices.Sorted(maps.Keys(k.Topics)) {
		for _, id := range k.book.order {
			e := k.book.events[id]
			if !slices.Contains(k.Topics[topic], e.Type) {
				continue
			}
			if got := k.book.topics[topic][id]; got < e.Times {
				k.problem("topic %s: %s %s arrived %d of %d times", topic, e.Type, id, got, e.Times)
			}
		}
	}
}
