package shipping_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/fault"
	"signalbox/shared/retail/shipping"
	"signalbox/shared/state"
)

func TestArrivals(t *testing.T) {
	d := shipping.New(unreadable(t, "arrival", "o-3"))
	for _, c := range []struct {
		order, parcel string
		want          []string
	}{
		{"o-1", "2", []string{"2"}},
		{"o-1", "1", []string{"1", "2"}},
		{"o-1", "2", []string{"1", "2"}},
		{"o-2", "2", []string{"2"}},
	} {
		got, err := d.Arrived(t.Context(), c.order, c.parcel)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s of %s: %v\n%s", c.parcel, c.order, err, diff)
		}
	}
	if ok, err := d.HasArrived(t.Context(), "o-1", "1"); !ok || err != nil {
		t.Errorf("what arrived: %v, %v", ok, err)
	}
	if ok, err := d.HasArrived(t.Context(), "o-2", "1"); ok || err != nil {
		t.Errorf("what did not: %v, %v", ok, err)
	}
	if _, err := d.Arrived(t.Context(), "o-3", "1"); fault.KindOf(err) != fault.Permanent {
		t.Errorf("of a state that is no JSON: %v", err)
	}
	if _, err := shipping.New(busy{state.NewMemory(time.Now)}).Arrived(t.Context(), "o-1", "1"); fault.KindOf(err) != fault.Retryable || err == nil {
		t.Errorf("while others write all the time: %v", err)
	}
}
