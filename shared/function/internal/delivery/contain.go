package delivery

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// Contain turns a panic into a Retryable, ambiguous fault. Neither the panic's
// value nor its message is reported, since both may quote a payload.
func Contain(next Handler) Handler {
	return func(ctx context.Context, e event.Raw) (err error) {
		defer func() {
			if value := recover(); value != nil {
				err = Panicked(value)
			}
		}()
		return next(ctx, e)
	}
}

// Panicked describes a panic by the type of its value and the functions it
// passed. It is called by the deferred function that recovered.
func Panicked(value any) error {
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
