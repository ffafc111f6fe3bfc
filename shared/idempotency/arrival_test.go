package idempotency_test

import (
	"strconv"
	"testing"
	"time"

	"signalbox/shared/idempotency"
)

func TestArrivalsAreRememberedAsLongAsEvents(t *testing.T) {
	stores(t, func(t *testing.T, s idempotency.Store, c *clock) {
		a := s.(idempotency.Arrivals)
		var asked []string
		for i := range 250 {
			key := idempotency.ArrivalKey("shop", strconv.Itoa(i))
			asked = append(asked, key)
			if i%3 == 0 {
				if err := a.Arrive(t.Context(), key); err != nil {
					t.Fatal(err)
				}
			}
		}
		expect := func(want int) {
			t.Helper()
			got, err := a.Arrived(t.Context(), asked)
			if err != nil || len(got) != want {
				t.Errorf("%d arrived, %v; want %d", len(got), err, want)
			}
			if want > 0 && (!got[asked[249]] || got[asked[1]]) {
				t.Error("others arrived than were noted")
			}
		}
		expect(84)
		c.advance(idempotency.Retention - time.Minute)
		expect(84)
		c.advance(2 * time.Minute)
		expect(0)
		if got, err := a.Arrived(t.Context(), nil); err != nil || len(got) != 0 {
			t.Errorf("of none: %v, %v", got, err)
		}
	})
}
