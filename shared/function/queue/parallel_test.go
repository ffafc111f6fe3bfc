package queue

import (
	"context"
	"sync/atomic"
	"testing"
	"time"
)

func TestLateResultChangesNothing(t *testing.T) {
	s := newResults[int](2)
	s.put(0, 1)
	values, filled := s.close()
	s.put(0, 2)
	s.put(1, 2)
	if values[0] != 1 || values[1] != 0 || !filled[0] || filled[1] {
		t.Errorf("%v %v, want what was there when it closed", values, filled)
	}
}

func TestRunParallelEndsWithItsContextAndStartsNothingAfter(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var started atomic.Int64
	runParallel(ctx, 100, 4, func(int) {
		started.Add(1)
		<-ctx.Done()
	})
	if ctx.Err() == nil {
		t.Error("returned before the work was done")
	}
	if n := started.Load(); n != 4 {
		t.Errorf("%d started, want the four that fit", n)
	}
}
