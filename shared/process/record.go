package process

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// Record is what is stored of one key: the members of the state, and beside them
// one member of the runner's, so that code of before the runner reads the state too.
type Record struct {
	Keeping keeping `json:"process,omitempty"`
	//lint:ignore SA5008 the option is of go-json-experiment/json, which staticcheck does not know yet
	State jsontext.Value `json:",embed"`
}

// keeping is what the runner itself stores of a key.
type keeping struct {
	Schema int `json:"schema,omitzero"`
	// Version counts the changes of the record, in a process that sets timers.
	Version int64 `json:"version,omitzero"`
	// Timers are those that are set, and of each name the last that fired.
	Timers map[string]setting `json:"timers,omitempty"`
	// Owed is what was decided and may not be done yet, in its order.
	Owed []owed `json:"owed,omitempty"`
}

// setting is a timer as it was set.
type setting struct {
	// Version is that of the record that set it.
	Version int64     `json:"version"`
	At      time.Time `json:"at"`
	// Schedule is the name of its schedule.
	Schedule string `json:"schedule"`
	// Function owns the schedule.
	Function string `json:"function"`
	Fired    bool   `json:"fired,omitzero"`
}

// owed is one thing to be done outside of the state. One of Emit, Set and Cancel
// is given.
type owed struct {
	// Function does it: it alone may, and the ids follow from its name.
	Function string `json:"function"`
	// Emit is an event to publish.
	Emit *event.Raw `json:"emit,omitzero"`
	// Set is the message of a timer to set.
	Set *event.Raw `json:"set,omitzero"`
	// Cancel is the name of a schedule to delete.
	Cancel string `json:"cancel,omitzero"`
}

// id tells the things that are owed of one key apart.
func (o owed) id() string {
	switch {
	case o.Emit != nil:
		return "emit " + o.Emit.ID
	case o.Set != nil:
		return "set " + o.Set.Subject
	}
	return "cancel " + o.Cancel
}

// owes returns what the function is to do.
func (r Record) owes(function string) []owed {
	var mine []owed
	for _, o := range r.Keeping.Owed {
		if o.Function == function {
			mine = append(mine, o)
		}
	}
	return mine
}

// strikeOff removes what is done, and reports whether anything was.
func (r *Record) strikeOff(done []owed) bool {
	before := len(r.Keeping.Owed)
	r.Keeping.Owed = slices.DeleteFunc(r.Keeping.Owed, func(o owed) bool {
		return slices.ContainsFunc(done, func(d owed) bool { return d.id() == o.id() })
	})
	return len(r.Keeping.Owed) != before
}

// read returns the state in its current schema.
func (p Process[S, E]) read(r Record) (S, error) {
	var state S
	text := r.State
	if len(text) == 0 {
		return state, nil
	}
	if r.Keeping.Schema > p.schema() {
		return state, fault.Retry("process-newer", time.Minute, errors.New("the state was stored by newer code, which is being deployed"))
	}
	for _, upgrade := range p.Upgrades[r.Keeping.Schema:] {
		var err error
		if text, err = upgrade(text); err != nil {
			return state, fault.Refuse("state-unreadable", errors.New(p.Name+": the stored state cannot be upgraded"))
		}
	}
	if strictjson.Unmarshal(p.Name, text, &state) != nil {
		return state, fault.Refuse("state-unreadable", errors.New(p.Name+": the stored state does not fit its type"))
	}
	return state, nil
}

// write puts the state into the record and reports whether it was another.
func (p Process[S, E]) write(r *Record, state S) (bool, error) {
	text, err := strictjson.Marshal(state)
	if err != nil || len(text) == 0 || text[0] != '{' {
		return false, fault.Refuse("state-unwritable", errors.New(p.Name+": the state cannot be encoded as an object"))
	}
	old := r.State
	if len(old) == 0 {
		old = jsontext.Value("{}")
	}
	changed := r.Keeping.Schema != p.schema() && len(r.State) > 0
	if !changed {
		same := jsontext.Value(bytes.Clone(old))
		_ = same.Compact()
		changed = !bytes.Equal(same, text)
	}
	r.State, r.Keeping.Schema = text, p.schema()
	return changed, nil
}
