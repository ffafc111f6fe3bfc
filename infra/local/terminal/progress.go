package terminal

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

const (
	redraw = 100 * time.Millisecond
	// remind is how often a file or pipe gets a line that a step still runs.
	remind = 15 * time.Second
)

// Progress shows steps with the seconds they take: on a terminal one moving line
// for those that run and a line for each that is done; elsewhere a line when a
// long one is still running and one when it is done. It is safe for concurrent use.
type Progress struct {
	out   io.Writer
	moves bool
	paint func(Paint, string) string
	now   func() time.Time
	began time.Time

	mu      sync.Mutex
	running []*step
	drawn   bool
	ticker  *ticker
}

// ticker redraws while steps run.
type ticker struct{ stop, stopped chan struct{} }

type step struct {
	name, note string
	began      time.Time
	reported   time.Time
}

// NewProgress shows progress on t.Err. A quiet one shows nothing but failures' names.
func NewProgress(t Terminal, quiet bool) *Progress {
	p := &Progress{out: t.Err, moves: t.ErrColor, now: time.Now, paint: Terminal{Color: t.ErrColor}.In}
	if quiet {
		p.out, p.moves = io.Discard, false
	}
	p.began = p.now()
	return p
}

// Run does one step and shows it. The note that work returns stands behind its time.
func (p *Progress) Run(name string, work func() (note string, err error)) error {
	return p.Track(name, func(func(string)) (string, error) { return work() })
}

// Track is Run for a step that reports how far it is.
func (p *Progress) Track(name string, work func(report func(note string)) (note string, err error)) error {
	s := &step{name: name, began: p.now(), reported: p.now()}
	p.begin(s)
	note, err := work(func(note string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		s.note = note
	})
	p.end(s, note, err)
	return err
}

// Elapsed is the time since the progress began.
func (p *Progress) Elapsed() time.Duration { return p.now().Sub(p.began) }

func (p *Progress) begin(s *step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = append(p.running, s)
	if p.ticker == nil {
		p.ticker = &ticker{stop: make(chan struct{}), stopped: make(chan struct{})}
		go p.tick(p.ticker)
	}
}

func (p *Progress) tick(t *ticker) {
	defer close(t.stopped)
	clock := time.NewTicker(redraw)
	defer clock.Stop()
	for {
		select {
		case <-t.stop:
			return
		case <-clock.C:
			p.draw()
		}
	}
}

func (p *Progress) end(s *step, note string, err error) {
	p.mu.Lock()
	p.erase()
	for i, other := range p.running {
		if other == s {
			p.running = append(p.running[:i], p.running[i+1:]...)
			break
		}
	}
	mark := p.paint(Green, "✓")
	if err != nil {
		mark, note = p.paint(Red, "✗"), ""
	}
	line := fmt.Sprintf("%s %-22s %7.1f s", mark, s.name, p.now().Sub(s.began).Seconds())
	if note != "" {
		line += "  " + p.paint(Dim, note)
	}
	fmt.Fprintln(p.out, line)
	var done *ticker
	if len(p.running) == 0 {
		done, p.ticker = p.ticker, nil
	}
	p.mu.Unlock()
	if done != nil {
		close(done.stop)
		<-done.stopped
	}
}

func (p *Progress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if !p.moves {
		for _, s := range p.running {
			if now.Sub(s.reported) >= remind {
				s.reported = now
				fmt.Fprintln(p.out, strings.TrimRight(fmt.Sprintf("… %-22s %7.1f s  %s", s.name, now.Sub(s.began).Seconds(), s.note), " "))
			}
		}
		return
	}
	var parts []string
	for _, s := range p.running {
		part := fmt.Sprintf("%s %.0f s", s.name, now.Sub(s.began).Seconds())
		if s.note != "" {
			part += " (" + s.note + ")"
		}
		parts = append(parts, part)
	}
	if len(parts) > 0 {
		p.erase()
		fmt.Fprint(p.out, p.paint(Cyan, "… "+strings.Join(parts, " · ")))
		p.drawn = true
	}
}

func (p *Progress) erase() {
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.drawn = false
	}
}
