package host

import (
	"context"
	"errors"
	"sync"
)

// pool holds the processes of one function: those that wait warm and those that
// work. A swap begins a new generation; older processes end after their invoke.
type pool struct {
	spawn func(Function) (Process, error)
	// slots bounds the invokes that run at once.
	slots chan struct{}

	mu         sync.Mutex
	function   Function
	generation int
	idle       []*worker
	working    map[*worker]bool
	closed     bool
}

type worker struct {
	process    Process
	generation int
}

var errClosed = errors.New("the host is closing")

func newPool(f Function, limit int, spawn func(Function) (Process, error)) *pool {
	return &pool{function: f, spawn: spawn, slots: make(chan struct{}, limit), working: map[*worker]bool{}}
}

func (p *pool) warm() error {
	w, err := p.take()
	if err != nil {
		return err
	}
	p.putBack(w)
	return nil
}

// take returns a warm process of the current generation, or a new one.
func (p *pool) take() (*worker, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errClosed
	}
	if n := len(p.idle); n > 0 {
		w := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.working[w] = true
		p.mu.Unlock()
		return w, nil
	}
	f, generation := p.function, p.generation
	p.mu.Unlock()
	process, err := p.spawn(f)
	if err != nil {
		return nil, err
	}
	w := &worker{process: process, generation: generation}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		process.Close()
		return nil, errClosed
	}
	p.working[w] = true
	return w, nil
}

// putBack keeps the process warm, or ends it if it is of an older generation.
func (p *pool) putBack(w *worker) {
	p.mu.Lock()
	delete(p.working, w)
	keep := !p.closed && w.generation == p.generation
	if keep {
		p.idle = append(p.idle, w)
	}
	p.mu.Unlock()
	if !keep {
		w.process.Close()
	}
}

// invoke has a process answer the payload. One that fails is not used again.
func (p *pool) invoke(ctx context.Context, payload []byte) ([]byte, error) {
	w, err := p.take()
	if err != nil {
		return nil, err
	}
	answer, err := w.process.Invoke(ctx, payload)
	if err != nil {
		p.discard(w)
		return nil, err
	}
	p.putBack(w)
	return answer, nil
}

// discard ends a process whose state is not known any more.
func (p *pool) discard(w *worker) {
	p.mu.Lock()
	delete(p.working, w)
	p.mu.Unlock()
	w.process.Close()
}

// swap starts a process of the new program before it lets the old ones go, so
// that a program that does not start changes nothing.
func (p *pool) swap(bootstrap string) error {
	p.mu.Lock()
	f := p.function
	p.mu.Unlock()
	f.Bootstrap = bootstrap
	process, err := p.spawn(f)
	if err != nil {
		return err
	}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		process.Close()
		return errClosed
	}
	old := p.idle
	p.function = f
	p.generation++
	p.idle = []*worker{{process: process, generation: p.generation}}
	p.mu.Unlock()
	for _, w := range old {
		w.process.Close()
	}
	return nil
}

func (p *pool) kill() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for w := range p.working {
		w.process.Kill()
	}
	return len(p.working)
}

func (p *pool) busy() int { return len(p.slots) }

func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	idle := p.idle
	p.idle = nil
	for w := range p.working {
		w.process.Kill()
	}
	p.mu.Unlock()
	for _, w := range idle {
		w.process.Close()
	}
}
