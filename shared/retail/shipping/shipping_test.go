package shipping_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/retail/shipping"
)

// shelf keeps notes in memory; busy makes every swap too late.
type shelf struct {
	kept map[string]function.Note
	busy bool
}

func (s shelf) SharedNote(_ context.Context, scope, subject string) (function.Note, error) {
	return s.kept[scope+" "+subject], nil
}

func (s shelf) SwapSharedNote(_ context.Context, scope, subject string, old function.Note, text string, keep time.Duration) (bool, error) {
	if s.busy || s.kept[scope+" "+subject] != old || keep != shipping.Keep {
		return false, nil
	}
	s.kept[scope+" "+subject] = function.Note{Text: text, Revision: old.Revision + 1}
	return true, nil
}

func TestSlip(t *testing.T) {
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	d := shipping.Desk{Notes: shelf{kept: map[string]function.Note{}}}
	for _, step := range []struct {
		name string
		do   func() (shipping.Slip, error)
		want shipping.Slip
	}{
		{"an order is taken", func() (shipping.Slip, error) { return d.Take(t.Context(), "o-1", "e-1", at) }, shipping.Slip{Event: "e-1", Asked: at}},
		{"another event does not take it", func() (shipping.Slip, error) { return d.Take(t.Context(), "o-1", "e-2", at) }, shipping.Slip{Event: "e-1", Asked: at}},
		{"the same event does again", func() (shipping.Slip, error) { return d.Take(t.Context(), "o-1", "e-1", at) }, shipping.Slip{Event: "e-1", Asked: at}},
		{"its shipment is noted", func() (shipping.Slip, error) { return d.Return(t.Context(), "o-1", "e-1", "794") }, shipping.Slip{Event: "e-1", Asked: at, TrackingNumber: "794"}},
		{"it is called off", func() (shipping.Slip, error) { return d.Cancel(t.Context(), "o-1") }, shipping.Slip{Event: "e-1", Asked: at, TrackingNumber: "794", Cancelled: true}},
		{"and stays so", func() (shipping.Slip, error) { return d.Return(t.Context(), "o-1", "e-1", "795") }, shipping.Slip{Event: "e-1", Asked: at, TrackingNumber: "794", Cancelled: true}},
		{"another order has a slip of its own", func() (shipping.Slip, error) { return d.Cancel(t.Context(), "o-2") }, shipping.Slip{Cancelled: true}},
		{"and is not taken", func() (shipping.Slip, error) { return d.Take(t.Context(), "o-2", "e-3", at) }, shipping.Slip{Cancelled: true}},
		{"a shipment without a slip gets one", func() (shipping.Slip, error) { return d.Return(t.Context(), "o-3", "e-4", "796") }, shipping.Slip{Event: "e-4", TrackingNumber: "796"}},
	} {
		got, err := step.do()
		if diff := cmp.Diff(step.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", step.name, err, diff)
		}
	}
}

func TestSlipThatCannotBeWrittenOrRead(t *testing.T) {
	if _, err := (shipping.Desk{Notes: shelf{busy: true}}).Cancel(t.Context(), "o-1"); fault.KindOf(err) != fault.Retryable {
		t.Errorf("while others write all the time: %v", err)
	}
	d := shipping.Desk{Notes: shelf{kept: map[string]function.Note{"dispatch o-1": {Text: "no JSON", Revision: 1}}}}
	if _, err := d.Cancel(t.Context(), "o-1"); fault.KindOf(err) != fault.Permanent {
		t.Errorf("of a slip that is no JSON: %v", err)
	}
}
