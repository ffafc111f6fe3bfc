package shipping_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/shared/retail/shipping"
)

// parcels are the shipments that a carrier made, by the event that asked.
type parcels map[string]*parcel

type parcel struct{ takenBack int }

func (p parcels) live() int {
	n := 0
	for _, made := range p {
		if made.takenBack == 0 {
			n++
		}
	}
	return n
}

// order is the state of one order and its carrier.
type order struct {
	state   shipping.State
	carrier parcels
}

func (o *order) decide(e shipping.Event) shipping.State {
	o.state = shipping.Decide(o.state, e).State
	return o.state
}

// takeBack cancels a shipment at the carrier, which does so once.
func (o *order) takeBack(id string) {
	if made := o.carrier[id]; made != nil && made.takenBack == 0 {
		made.takenBack++
	}
}

// ship are the steps of order-approved-shipping, of which each is done at once. A
// step returns false if nothing follows.
func (o *order) ship(id string) []func() bool {
	return []func() bool{
		func() bool {
			if o.carrier[id] != nil {
				return true // It was asked for before, and the carrier knows.
			}
			s := o.decide(shipping.Begun{Event: id, At: time.Unix(0, 0)})
			return !s.Cancelled && s.Event == id
		},
		func() bool {
			if o.carrier[id] == nil {
				o.carrier[id] = &parcel{}
			}
			return true
		},
		func() bool { return o.decide(shipping.Made{Event: id, TrackingNumber: "794-" + id}).Cancelled },
		func() bool { o.takeBack(id); return false },
	}
}

// cancel are the steps of order-cancelled-shipping. With hidden the carrier shows a
// shipment only to who made it.
func (o *order) cancel(hidden bool) []func() bool {
	return []func() bool{
		func() bool { return o.decide(shipping.Cancelled{}).Event != "" },
		func() bool {
			if o.state.TrackingNumber != "" || !hidden {
				o.takeBack(o.state.Event)
			}
			return false
		},
	}
}

// Events are shuffled, repeated and missing, and each delivery is broken off after
// any step and begun again: whoever of several approvals ships, one shipment is made
// at most, none of a cancelled order is left, and one that was not cancelled stays.
func TestDecideShipsOnceAndLeavesNothingOfACancelledOrder(t *testing.T) {
	shipped, taken := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		o := &order{carrier: parcels{}}
		hidden := rapid.Bool().Draw(t, "hidden")
		type delivery struct {
			name  string
			begin func() []func() bool
			steps []func() bool
		}
		var open []*delivery
		cancelled := false
		for i := range rapid.IntRange(1, 6).Draw(t, "deliveries") {
			if rapid.IntRange(0, 2).Draw(t, "kind") == 0 {
				open = append(open, &delivery{name: "cancel", begin: func() []func() bool { return o.cancel(hidden) }})
				cancelled = true
				continue
			}
			id := fmt.Sprintf("e-%d", rapid.IntRange(1, 2).Draw(t, "approval"))
			open = append(open, &delivery{name: fmt.Sprintf("%s (%d)", id, i), begin: func() []func() bool { return o.ship(id) }})
		}
		approved := 0
		for _, d := range open {
			if d.name != "cancel" {
				approved++
			}
			d.steps = d.begin()
		}
		breaks := 5
		for len(open) > 0 {
			at := rapid.IntRange(0, len(open)-1).Draw(t, "next")
			d := open[at]
			more := d.steps[0]()
			d.steps = d.steps[1:]
			switch {
			case breaks > 0 && rapid.IntRange(0, 4).Draw(t, "break") == 0:
				breaks--
				d.steps = d.begin()
			case !more || len(d.steps) == 0:
				open = append(open[:at], open[at+1:]...)
			}
		}
		if len(o.carrier) > 1 {
			t.Fatalf("%d shipments were made", len(o.carrier))
		}
		live := o.carrier.live()
		if cancelled && live > 0 {
			t.Fatalf("a shipment of a cancelled order is left: %+v", o.state)
		}
		if !cancelled && approved > 0 && live != 1 {
			t.Fatalf("%d shipments of an approved order: %+v", live, o.state)
		}
		shipped += len(o.carrier)
		taken += len(o.carrier) - live
	})
	if shipped == 0 || taken == 0 {
		t.Errorf("%d shipments were made and %d taken back: nothing was tried", shipped, taken)
	}
}
