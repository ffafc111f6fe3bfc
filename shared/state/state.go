// Package state keeps a typed value per key for a function, between its events: the
// shipping of an order, what was sold of a SKU, where a sweep stands. Several
// functions that name one scope share its values.
//
//	counts := state.Of[Count](env.State, "order-created-demand", 30*24*time.Hour)
//	count, err := counts.Update(ctx, sku, func(c *Count) (changed bool, err error) {
//		if slices.Contains(c.Orders, orderID) {
//			return false, nil // A repetition changes nothing.
//		}
//		c.Orders = append(c.Orders, orderID)
//		return true, nil
//	})
//
// A value that was never stored, or whose time is over, is the zero value of its
// type. [Outbox] is for values that owe events.
//
// # Delivery
//
// Update reads, decides and replaces only what it read; if another writer was
// faster it reads and decides again. A write whose answer was lost is met again as
// the value that is read next, so a decision must recognize what it decided before.
//
// # Errors
//
// A store that does not answer is Retryable, and ambiguous after a write. A value
// that cannot be read is Permanent ("state-unreadable"). If other writers are always
// faster, the error is Retryable ("state-contention").
//
// # Limits
//
// A value is at most 400 KB of JSON, the size of a DynamoDB item. Some tens of
// writers a second may update one key.
package state

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/fault"
)

// Forever keeps a value for good.
const Forever time.Duration = 0

// Record is a value as a Store keeps it.
type Record struct {
	// Text is JSON; empty for a record that was never written or whose time is over.
	Text string
	// Revision counts the writes; 0 is a record that was never written.
	Revision int64
}

// Store keeps records. It is safe for concurrent use by any number of processes. An
// error means that the store did not answer; what was to be written may or may not
// be.
type Store interface {
	// Read returns the record of that key, by a read that sees every write before it.
	Read(ctx context.Context, key string) (Record, error)
	// Swap replaces old by text, to be kept for the given time or Forever. It returns
	// false, and nothing is written, if the record is not old any more. A write whose
	// answer was lost may return false although it was made.
	Swap(ctx context.Context, key string, old Record, text string, keep time.Duration) (bool, error)
}

// Key is the key of a scope's value in the store: "<scope>#note#<key>".
func Key(scope, key string) string { return scope + "#note#" + key }

// Values are the values of one scope, one per key.
type Values[T any] struct {
	store Store
	scope string
	keep  time.Duration
}

// Of returns the values of a scope: the name of a function for its own, another name
// for what several functions share. A value is kept for the given time after its
// last update, or Forever.
func Of[T any](store Store, scope string, keep time.Duration) Values[T] {
	return Values[T]{store, scope, keep}
}

// Get returns the value of the key.
func (v Values[T]) Get(ctx context.Context, key string) (T, error) {
	value, _, err := v.read(ctx, key)
	return value, err
}

// attempts is how often a value that others write is read again.
const attempts = 50

// Update lets change decide on the value of the key and stores the result in place
// of what change was given. change reports whether there is anything to store; its
// error is returned as it is. It is called again, with the newer value, whenever
// another writer was faster. Update returns the value as it is stored.
func (v Values[T]) Update(ctx context.Context, key string, change func(*T) (changed bool, err error)) (T, error) {
	for attempt := range attempts {
		value, old, err := v.read(ctx, key)
		if err != nil {
			return value, err
		}
		changed, err := change(&value)
		if err != nil || !changed {
			return value, err
		}
		text, err := json.Marshal(value, json.Deterministic(true))
		if err != nil {
			return value, fault.Refuse("state-unwritable", fmt.Errorf("%s: the value cannot be encoded", v.scope))
		}
		if string(text) == old.Text {
			return value, nil
		}
		stored, err := v.store.Swap(ctx, Key(v.scope, key), old, string(text), v.keep)
		if err != nil {
			return value, fault.Unknown("ledger", 0, err)
		}
		if stored {
			return value, nil
		}
		// The first time, the other writer is done already.
		if ctx.Err() != nil || attempt > 0 && !wait(ctx, attempt) {
			break
		}
	}
	var none T
	return none, fault.Retry("state-contention", 0, fmt.Errorf("%s: other writers were always faster", v.scope))
}

func (v Values[T]) read(ctx context.Context, key string) (T, Record, error) {
	var value T
	record, err := v.store.Read(ctx, Key(v.scope, key))
	if err != nil {
		return value, record, fault.Retry("ledger", 0, err)
	}
	if record.Text == "" {
		return value, record, nil
	}
	if err := json.Unmarshal([]byte(record.Text), &value); err != nil {
		var none T
		return none, record, fault.Refuse("state-unreadable", errors.New(v.scope+": the stored value does not fit its type"))
	}
	return value, record, nil
}

// wait backs off with full jitter over a time that doubles up to 50 ms. It returns
// false if the context ends first.
func wait(ctx context.Context, attempt int) bool {
	timer := time.NewTimer(rand.N(min(50*time.Millisecond, time.Millisecond<<min(attempt+1, 6))))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
