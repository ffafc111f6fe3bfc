package state

import (
	"context"
	"sync"
	"time"
)

// Memory is a Store in memory, for tests and benchmarks.
type Memory struct {
	now     func() time.Time
	mu      sync.Mutex
	records map[string]memoryRecord
}

// memoryRecord is a record that expires, unless that time is zero.
type memoryRecord struct {
	Record
	expires time.Time
}

// NewMemory returns an empty store that reads the given clock.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: now, records: map[string]memoryRecord{}}
}

// Read implements Store.
func (m *Memory) Read(_ context.Context, key string) (Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.records[key]
	if !r.expires.IsZero() && !m.now().Before(r.expires) {
		r.Text = ""
	}
	return r.Record, nil
}

// Swap implements Store.
func (m *Memory) Swap(_ context.Context, key string, old Record, text string, keep time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records[key].Revision != old.Revision {
		return false, nil
	}
	r := memoryRecord{Record: Record{Text: text, Revision: old.Revision + 1}}
	if keep != Forever {
		r.expires = m.now().Truncate(time.Second).Add(keep)
	}
	m.records[key] = r
	return true, nil
}
