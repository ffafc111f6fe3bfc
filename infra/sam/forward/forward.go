// Package forward passes TCP connections from one listener on to another address.
package forward

import (
	"errors"
	"io"
	"net"
	"sync"
)

// Forwarder is a listener whose connections are passed on.
type Forwarder struct {
	listener net.Listener
	target   string

	mu   sync.Mutex
	open map[net.Conn]struct{}
	done bool
	wait sync.WaitGroup
}

// Serve passes every connection of listener on to target, host:port, until
// Close. The listener is the forwarder's from then on.
func Serve(listener net.Listener, target string) *Forwarder {
	f := &Forwarder{listener: listener, target: target, open: map[net.Conn]struct{}{}}
	f.wait.Go(f.accept)
	return f
}

// Close ends the listener and every connection, and returns when all are ended.
func (f *Forwarder) Close() error {
	f.mu.Lock()
	f.done = true
	err := f.listener.Close()
	for c := range f.open {
		_ = c.Close()
	}
	f.mu.Unlock()
	f.wait.Wait()
	return err
}

// Wait returns when the listener has been closed.
func (f *Forwarder) Wait() { f.wait.Wait() }

func (f *Forwarder) accept() {
	for {
		from, err := f.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			f.wait.Go(func() { f.pass(from) })
		}
	}
}

func (f *Forwarder) pass(from net.Conn) {
	if !f.track(from) {
		return
	}
	defer f.untrack(from)
	to, err := net.Dial("tcp", f.target)
	if err != nil || !f.track(to) {
		return
	}
	defer f.untrack(to)
	var copies sync.WaitGroup
	for _, way := range [][2]net.Conn{{to, from}, {from, to}} {
		copies.Go(func() {
			_, _ = io.Copy(way[0], way[1])
			if half, ok := way[0].(*net.TCPConn); ok {
				_ = half.CloseWrite()
			}
		})
	}
	copies.Wait()
}

func (f *Forwarder) track(c net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done {
		_ = c.Close()
		return false
	}
	f.open[c] = struct{}{}
	return true
}

func (f *Forwarder) untrack(c net.Conn) {
	_ = c.Close()
	f.mu.Lock()
	delete(f.open, c)
	f.mu.Unlock()
}
