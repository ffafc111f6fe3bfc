package catalog

import "fmt"

// checkSequences finds sequences that would put in order what has none, or what
// is not of one system.
func (t tables) checkSequences() error {
	systems := map[string]string{}
	for _, f := range t.functions {
		if f.queue().Sequence == "" {
			continue
		}
		if f.AnyOrder() || !t.ordered(f) {
			return fmt.Errorf("function %s: it shares a sequence but its events are not put in order", f.Name)
		}
		if other, shared := systems[f.queue().Sequence]; shared && other != f.System {
			return fmt.Errorf("function %s: sequence %s is of another system's functions", f.Name, f.queue().Sequence)
		}
		systems[f.queue().Sequence] = f.System
	}
	for _, f := range t.functions {
		if _, taken := systems[f.Name]; taken {
			return fmt.Errorf("function %s: a sequence has its name", f.Name)
		}
	}
	return nil
}

func (t tables) ordered(f Function) bool {
	for _, e := range t.events {
		if e.Type() == f.Event() {
			return e.Ordered()
		}
	}
	return false
}
