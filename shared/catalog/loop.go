package catalog

import (
	"fmt"
	"slices"
	"strings"

	"signalbox/shared/event"
)

// checkLoops finds events that would cause themselves, by what functions
// emit and by what comes back of their writes. The hop counter bounds a chain of
// emitted events, but a write that returns as a new event begins at zero again:
// such a loop would run for ever.
func (t tables) checkLoops() error {
	// next holds what may follow from an event of each type.
	next := map[event.Type][]event.Type{}
	for _, f := range t.functions {
		if f.Event() != "" {
			next[f.Event()] = append(append(next[f.Event()], f.Emits...), f.Echoes...)
		}
	}
	clear := map[event.Type]bool{}
	var follow func(chain []event.Type) error
	follow = func(chain []event.Type) error {
		last := chain[len(chain)-1]
		if at := slices.Index(chain, last); at < len(chain)-1 {
			var names []string
			for _, t := range chain[at:] {
				names = append(names, string(t))
			}
			return fmt.Errorf("events cause themselves: %s", strings.Join(names, ", then "))
		}
		if clear[last] {
			return nil
		}
		for _, following := range next[last] {
			if err := follow(append(slices.Clip(chain), following)); err != nil {
				return err
			}
		}
		clear[last] = true
		return nil
	}
	for _, e := range t.events {
		if err := follow([]event.Type{e.Type()}); err != nil {
			return err
		}
	}
	return nil
}
