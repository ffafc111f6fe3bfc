package queue

import (
	"errors"
	"math"
	"testing"
	"time"

	"signalbox/shared/fault"
)

func TestBackoffGrowsWithFullJitterAndHonoursWhatWasAsked(t *testing.T) {
	asked := func(d time.Duration) error { return fault.Retry("x", d, nil) }
	for sentence, c := range map[string]struct {
		attempt   int
		err       error
		low, high time.Duration
	}{
		"the first":                      {1, asked(0), time.Second, 4 * time.Second},
		"the third":                      {3, asked(0), time.Second, 16 * time.Second},
		"the hundredth":                  {100, asked(0), time.Second, 15 * time.Minute},
		"a time that was asked for":      {1, asked(time.Hour), time.Hour, 66 * time.Minute},
		"a shorter one is a lower bound": {1, asked(2 * time.Second), 2 * time.Second, 4 * time.Second},
		"more than SQS can hide":         {1, asked(12 * time.Hour), maxHidden, maxHidden},
		"an unclassified error":          {2, errors.New("?"), time.Second, 8 * time.Second},
	} {
		t.Run(sentence, func(t *testing.T) {
			least, most := time.Duration(math.MaxInt64), time.Duration(0)
			for range 3000 {
				d := backoff(c.attempt, c.err)
				least, most = min(least, d), max(most, d)
			}
			if least < c.low || most > c.high {
				t.Errorf("between %s and %s, want within %s and %s", least, most, c.low, c.high)
			}
			if c.high > c.low && most-least < (c.high-c.low)/2 {
				t.Errorf("between %s and %s: hardly any jitter", least, most)
			}
		})
	}
}
