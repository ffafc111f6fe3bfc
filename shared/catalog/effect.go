package catalog

import "time"

// Effect is the nature of what a function does to its system, and so how a
// repetition is prevented: Natural or Unsafe.
type Effect interface {
	// String returns "natural" or "unsafe".
	String() string
	isEffect()
}

// Natural is an effect whose repetition the system itself makes harmless: an
// upsert by external id, an idempotency key, a derived event id.
type Natural struct{}

// Unsafe is an effect that the system would make twice. The runtime claims the
// event first, and the function looks the effect up before it repeats a try whose
// outcome is uncertain.
type Unsafe struct {
	// AskAfter is how long the system may take to show its own write; the effect is
	// looked up no earlier after an uncertain try.
	AskAfter time.Duration
}

// String returns "natural".
func (Natural) String() string { return "natural" }

// String returns "unsafe".
func (Unsafe) String() string { return "unsafe" }

func (Natural) isEffect() {}
func (Unsafe) isEffect()  {}

// IsUnsafe reports whether the function's system would make its effect twice.
func (f Function) IsUnsafe() bool { _, ok := f.Effect.(Unsafe); return ok }

// AskAfter returns how long the system may take to show an Unsafe effect; 0 for a
// Natural one.
func (f Function) AskAfter() time.Duration { e, _ := f.Effect.(Unsafe); return e.AskAfter }
