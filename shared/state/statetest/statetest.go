// Package statetest is a store of state for tests: in memory, with a way to look at
// what is stored, to put in what an older release left, and to fail.
//
//	store := statetest.New()
//	store.Put("dispatch", "order-1", `{"cancelled":true}`)
//	store.Around = func(effect func()) error { return errors.New("the process died") }
//	_, err := shipping.New(store).Begin(ctx, "order-1", "event-1", now)
package statetest

import (
	"context"
	"time"

	"signalbox/shared/state"
)

// Store is a state.Store in memory.
type Store struct {
	*state.Memory
	// Around, unless nil, is called with every read and every swap. It decides
	// whether the effect takes place; its error is the store's.
	Around func(effect func()) error
	// Contended makes every swap find that another writer was faster.
	Contended bool
}

var _ state.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store { return &Store{Memory: state.NewMemory(time.Now)} }

// Read implements state.Store.
func (s *Store) Read(ctx context.Context, key string) (r state.Record, err error) {
	err = s.around(func() { r, _ = s.Memory.Read(ctx, key) })
	return r, err
}

// Swap implements state.Store.
func (s *Store) Swap(ctx context.Context, key string, old state.Record, text string, keep time.Duration) (swapped bool, err error) {
	err = s.around(func() {
		if !s.Contended {
			swapped, _ = s.Memory.Swap(ctx, key, old, text, keep)
		}
	})
	return swapped, err
}

func (s *Store) around(effect func()) error {
	if s.Around != nil {
		return s.Around(effect)
	}
	effect()
	return nil
}

// Put stores text as the value of the key, whatever was there.
func (s *Store) Put(scope, key, text string) {
	ctx := context.Background()
	old, _ := s.Memory.Read(ctx, state.Key(scope, key))
	_, _ = s.Memory.Swap(ctx, state.Key(scope, key), old, text, state.Forever)
}

// Text returns what is stored of the key; "" for nothing.
func (s *Store) Text(scope, key string) string {
	r, _ := s.Memory.Read(context.Background(), state.Key(scope, key))
	return r.Text
}
