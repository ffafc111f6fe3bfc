package catalog

import "fmt"

// Parallel is how many records of one batch are handled at once, so that two
// concurrent invokes (the least SQS allows) stay within the function's share of
// the system's rate.
func (f Function) Parallel() int { return parallel(f.share(), f.calls()) }

// MaxConcurrency is the mapping's bound of concurrent invokes: the function's
// share of the system's rate divided by what one invoke may ask in a second,
// between 2 and 1,000, the bounds SQS sets.
func (f Function) MaxConcurrency() int { return concurrency(f.share(), f.calls()) }

func (f Function) share() float64 { return share(f, Systems, Functions) }

// share is how many requests a second f may make: what it reserves of its system's
// rate, or an equal part of what the other writers leave; 0 is no bound.
func share(f Function, systems []System, functions []Function) float64 {
	if f.Rate > 0 {
		return f.Rate
	}
	for _, s := range systems {
		if s.ID == f.System {
			reserved, others := writers(s.ID, functions)
			return (s.Rate - reserved) / float64(max(1, others))
		}
	}
	return 0
}

// writers returns how many requests a second are reserved by functions that write
// to a system, and how many functions divide the rest.
func writers(system string, functions []Function) (reserved float64, others int) {
	for _, f := range functions {
		switch {
		case f.System != system:
		case f.Rate > 0:
			reserved += f.Rate
		case !f.IsSchedule(): // What runs on a schedule makes a few requests a run.
			others++
		}
	}
	return reserved, others
}

// checkRates finds reservations that a system cannot give, or that leave nothing for
// the other writers.
func (t tables) checkRates() error {
	for _, f := range t.functions {
		if f.Rate < 0 || f.Rate > 0 && f.System == "" {
			return fmt.Errorf("function %s: only requests to a system can be reserved, and not fewer than none", f.Name)
		}
	}
	for _, s := range t.systems {
		reserved, others := writers(s.ID, t.functions)
		if reserved > s.Rate {
			return fmt.Errorf("system %s: its functions reserve %g requests a second and it allows %g", s.ID, reserved, s.Rate)
		}
		if others > 0 && reserved == s.Rate {
			return fmt.Errorf("system %s: all of its %g requests a second are reserved and nothing is left for %d other functions", s.ID, s.Rate, others)
		}
	}
	return nil
}

func parallel(share float64, calls int) int {
	if share <= 0 {
		return BatchSize
	}
	return min(BatchSize, max(1, int(share/float64(2*calls))))
}

// unboundedConcurrency suits a function whose system is AWS alone: a tenth of
// the concurrency that an account has at first.
const unboundedConcurrency = 100

func concurrency(share float64, calls int) int {
	if share <= 0 {
		return unboundedConcurrency
	}
	return min(1000, max(2, int(share/float64(parallel(share, calls)*calls))))
}

func (f Function) calls() int { return max(1, f.Calls) }
