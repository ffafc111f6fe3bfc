// Package catalog lists what there is: business events, the functions that react
// to them, the systems they write to. To add a function, write its entry into a
// file of its own, name it in the list of its event's subject (order_list.go), and
// write its handler in functions/<domain>/<name>; "make new" does all three.
//
//	var orderCreatedCRM = Function{
//		Name: "order-created-crm", Domain: Retail, Trigger: EventQueue{Event: retail.TypeOrderCreated}, System: "salesforce",
//		Effect: Natural{}, Calls: 2,
//		Does: "Upserts the customer and the order in Salesforce by their commercetools ids.",
//	}
//
// Everything else follows from the entry: queue, dead-letter queue, mapping,
// alarms, permissions, dashboard, the local run, the tests and the README's tables.
// Code that needs a function asks by what the entry says, never by its name:
//
//	for _, f := range catalog.Consumers(retail.TypeOrderCreated) {
//		fmt.Println(f.Name, f.System, f.MaxConcurrency())
//	}
//
// An entry names what invokes the function (Trigger) and how a repetition of its
// effect is prevented (Effect); each kind of either has only the fields that mean
// something for it. Settings that several functions share are a Group, which a
// stage sets once. Check reports what contradicts itself.
//
// Each entry has its own file and its list has one entry a line, which Git merges
// with "merge=union" (.gitattributes), so two branches can each add one. The
// package holds data and nothing that runs.
package catalog

import (
	"slices"
	"strings"
	"time"

	"signalbox/shared/event"
)

// Domain groups functions; each is a folder of functions/ and a stack.
type Domain string

// The domains.
const (
	Ingress  Domain = "ingress"
	Retail   Domain = "retail"
	Platform Domain = "platform"
)

// Event is one type of business event.
type Event struct {
	// Payload is the zero value of the event's data; its type is the event's.
	Payload event.Payload
	Domain  Domain
	// Means says in one sentence what happened.
	Means string
}

// Type returns the event's type.
func (e Event) Type() event.Type { return e.Payload.EventType() }

// Ordered reports whether the event carries a state, so that an older one must
// never be applied after a newer one of the same subject.
func (e Event) Ordered() bool { _, ok := e.Payload.(event.Sequenced); return ok }

// Setting is one named value a stage gives to a function, by an environment
// variable of the same name. Settings are not secret.
type Setting struct {
	Name string
	Help string
	// Default is used where the stage names none; "" with Required false means unset.
	Default  string
	Required bool
	// Example passes the setting's own check; the local run uses it.
	Example string
}

// System is a system of record that functions write to.
type System struct {
	// ID names the connector package, the stage setting and the secret: "fedex".
	ID    string
	Title string
	// BaseURL is the production address; empty if it differs per customer. The
	// setting <ID>_BASE_URL takes its place.
	BaseURL string
	// Rate is how many requests a second the vendor allows us, all functions together.
	Rate float64
	// Secret names the keys of the system's secret, a JSON object of strings.
	Secret []string
	// Settings are what a stage must or may say about the system.
	Settings []Setting
	// Lake says that the system is the lake, which the stacks make: a function that
	// writes to it is given its delivery stream, and takes every event.
	Lake bool
}

// Group is a set of settings that several functions share. A stage gives their
// values once, by the group's name, so no two functions can differ in them.
type Group struct {
	Name     string
	Settings []Setting
}

// Function is one Lambda function: one trigger, one reaction, one system.
type Function struct {
	// Name is the folder below functions/<domain>/ and the readable id everywhere.
	Name   string
	Domain Domain
	// Trigger is what invokes the function: EventQueue, SourceQueue, Kafka, HTTP or Schedule.
	Trigger Trigger
	// System is the ID of the system the function writes to; "" is the bus alone.
	System string
	// Reads are further systems the function reads from.
	Reads []string
	// Effect says how a repetition is prevented: Natural or Unsafe.
	Effect Effect
	// Calls is how many requests one event usually makes, at most.
	Calls int
	// Rate reserves so many of the requests a second that the system allows, so that
	// a further writer to the system does not change how many invokes of this one run
	// at once; 0 means an equal part of what is not reserved.
	Rate float64
	// Emits are the events that may follow.
	Emits []event.Type
	// Echoes are the events as which what the function writes comes back from the
	// system's own source, such as a level of stock that it sets. What a source
	// recognises as written by us and leaves out is not among them.
	Echoes []event.Type
	// Does says the reaction in one sentence.
	Does string
	// Settings are the function's own.
	Settings []Setting
	// Groups are settings that it shares with other functions.
	Groups []Group
	// Timeout bounds one invoke; 0 means DefaultTimeout.
	Timeout time.Duration
	// MemoryMB is the function's memory; 0 means DefaultMemoryMB.
	MemoryMB int
}

// Topic is an SNS topic that the bus feeds by a rule of its own, without code.
type Topic struct {
	Name   string
	Domain Domain
	Event  event.Type
	For    string
}

// What holds for every function unless its entry says otherwise.
const (
	DefaultTimeout  = 30 * time.Second
	DefaultMemoryMB = 256
	BatchSize       = 10
	// MaxReceive is how often a message is received before it is dead-lettered.
	// With the consumer's back-off it spans about an hour of a vendor's outage.
	MaxReceive = 12
)

// Stack names the stack the function is deployed in: that of its domain, and
// within a domain of business events that of the events' subject, "retail-order".
// A stack may hold 500 resources and a function takes about twenty; since the
// subject is part of the event's name, a new function never moves another one
// into another stack, which would replace its queue.
func (f Function) Stack() string { return stackOf(f.Domain, f.Event()) }

// Stack names the stack the topic is deployed in; see Function.Stack.
func (t Topic) Stack() string { return stackOf(t.Domain, t.Event) }

func stackOf(d Domain, t event.Type) string {
	subject, _, found := strings.Cut(string(t), ".")
	if !found {
		return string(d)
	}
	return string(d) + "-" + subject
}

// TimeoutOrDefault returns how long one invoke may take.
func (f Function) TimeoutOrDefault() time.Duration {
	if f.Timeout > 0 {
		return f.Timeout
	}
	return DefaultTimeout
}

// MemoryOrDefault returns the function's memory in MB.
func (f Function) MemoryOrDefault() int {
	if f.MemoryMB > 0 {
		return f.MemoryMB
	}
	return DefaultMemoryMB
}

// Visibility is how long a received message stays hidden: six times the
// timeout, as AWS advises for Lambda.
func (f Function) Visibility() time.Duration { return 6 * f.TimeoutOrDefault() }

// Systems returns the IDs of every system the function talks to, its own first.
func (f Function) Systems() []string {
	var ids []string
	if f.System != "" {
		ids = append(ids, f.System)
	}
	return append(ids, f.Reads...)
}

// AllSettings returns the function's own settings and those of its groups.
func (f Function) AllSettings() []Setting {
	settings := slices.Clone(f.Settings)
	for _, g := range f.Groups {
		settings = append(settings, g.Settings...)
	}
	return settings
}
