// Package scaffold writes what a new function needs: its folder with wiring,
// handler and test, its entry in the catalog, and, if the event is new too, the
// payload type and a sample. Everything else follows from these.
package scaffold

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
)

// Request says which function is wanted.
type Request struct {
	// Name is "<event with dashes>-<reaction>", "order-created-gift".
	Name string
	// Event is the type that triggers it; one that the catalog does not have yet
	// is added to it.
	Event event.Type
	// System is the catalog ID of the system it writes to.
	System string
	// Domain is where the function belongs; empty means where its event does, and
	// for a new event Retail.
	Domain catalog.Domain
	// Effect is "natural" or "unsafe", which is what a repetition of the reaction does
	// to its system; empty means natural.
	Effect string
	// Payload is the name of a new event's payload type; empty means the event
	// type in Go's writing, "GiftRequested".
	Payload string
}

var (
	typePattern   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*(\.[a-z][a-z0-9]*(-[a-z0-9]+)*)+$`)
	namePattern   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	domainPattern = regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	goPattern     = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)
)

const (
	natural = "natural"
	unsafe  = "unsafe"
)

// design is a Request with everything decided.
type design struct {
	Name, Reaction string
	Event          event.Type
	NewEvent       bool
	Domain         catalog.Domain
	NewDomain      bool
	// DomainConst is the domain's constant in the catalog, "Retail".
	DomainConst string
	// Entry and Subject are Go names: of the function's entry in the catalog,
	// "orderCreatedGift", and of its event's subject, "order".
	Entry, Subject string
	Unsafe         bool
	System         catalog.System
	// PayloadPackage is the import path of the payload type, Package its last
	// part and Payload its name.
	PayloadPackage, Package, Payload string
	// payload is the type itself; nil if the event is new.
	payload reflect.Type
}

// decide completes r from the catalog. The error names everything that is wrong.
func decide(r Request) (design, error) {
	d := design{
		Name: r.Name, Event: r.Event, Domain: r.Domain, Unsafe: r.Effect == unsafe, Payload: r.Payload,
	}
	var problems []error
	expect := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	expect(typePattern.MatchString(string(r.Event)), "EVENT: expected a type such as order.created")
	prefix := strings.ReplaceAll(string(r.Event), ".", "-") + "-"
	d.Reaction = strings.TrimPrefix(r.Name, prefix)
	expect(namePattern.MatchString(r.Name) && d.Reaction != r.Name && d.Reaction != "", "NAME: expected %s<reaction>, in lower case with dashes", prefix)
	expect(len(r.Name) <= 40, "NAME: expected at most 40 characters, so that AWS's own names of its resources stay readable")
	_, taken := catalog.FunctionByName(r.Name)
	expect(!taken, "NAME: the catalog has a function %s", r.Name)
	var ok bool
	d.System, ok = catalog.SystemByID(r.System)
	expect(ok, "SYSTEM: expected one of %s; the README says how to add another", strings.Join(systems(), ", "))
	expect(!d.System.Lake, "SYSTEM: every event is in the lake already")
	expect(slices.Contains([]string{"", natural, unsafe}, r.Effect), "EFFECT: expected natural or unsafe")
	known, ok := catalog.EventByType(r.Event)
	d.NewEvent = !ok
	if ok {
		problems = append(problems, d.of(known, r)...)
	} else {
		problems = append(problems, d.new(r)...)
	}
	expect(domainPattern.MatchString(string(d.Domain)) && d.Domain != catalog.Ingress, "DOMAIN: expected one lower-case word such as retail, not ingress")
	d.NewDomain = !slices.Contains(domains(), d.Domain)
	d.DomainConst = pascal(string(d.Domain))
	if err := errors.Join(problems...); err != nil {
		return d, err
	}
	d.Entry, d.Subject = camel(d.Name), camel(subject(d.Event))
	return d, nil
}

// of completes d for an event the catalog has.
func (d *design) of(known catalog.Event, r Request) []error {
	d.payload = reflect.TypeOf(known.Payload)
	d.PayloadPackage, d.Payload = d.payload.PkgPath(), d.payload.Name()
	d.Package = d.PayloadPackage[strings.LastIndexByte(d.PayloadPackage, '/')+1:]
	if d.Domain == "" {
		d.Domain = known.Domain
	}
	if r.Payload != "" && r.Payload != d.Payload {
		return []error{fmt.Errorf("PAYLOAD: %s is there already and carries %s", r.Event, d.Payload)}
	}
	return nil
}

// new completes d for an event that is not there yet.
func (d *design) new(r Request) (problems []error) {
	if d.Domain == "" {
		d.Domain = catalog.Retail
	}
	d.Package = string(d.Domain)
	d.PayloadPackage = "signalbox/shared/event/" + d.Package
	if d.Payload == "" {
		d.Payload = pascal(string(r.Event))
	}
	if !goPattern.MatchString(d.Payload) {
		problems = append(problems, errors.New("PAYLOAD: expected the name of a Go type such as GiftRequested"))
	}
	for _, e := range catalog.Events {
		if t := reflect.TypeOf(e.Payload); t.PkgPath() == d.PayloadPackage && t.Name() == d.Payload {
			problems = append(problems, fmt.Errorf("PAYLOAD: %s is the payload of %s", d.Payload, e.Type()))
		}
	}
	return problems
}

// subject is the first part of an event's type, "order".
func subject(t event.Type) string {
	s, _, _ := strings.Cut(string(t), ".")
	return s
}

// camel writes a dashed name as Go writes variables.
func camel(name string) string {
	s := pascal(name)
	return strings.ToLower(s[:1]) + s[1:]
}

// pascal writes a dotted or dashed name as Go writes types.
func pascal(name string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '-' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

func systems() []string {
	var ids []string
	for _, s := range catalog.Systems {
		ids = append(ids, s.ID)
	}
	return ids
}

func domains() []catalog.Domain {
	var ds []catalog.Domain
	for _, f := range catalog.Functions {
		ds = append(ds, f.Domain)
	}
	for _, e := range catalog.Events {
		ds = append(ds, e.Domain)
	}
	slices.Sort(ds)
	return slices.Compact(ds)
}
