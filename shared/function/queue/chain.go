package queue

import (
	"slices"

	"signalbox/shared/event"
	"signalbox/shared/function/internal/delivery"
)

// setChain puts the standard chain in front of the handler.
func setChain[T event.Payload](c *consumer, handle Handler[T]) {
	var data T
	_, ordered := any(data).(event.Sequenced)
	c.newChain(decodeOnce[T], valid[T], ordered, typed(handle))
}

// newChain puts the chain together: read opens a body, valid decodes the data.
func (c *consumer) newChain(read reader, valid delivery.Middleware, ordered bool, handle delivery.Handler) {
	c.ordered = ordered
	middleware := []delivery.Middleware{delivery.Contain, valid, bounded}
	if c.ordered && !c.Function.AnyOrder() {
		middleware = append(middleware, c.inOrder)
	}
	once := c.recorded
	if c.Function.IsUnsafe() {
		once = c.claimed
	}
	c.read = read
	c.finalize = chain(c.Observe, c.DeadLetter)
	c.handle = c.finalize(chain(append(middleware, once)...)(handle))
}

// chain makes one middleware of many; the first is the outermost.
func chain(all ...delivery.Middleware) delivery.Middleware {
	return func(h delivery.Handler) delivery.Handler {
		for _, m := range slices.Backward(all) {
			h = m(h)
		}
		return h
	}
}
