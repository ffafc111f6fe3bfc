package delivery

import (
	"errors"
	"time"

	"signalbox/shared/fault"
)

// MarginOf is what is kept from handlers of an invoke's time: a tenth, at least
// 300 ms and at most 2 s. Its first half is for the ledger, its second for the
// queue and the answer.
func MarginOf(total time.Duration) time.Duration {
	return min(2*time.Second, max(300*time.Millisecond, total/10))
}

// Untouched is the fault of a record that was not started, or not finished, for
// lack of time.
func Untouched() error {
	return fault.Retry("deadline", 0, errors.New("too little of the invoke's time was left"))
}

// LedgerFault is the fault of a ledger that did not answer; afterEffect says that
// an effect may have been made before.
func LedgerFault(err error, afterEffect bool) error {
	if afterEffect {
		return fault.Unknown("ledger", 0, err)
	}
	return fault.Retry("ledger", 0, err)
}
