package sam

import (
	"bytes"
	"io"
)

// noise is what SAM CLI says, twice, about every resource of a template that is
// no function.
var noise = []byte("Cannot detect function id from aws:cdk:path metadata")

// quiet passes whole lines on to w, except noise.
type quiet struct {
	w    io.Writer
	rest []byte
}

func (q *quiet) Write(p []byte) (int, error) {
	q.rest = append(q.rest, p...)
	for {
		line, rest, ok := bytes.Cut(q.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		q.rest = rest
		if bytes.HasPrefix(line, noise) {
			continue
		}
		if _, err := q.w.Write(append(bytes.Clone(line), '\n')); err != nil {
			return len(p), err
		}
	}
}

// Close passes on what has no end of line.
func (q *quiet) Close() error {
	if len(q.rest) == 0 {
		return nil
	}
	_, err := q.w.Write(q.rest)
	q.rest = nil
	return err
}
