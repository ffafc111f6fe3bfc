package idempotency

import (
	"context"
	"sync"
	"time"
)

// Memory is a ledger in memory, for tests and benchmarks.
type Memory struct {
	now      func() time.Time
	mu       sync.Mutex
	records  map[string]Record
	subjects map[string]subject
	arrivals map[string]time.Time
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty ledger that reads the given clock.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: now, records: map[string]Record{}, subjects: map[string]subject{}, arrivals: map[string]time.Time{}}
}

// Find implements Store.
func (m *Memory) Find(_ context.Context, e Entry) (Verdict, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.records[e.Key()]
	return found(r, ok, e, m.now()), nil
}

// Record implements Store.
func (m *Memory) Record(_ context.Context, e Entry, owner string) (Verdict, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.records[e.Key()]
	now := m.now()
	if v := found(r, ok, e, now); v != Free && r.Owner != owner {
		return v, nil
	}
	m.records[e.Key()] = Record{State: Completed, Owner: owner, Hash: e.Hash, Expires: now.Add(Retention)}
	return Free, nil
}

// Claim implements Store.
func (m *Memory) Claim(_ context.Context, e Entry, owner string, lease time.Time, grace time.Duration) (Claim, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.records[e.Key()]
	now := m.now()
	c := judge(r, ok, e, owner, now, grace)
	if c.Verdict == Free || c.Verdict == Uncertain {
		m.records[e.Key()] = Record{State: InProgress, Owner: owner, Lease: lease, Hash: e.Hash, Expires: now.Add(Retention)}
	}
	return c, nil
}

// Complete implements Store.
func (m *Memory) Complete(_ context.Context, e Entry, owner string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.records[e.Key()]
	if !ok || r.Owner != owner {
		return ErrLost
	}
	r.State, r.Expires = Completed, m.now().Add(Retention)
	m.records[e.Key()] = r
	return nil
}

// Release implements Store.
func (m *Memory) Release(_ context.Context, e Entry, owner string, mayExist bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.records[e.Key()]
	if !ok || r.Owner != owner || r.State == Completed {
		return ErrLost
	}
	if !mayExist {
		delete(m.records, e.Key())
		return nil
	}
	r.Lease = m.now()
	m.records[e.Key()] = r
	return nil
}

// AcquireSequence implements Store.
func (m *Memory) AcquireSequence(_ context.Context, l SequenceLock) (SequenceVerdict, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.subjects[l.Key()]
	p, until := judgeSequence(s, l, m.now())
	if p == Acquired {
		s.owner, s.lease, s.pending = l.Owner, l.Lease, l.Sequence
		m.subjects[l.Key()] = s
	}
	return p, until, nil
}

// ReleaseSequence implements Store.
func (m *Memory) ReleaseSequence(_ context.Context, l SequenceLock, r Result) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.subjects[l.Key()]
	if s.owner != l.Owner {
		return ErrLost
	}
	s.owner, s.pending, s.lease = "", 0, time.Time{}
	if r == Applied {
		s.applied = l.Sequence
	}
	m.subjects[l.Key()] = s
	return nil
}

// found judges a record that is only read.
func found(r Record, exists bool, e Entry, now time.Time) Verdict {
	switch {
	case !exists || r.State != Completed || !now.Before(r.Expires):
		return Free
	case !r.matches(e):
		return Mismatch
	}
	return Done
}
