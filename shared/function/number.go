package function

import (
	"context"
	"errors"

	"signalbox/shared/fault"
	"signalbox/shared/idempotency"
	"signalbox/shared/state"
)

// Number returns the number of the event in the function's own series, for
// partners who want numbers instead of ids: the same for every delivery of the
// event within idempotency.Retention, another one for every other event, from 1
// to most and then from 1 again. Numbers may be left out. A failure is Retryable.
func (e Env) Number(ctx context.Context, eventID string, most int64) (int64, error) {
	assigned := state.Of[int64](e.State, e.Function.Name, idempotency.Retention)
	key := "number#" + eventID
	number, err := assigned.Get(ctx, key)
	if err != nil {
		return 0, err
	}
	if number == 0 {
		next, err := e.draw(ctx, most)
		if err != nil {
			return 0, err
		}
		// Another delivery of the event may have been faster; its number counts.
		number, err = assigned.Update(ctx, key, func(n *int64) (bool, error) {
			if *n != 0 {
				return false, nil
			}
			*n = next
			return true, nil
		})
		if err != nil {
			return 0, err
		}
	}
	return number, inSeries(number, most)
}

// draw takes the next number of the series.
func (e Env) draw(ctx context.Context, most int64) (int64, error) {
	return state.Of[int64](e.State, e.Function.Name, state.Forever).Update(ctx, "number", func(last *int64) (bool, error) {
		if *last != 0 {
			if err := inSeries(*last, most); err != nil {
				return false, err
			}
		}
		*last = *last%most + 1
		return true, nil
	})
}

func inSeries(n, most int64) error {
	if n < 1 || n > most {
		return fault.Refuse("state-unreadable", errors.New("the stored number is none of the series"))
	}
	return nil
}
