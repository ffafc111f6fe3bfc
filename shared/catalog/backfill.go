package catalog

import "time"

var backfillSweep = Function{
	Name: "backfill", Domain: Platform, Trigger: Schedule{Every: 5 * time.Minute, Alone: true, Refills: "commercetools"}, Reads: []string{"commercetools"},
	Effect: Natural{}, Timeout: 4 * time.Minute,
	Does: "Sweeps commercetools' messages and sends those into the ingress again that never arrived there.",
	Settings: []Setting{
		{Name: "BACKFILL_TRAIL_SECONDS", Help: "how far the sweep stays behind the present, 60 at least; what is delivered later than that is sent in twice and applied once", Default: "300"},
		{Name: "BACKFILL_RATE", Help: "how many messages a second are sent in again, at most", Default: "50"},
	},
}
