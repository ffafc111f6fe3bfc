package stage

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"signalbox/shared/catalog"
)

// Surge is what a stage says about how one function's queue is read. Without it
// the catalog decides, by what the function's system allows.
type Surge struct {
	// Concurrency is how many invokes may run at once, 2 to 1000.
	Concurrency int `json:"concurrency"`
	// Pollers are kept ready instead of Concurrency: they follow a surge three
	// times faster, and each runs up to ten invokes at once.
	Pollers *Pollers `json:"pollers"`
	// BatchSize is how many events an invoke gets at most, default 10; more
	// than 10 need a window.
	BatchSize int `json:"batchSize"`
	// WindowSeconds is how long events may wait for a batch to fill, default 0.
	WindowSeconds int `json:"windowSeconds"`
	// BeyondRate says that more invokes than the system's published rate allows are
	// wanted: by a contract with the vendor, say.
	BeyondRate bool `json:"beyondRate"`
}

// invokesPerPoller is how many invokes a provisioned poller runs at once.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
const invokesPerPoller = 10

func (c *checker) surge(s Settings) {
	for _, name := range slices.Sorted(maps.Keys(s.Surge)) {
		field, given := "surge."+name, s.Surge[name]
		f, ok := catalog.FunctionByName(name)
		c.that(ok, field, "a function of the catalog")
		if !ok {
			continue
		}
		c.that(f.IsQueue() && s.Uses(f), field, "a function that this stage deploys behind a queue")
		c.that(given.Concurrency == 0 || given.Pollers == nil, field, "either concurrency or pollers")
		c.that(given.Concurrency == 0 || given.Concurrency >= 2 && given.Concurrency <= 1000, field+".concurrency", "2 to 1000")
		invokes := given.Concurrency
		if p := given.Pollers; p != nil {
			c.pollers(field+".pollers", *p, 2, 200, 2000)
			invokes = p.Max * invokesPerPoller
		}
		if most := f.MaxConcurrency(); f.System != "" && !given.BeyondRate {
			c.that(invokes <= most, field, fmt.Sprintf("at most %d concurrent invokes, which is what the rate of %s allows (a poller runs %d); beyondRate says that more are wanted", most, f.System, invokesPerPoller))
		}
		c.that(given.WindowSeconds >= 0 && given.WindowSeconds <= 300, field+".windowSeconds", "0 to 300")
		c.that(given.BatchSize >= 0 && given.BatchSize <= 10000, field+".batchSize", "1 to 10000")
		c.that(given.BatchSize <= catalog.BatchSize || given.WindowSeconds >= 1, field+".windowSeconds", "at least 1 where batchSize is above "+strconv.Itoa(catalog.BatchSize))
	}
}
