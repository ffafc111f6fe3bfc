package lambdalocal

import (
	"bytes"
	"io"
	"sync"
)

// lines passes on whole lines, each in one Write. os/exec writes to it from one
// goroutine; flush passes on a last line without its end.
type lines struct {
	to   io.Writer
	mu   sync.Mutex
	rest []byte
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 {
			return len(p), nil
		}
		// A reader that fails must not stop the function.
		_, _ = l.to.Write(l.rest[:i+1])
		l.rest = append(l.rest[:0], l.rest[i+1:]...)
	}
}

func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.rest) > 0 {
		_, _ = l.to.Write(append(l.rest, '\n'))
		l.rest = nil
	}
}
