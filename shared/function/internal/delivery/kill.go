package delivery

import (
	"context"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// Labels at which a rehearsal may kill the process; see config.Rehearsal.
const (
	// AfterDecode: the event is read and valid, nothing is claimed.
	AfterDecode = "after-decode"
	// AfterClaim: an Unsafe event is claimed; a Natural one is known to be new.
	AfterClaim = "after-claim"
	// AfterEffect: the effect is made, and nothing that follows from it.
	AfterEffect = "after-effect"
	// BeforeComplete: all is done, the ledger does not know.
	BeforeComplete = "before-complete"
	// AfterComplete: the ledger knows, the queue does not.
	AfterComplete = "after-complete"
	// BeforeAck: the whole batch is handled, its answer not sent.
	BeforeAck = "before-ack"
)

// KillPoint kills the process at the nth pass of its label. Its nil value never does.
type KillPoint struct {
	label string
	left  atomic.Int64
	// Kill ends the process; tests put something else here.
	Kill func()
}

// NewKillPoint returns the point that the setting names, "label" or "label:n"; nil
// for none.
func NewKillPoint(at string) *KillPoint {
	if at == "" {
		return nil
	}
	label, count, _ := strings.Cut(at, ":")
	k := &KillPoint{label: label, Kill: killSelf}
	n, _ := strconv.ParseInt(count, 10, 64)
	k.left.Store(max(1, n))
	return k
}

// Reach passes a label, and kills the process if this is the pass that was set.
func (k *KillPoint) Reach(label string) {
	if k != nil && k.label == label && k.left.Add(-1) == 0 {
		k.Kill()
	}
}

// killSelf ends the process as Lambda does at a timeout: no deferred call runs.
func killSelf() {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill()
	}
	select {}
}

// Reach passes a label in code that knows its context alone.
func Reach(ctx context.Context, label string) {
	if d := Of(ctx); d != nil {
		d.Kill.Reach(label)
	}
}
