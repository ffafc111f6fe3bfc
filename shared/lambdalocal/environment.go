package lambdalocal

import (
	"context"
	"sync"
)

// pool holds the environments of one function: those that wait warm and those
// that work. A swap begins a new generation; older ones end after their invoke.
type pool struct {
	start func(Function) (Environment, error)
	// capacity bounds the invokes that run at once.
	capacity chan struct{}

	mu         sync.Mutex
	function   Function
	generation int
	idle       []*worker
	working    map[*worker]bool
	closed     bool
}

type worker struct {
	environment Environment
	generation  int
}

func newPool(f Function, limit int, start func(Function) (Environment, error)) *pool {
	return &pool{function: f, start: start, capacity: make(chan struct{}, limit), working: map[*worker]bool{}}
}

func (p *pool) warm() error {
	w, err := p.take()
	if err != nil {
		return err
	}
	p.putBack(w)
	return nil
}

// take returns a warm environment of the current generation, or a new one.
func (p *pool) take() (*worker, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
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
	environment, err := p.start(f)
	if err != nil {
		return nil, err
	}
	w := &worker{environment: environment, generation: generation}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		environment.Close()
		return nil, ErrClosed
	}
	p.working[w] = true
	return w, nil
}

// putBack keeps the environment warm, or ends it if it is of an older generation.
func (p *pool) putBack(w *worker) {
	p.mu.Lock()
	delete(p.working, w)
	keep := !p.closed && w.generation == p.generation
	if keep {
		p.idle = append(p.idle, w)
	}
	p.mu.Unlock()
	if !keep {
		w.environment.Close()
	}
}

// invoke has an environment answer the payload.
func (p *pool) invoke(ctx context.Context, payload []byte) ([]byte, error) {
	w, err := p.take()
	if err != nil {
		return nil, err
	}
	defer p.putBack(w)
	return w.environment.Invoke(ctx, payload)
}

// swap starts the new program before it ends the old environments, so that a
// program that does not start changes nothing.
func (p *pool) swap(bootstrap string) error {
	p.mu.Lock()
	f := p.function
	p.mu.Unlock()
	f.Bootstrap = bootstrap
	environment, err := p.start(f)
	if err != nil {
		return err
	}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		environment.Close()
		return ErrClosed
	}
	old := p.idle
	p.function = f
	p.generation++
	p.idle = []*worker{{environment: environment, generation: p.generation}}
	p.mu.Unlock()
	for _, w := range old {
		w.environment.Close()
	}
	return nil
}

func (p *pool) kill() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for w := range p.working {
		w.environment.Kill()
	}
	return len(p.working)
}

func (p *pool) busy() int { return len(p.capacity) }

// close ends all environments, those that work too: they fail with ErrClosed or
// as a process that was killed does.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	all := p.idle
	p.idle = nil
	for w := range p.working {
		all = append(all, w)
	}
	p.mu.Unlock()
	for _, w := range all {
		w.environment.Close()
	}
}
