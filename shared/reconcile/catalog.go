package reconcile

import "signalbox/shared/catalog"

// FromCatalog is what must be known of functions of the catalog.
func FromCatalog(entries []catalog.Function) []Function {
	functions := make([]Function, len(entries))
	for i, f := range entries {
		functions[i] = Function{
			Name: f.Name, Event: string(f.Event()), Source: f.Source(), System: f.System, Reads: f.Reads,
			// What is safe to do twice may be skipped where an event is the answer. What
			// a function emits that keeps timers follows from its timers.
			ActsAlways: f.System != "" && (f.IsUnsafe() || len(f.Emits) == 0 || f.Timers()),
		}
		for _, t := range f.Emits {
			functions[i].Emits = append(functions[i].Emits, string(t))
		}
	}
	return functions
}
