package queue

import (
	"context"
	"sync"
	"sync/atomic"
)

// results hold one result per record until they are closed. A handler that does
// not heed its deadline finds them closed and changes nothing any more.
type results[T any] struct {
	mu     sync.Mutex
	closed bool
	values []T
	filled []bool
}

func newResults[T any](n int) *results[T] {
	return &results[T]{values: make([]T, n), filled: make([]bool, n)}
}

func (s *results[T]) put(i int, v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.values[i], s.filled[i] = v, true
	}
}

func (s *results[T]) close() (values []T, filled []bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return s.values, s.filled
}

// runParallel does the work of units 0 to n-1, at most parallel at once, and returns
// when all are done or the context ends, whichever is first.
func runParallel(ctx context.Context, n, parallel int, work func(unit int)) {
	var workers sync.WaitGroup
	var next atomic.Int64
	for range min(n, max(1, parallel)) {
		workers.Go(func() {
			for unit := int(next.Add(1)) - 1; unit < n && ctx.Err() == nil; unit = int(next.Add(1)) - 1 {
				work(unit)
			}
		})
	}
	done := make(chan struct{})
	go func() {
		workers.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
