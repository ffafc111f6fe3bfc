package consumer

import (
	"context"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// Labels at which a rehearsal may kill the process; see config.Rehearsal.
const (
	// afterDecode: the event is read and valid, nothing is claimed.
	afterDecode = "after-decode"
	// afterClaim: an Unsafe event is claimed; a Natural one is known to be new.
	afterClaim = "after-claim"
	// afterEffect: the effect is made, and nothing that follows from it.
	afterEffect = "after-effect"
	// beforeComplete: all is done, the ledger does not know.
	beforeComplete = "before-complete"
	// afterComplete: the ledger knows, the queue does not.
	afterComplete = "after-complete"
	// beforeAck: the whole batch is handled, its answer not sent.
	beforeAck = "before-ack"
)

// killPoint kills the process at the nth pass of its label. Its nil value never does.
type killPoint struct {
	label string
	left  atomic.Int64
	kill  func()
}

func newKillPoint(at string) *killPoint {
	if at == "" {
		return nil
	}
	label, count, _ := strings.Cut(at, ":")
	k := &killPoint{label: label, kill: killSelf}
	n, _ := strconv.ParseInt(count, 10, 64)
	k.left.Store(max(1, n))
	return k
}

func (k *killPoint) reach(label string) {
	if k != nil && k.label == label && k.left.Add(-1) == 0 {
		k.kill()
	}
}

// killSelf ends the process as Lambda does at a timeout: no deferred call runs.
func killSelf() {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill()
	}
	select {}
}

// reach passes a label in code that has no runtime at hand.
func reach(ctx context.Context, label string) {
	if d := deliveryOf(ctx); d != nil {
		d.kill.reach(label)
	}
}
