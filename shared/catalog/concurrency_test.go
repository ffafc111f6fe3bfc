package catalog

import "testing"

// A function may ask its share of what the vendor allows, if every call takes a
// second. Two invokes is the least that SQS allows, 10 records the most a batch has.
func TestConcurrencyFollowsFromTheShare(t *testing.T) {
	for name, c := range map[string]struct {
		share                 float64
		calls                 int
		parallel, concurrency int
	}{
		"no bound: a whole batch at once, a tenth of the account":  {0, 1, 10, 100},
		"25/s, 1 call: 25/2 is more than a batch, 25/10 invokes":   {25, 1, 10, 2},
		"25/s, 2 calls: 25/(2*2) at once, 25/(6*2) invokes":        {25, 2, 6, 2},
		"58/s, 1 call: a batch at once, 58/10 invokes":             {58, 1, 10, 5},
		"140/s, 2 calls: a batch at once, 140/(10*2) invokes":      {140, 2, 10, 7},
		"1/s: one record at a time, and still two invokes":         {1, 1, 1, 2},
		"a third of a request a second: no less than that":         {0.33, 1, 1, 2},
		"1,000 calls: one record at a time, and still two invokes": {25, 1000, 1, 2},
		"a million requests a second: no more than 1,000 invokes":  {1e6, 1, 10, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			if p, m := parallel(c.share, c.calls), concurrency(c.share, c.calls); p != c.parallel || m != c.concurrency {
				t.Errorf("%d at once in %d invokes, want %d in %d", p, m, c.parallel, c.concurrency)
			}
		})
	}
}

func TestTheWritersOfASystemShareItsRate(t *testing.T) {
	systems := []System{{ID: "crm", Rate: 30}, {ID: "erp", Rate: 4}}
	functions := []Function{{System: "crm"}, {System: "crm"}, {System: "crm", Reads: []string{"erp"}}, {System: "crm", Trigger: Schedule{}}, {}}
	for system, want := range map[string]float64{"crm": 10, "erp": 4, "": 0, "unknown": 0} {
		if got := share(Function{System: system}, systems, functions); got != want {
			t.Errorf("%q: %g requests a second for each, want %g", system, got, want)
		}
	}
}

func TestAReservedRateIsNotDividedByAFurtherWriter(t *testing.T) {
	systems := []System{{ID: "crm", Rate: 30}}
	reserved, plain := Function{System: "crm", Rate: 12}, Function{System: "crm"}
	functions := []Function{reserved, plain, plain}
	for _, c := range []struct{ reserved, plain float64 }{{12, 9}, {12, 6}, {12, 4.5}} {
		if r, p := share(reserved, systems, functions), share(plain, systems, functions); r != c.reserved || p != c.plain {
			t.Errorf("%d writers: %g reserved and %g for each other, want %g and %g", len(functions), r, p, c.reserved, c.plain)
		}
		functions = append(functions, plain)
	}
	swept := []Function{{System: "crm", Rate: 6, Trigger: Schedule{}}, plain}
	if p := share(plain, systems, swept); p != 24 {
		t.Errorf("beside a reservation of what runs on a schedule %g, want 24", p)
	}
}
