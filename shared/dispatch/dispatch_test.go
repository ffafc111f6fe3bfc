package dispatch_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/consumer"
	"signalbox/shared/dispatch"
	"signalbox/shared/fault"
)

// shelf keeps notes in memory; busy makes every swap too late.
type shelf struct {
	kept map[string]consumer.Note
	busy bool
}

func (s shelf) SharedNote(_ context.Context, scope, subject string) (consumer.Note, error) {
	return s.kept[scope+" "+subject], nil
}

func (s shelf) SwapSharedNote(_ context.Context, scope, subject string, old consumer.Note, text string, keep time.Duration) (bool, error) {
	if s.busy || s.kept[scope+" "+subject] != old || keep != dispatch.Keep {
		return false, nil
	}
	s.kept[scope+" "+subject] = consumer.Note{Text: text, Revision: old.Revision + 1}
	return true, nil
}

func TestSlip(t *testing.T) {
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	d := dispatch.Desk{Notes: shelf{kept: map[string]consumer.Note{}}}
	for _, step := range []struct {
		name string
		do   func() (dispatch.Slip, error)
		want dispatch.Slip
	}{
		{"an order is taken", func() (dispatch.Slip, error) { return d.Take(t.Context(), "o-1", "e-1", at) }, dispatch.Slip{Event: "e-1", Asked: at}},
		{"another event does not take it", func() (dispatch.Slip, error) { return d.Take(t.Context(), "o-1", "e-2", at) }, dispatch.Slip{Event: "e-1", Asked: at}},
		{"the same event does again", func() (dispatch.Slip, error) { return d.Take(t.Context(), "o-1", "e-1", at) }, dispatch.Slip{Event: "e-1", Asked: at}},
		{"its shipment is noted", func() (dispatch.Slip, error) { return d.Return(t.Context(), "o-1", "e-1", "794") }, dispatch.Slip{Event: "e-1", Asked: at, TrackingNumber: "794"}},
		{"it is called off", func() (dispatch.Slip, error) { return d.Cancel(t.Context(), "o-1") }, dispatch.Slip{Event: "e-1", Asked: at, TrackingNumber: "794", Cancelled: true}},
		{"and stays so", func() (dispatch.Slip, error) { return d.Return(t.Context(), "o-1", "e-1", "795") }, dispatch.Slip{Event: "e-1", Asked: at, TrackingNumber: "794", Cancelled: true}},
		{"another order has a slip of its own", func() (dispatch.Slip, error) { return d.Cancel(t.Context(), "o-2") }, dispatch.Slip{Cancelled: true}},
		{"and is not taken", func() (dispatch.Slip, error) { return d.Take(t.Context(), "o-2", "e-3", at) }, dispatch.Slip{Cancelled: true}},
		{"a shipment without a slip gets one", func() (dispatch.Slip, error) { return d.Return(t.Context(), "o-3", "e-4", "796") }, dispatch.Slip{Event: "e-4", TrackingNumber: "796"}},
	} {
		got, err := step.do()
		if diff := cmp.Diff(step.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", step.name, err, diff)
		}
	}
}

func TestSlipThatCannotBeWrittenOrRead(t *testing.T) {
	if _, err := (dispatch.Desk{Notes: shelf{busy: true}}).Cancel(t.Context(), "o-1"); fault.KindOf(err) != fault.Retryable {
		t.Errorf("while others write all the time: %v", err)
	}
	d := dispatch.Desk{Notes: shelf{kept: map[string]consumer.Note{"dispatch o-1": {Text: "no JSON", Revision: 1}}}}
	if _, err := d.Cancel(t.Context(), "o-1"); fault.KindOf(err) != fault.Permanent {
		t.Errorf("of a slip that is no JSON: %v", err)
	}
}
