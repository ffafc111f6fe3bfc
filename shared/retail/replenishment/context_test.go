package replenishment_test

import (
	"context"

	"signalbox/shared/fault"
)

// testContext serves checks of many runs, which have no context of their own.
var testContext = context.Background()

// isLedger reports whether the store did not answer.
func isLedger(err error) bool { return fault.Of(err).Reason == "ledger" }
