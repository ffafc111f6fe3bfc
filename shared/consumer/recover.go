package consumer

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// contain turns a panic into a Retryable, ambiguous fault. Neither the panic's
// value nor its message is told, since both may quote a payload.
func contain(next Handler[jsontext.Value]) Handler[jsontext.Value] {
	return func(ctx context.Context, e event.Raw) (err error) {
		defer func() {
			if value := recover(); value != nil {
				err = panicked(value)
			}
		}()
		return next(ctx, e)
	}
}

// panicked describes a panic by the type of its value and the functions it
// passed. It is called by the deferred function that recovered.
func panicked(value any) error {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var names []string
	for {
		frame, more := frames.Next()
		name := frame.Function[strings.LastIndexByte(frame.Function, '/')+1:]
		if name != "" && !strings.HasPrefix(name, "runtime.") {
			names = append(names, name)
		}
		if !more || len(names) == 6 {
			break
		}
	}
	return fault.Unknown("panic", 0, fmt.Errorf("%T in %s", value, strings.Join(names, " < ")))
}
