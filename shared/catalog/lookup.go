package catalog

import (
	"slices"

	"signalbox/shared/event"
)

// FunctionByName returns the function of that name.
func FunctionByName(name string) (Function, bool) {
	return first(func(f Function) bool { return f.Name == name })
}

// DeadLetters reports whether the function has a dead-letter queue: that of its
// queue, or one of its own for records and requests that it cannot make events of.
func (f Function) DeadLetters() bool {
	return f.IsQueue() || f.IsKafka() || f.IsHTTP() && len(f.Emits) > 0
}

// Requested returns the functions that are triggered by requests.
func Requested() []Function {
	var fs []Function
	for _, f := range Functions {
		if f.IsHTTP() {
			fs = append(fs, f)
		}
	}
	return fs
}

// Queued returns the functions that are triggered by messages of their own queue.
func Queued() []Function {
	var fs []Function
	for _, f := range Functions {
		if f.IsQueue() {
			fs = append(fs, f)
		}
	}
	return fs
}

// SystemByID returns the system of that ID.
func SystemByID(id string) (System, bool) {
	i := slices.IndexFunc(Systems, func(s System) bool { return s.ID == id })
	if i < 0 {
		return System{}, false
	}
	return Systems[i], true
}

// EventByType returns the event of that type.
func EventByType(t event.Type) (Event, bool) {
	i := slices.IndexFunc(Events, func(e Event) bool { return e.Type() == t })
	if i < 0 {
		return Event{}, false
	}
	return Events[i], true
}

// Takes reports whether an event of type t triggers the function. A type that is
// not in the catalog triggers none.
func (f Function) Takes(t event.Type) bool {
	if f.Event() == AnyEvent {
		_, known := EventByType(t)
		return known
	}
	return f.Event() != "" && f.Event() == t
}

// Consumers returns the functions that an event of type t triggers, without those
// that take any event.
func Consumers(t event.Type) []Function {
	var fs []Function
	for _, f := range Functions {
		if f.Event() == t {
			fs = append(fs, f)
		}
	}
	return fs
}

// Refiller returns the function that puts back what never arrived from a source.
func Refiller(source string) (Function, bool) {
	return first(func(f Function) bool { return source != "" && f.Refills() == source })
}

// Subscriber returns the function that keeps the subscription at a source.
func Subscriber(source string) (Function, bool) {
	return first(func(f Function) bool { return source != "" && f.Subscribes() == source })
}

// Responder returns the function that answers the requests of a source.
func Responder(source string) (Function, bool) {
	return first(func(f Function) bool { return f.IsHTTP() && f.Source() == source })
}

// WritesLake reports whether the function writes to the lake.
func (f Function) WritesLake() bool {
	s, _ := SystemByID(f.System)
	return s.Lake
}

// GroupByName returns the group of settings of that name.
func GroupByName(name string) (Group, bool) {
	i := slices.IndexFunc(Groups, func(g Group) bool { return g.Name == name })
	if i < 0 {
		return Group{}, false
	}
	return Groups[i], true
}

// Sharing returns the functions that a group's settings are given to.
func Sharing(g Group) []Function {
	var fs []Function
	for _, f := range Functions {
		if slices.ContainsFunc(f.Groups, func(other Group) bool { return other.Name == g.Name }) {
			fs = append(fs, f)
		}
	}
	return fs
}

func first(is func(Function) bool) (Function, bool) {
	i := slices.IndexFunc(Functions, is)
	if i < 0 {
		return Function{}, false
	}
	return Functions[i], true
}
