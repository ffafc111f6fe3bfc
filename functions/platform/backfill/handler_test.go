package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/time/rate"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	client "signalbox/shared/connector/commercetools"
	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/fault"
	"signalbox/shared/function/schedule"
	"signalbox/shared/state/statetest"
)

// now is the clock of these tests.
var now = time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)

// memory is the ledger, the state and the ingress's queue.
type memory struct {
	store   *statetest.Store
	arrived map[string]bool
	sent    []string
	// fail is asked before everything that is written or sent.
	fail func(what string) error
}

func (m *memory) try(what string) error {
	if m.fail != nil {
		return m.fail(what)
	}
	return nil
}
func (m *memory) Arrived(_ context.Context, ids []string) (map[string]bool, error) {
	found := map[string]bool{}
	for _, id := range ids {
		if m.arrived[id] {
			found[id] = true
		}
	}
	return found, m.try("ask")
}
func (m *memory) RecordArrival(_ context.Context, id string) error {
	if err := m.try("note"); err != nil {
		return err
	}
	m.arrived[id] = true
	return nil
}
func (m *memory) Refill(_ context.Context, body []byte) error {
	if err := m.try("send"); err != nil {
		return err
	}
	var n struct {
		ID      string `json:"id"`
		Kind    string `json:"notificationType"`
		Project string `json:"projectKey"`
	}
	if err := json.Unmarshal(body, &n); err != nil || n.Kind != "Message" || n.Project != commercetoolstest.Project {
		return fmt.Errorf("%s is no notification: %v", body, err)
	}
	m.sent = append(m.sent, n.ID)
	return nil
}

func build(t testing.TB) (handler, *commercetoolstest.Double, *memory, *connectortest.Server) {
	t.Helper()
	double := commercetoolstest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	settings := double.Settings(server.URL)
	settings[config.BaseURLName(double.System())] = server.URL
	shop, err := client.New(config.Static(settings, map[string]map[string]string{double.System(): double.Secret()}), client.ViewMessages)
	if err != nil {
		t.Fatal(err)
	}
	m := &memory{arrived: map[string]bool{}, store: statetest.New()}
	m.store.Around = func(effect func()) error {
		if err := m.try("state"); err != nil {
			return err
		}
		effect()
		return nil
	}
	return handler{
		shop: shop, ledger: m, cursors: cursors(m.store), project: commercetoolstest.Project, trail: 5 * time.Minute, now: func() time.Time { return now },
		log: slog.New(slog.NewJSONHandler(io.Discard, nil)), pages: rate.NewLimiter(rate.Inf, 1), refills: rate.NewLimiter(rate.Inf, 1),
	}, double, m, server
}

func put(t testing.TB, d *commercetoolstest.Double, at time.Time, id, kind, order string, sequence int) {
	t.Helper()
	err := d.PutMessage(fmt.Appendf(nil, `{"id":%q,"version":1,"createdAt":%q,"type":%q,"sequenceNumber":%d,"resource":{"typeId":"order","id":%q}}`,
		id, at.UTC().Format("2006-01-02T15:04:05.000Z"), kind, sequence, order))
	if err != nil {
		t.Fatal(err)
	}
}

func run(t testing.TB, h handler, demand string) schedule.Report {
	t.Helper()
	r := schedule.Invocation{Time: now}
	if demand != "" {
		r.Demand = jsontext.Value(demand)
	}
	report, err := h.run(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func expect(t testing.TB, r schedule.Report, read, missed, gaps int) {
	t.Helper()
	if r.Counts[catalog.MetricBackfillRead] != read || r.Counts[catalog.MetricBackfillMissed] != missed || r.Counts[catalog.MetricBackfillGaps] != gaps {
		t.Errorf("%v, want %d read, %d missed, %d gaps", r, read, missed, gaps)
	}
}

func TestTheFirstSweepBeginsAtThePresentAndTheNextGoesOn(t *testing.T) {
	h, double, m, _ := build(t)
	put(t, double, now.Add(-time.Hour), "old", "OrderCreated", "o-1", 1)
	expect(t, run(t, h, ""), 0, 0, 0)
	put(t, double, now.Add(-4*time.Minute), "one", "OrderCreated", "o-2", 1)
	put(t, double, now.Add(-4*time.Minute), "two", "DeliveryAdded", "o-2", 2)
	expect(t, run(t, h, ""), 0, 0, 0) // Not yet: it trails the present.
	h.now = func() time.Time { return now.Add(5 * time.Minute) }
	r := run(t, h, "")
	expect(t, r, 2, 1, 0)
	if r.Notes["complete"] != "true" || r.Counts[catalog.MetricBackfillBehind] != 0 || fmt.Sprint(m.sent) != "[one]" {
		t.Errorf("%v, sent %v", r, m.sent)
	}
	expect(t, run(t, h, ""), 0, 0, 0)
}

func TestWhatArrivedIsNotSentAgain(t *testing.T) {
	h, double, m, _ := build(t)
	for i := range 20 {
		id := fmt.Sprintf("m-%02d", i)
		put(t, double, now.Add(-time.Hour).Add(time.Duration(i/3)*time.Second), id, "OrderCreated", "o-"+id, 1)
		m.arrived[id] = i%4 != 0
	}
	demand := `{"from":"2026-11-28T07:30:00Z","to":"2026-11-28T08:30:00Z"}`
	expect(t, run(t, h, demand), 20, 5, 0)
	if fmt.Sprint(m.sent) != "[m-00 m-04 m-08 m-12 m-16]" {
		t.Errorf("sent %v", m.sent)
	}
	expect(t, run(t, h, demand), 20, 0, 0)
}

// A sweep is cut off at every single thing it does, and goes on. Nothing is left
// out, and only what was sent and could not be recorded is sent twice.
func TestSweepThatIsCutOffGoesOn(t *testing.T) {
	const n = 1203 // Three pages.
	for cut := 1; cut <= 40; cut++ {
		h, double, m, _ := build(t)
		m.store.Put("backfill", "cursor", `{"createdAt":"2026-11-28T07:00:00Z","id":""}`)
		var missing []string
		for i := range n {
			id := fmt.Sprintf("m-%04d", i)
			put(t, double, now.Add(-time.Hour).Add(time.Duration(i)*time.Millisecond), id, "OrderCreated", "o-"+id, 1)
			if i%120 == 7 {
				missing = append(missing, id)
			} else {
				m.arrived[id] = true
			}
		}
		left := cut
		m.fail = func(what string) error {
			if left--; left == 0 {
				return fault.Unknown("crash", 0, errors.New(what))
			}
			return nil
		}
		_, crashed := h.run(t.Context(), schedule.Invocation{Time: now})
		m.fail = nil
		r := run(t, h, "")
		unique := map[string]int{}
		for _, id := range m.sent {
			unique[id]++
		}
		if len(unique) != len(missing) || len(m.sent) > len(missing)+1 || r.Notes["complete"] != "true" {
			t.Fatalf("cut off at %d (%v): %d of %d sent, %d times", cut, crashed, len(unique), len(missing), len(m.sent))
		}
		for _, id := range missing {
			if unique[id] == 0 {
				t.Fatalf("cut off at %d: %s was left out", cut, id)
			}
		}
		if crashed == nil && cut < 20 {
			t.Fatalf("nothing happened at %d", cut)
		}
	}
}

// What is missing among a resource's numbers is told once, however the pages and
// the sweeps fall.
func TestGapsAreCountedAcrossSweeps(t *testing.T) {
	h, double, m, _ := build(t)
	m.store.Put("backfill", "cursor", `{"createdAt":"2026-11-28T07:00:00Z","id":""}`)
	at := now.Add(-time.Hour)
	for i, n := range []int{4, 5, 7, 8} { // 6 is missing; what was before 4 is not known.
		put(t, double, at.Add(time.Duration(i)*time.Second), fmt.Sprint("a-", n), "DeliveryAdded", "o-1", n)
	}
	put(t, double, at, "p-1", "DeliveryAdded", "o-2", 1)
	expect(t, run(t, h, ""), 5, 0, 1)
	put(t, double, at.Add(time.Minute), "a-11", "DeliveryAdded", "o-1", 11) // 9 and 10 are missing.
	put(t, double, at.Add(time.Minute), "p-2", "DeliveryAdded", "o-2", 2)
	expect(t, run(t, h, ""), 2, 0, 2)
	// One that comes late is no gap.
	put(t, double, at.Add(2*time.Minute), "a-10", "DeliveryAdded", "o-1", 10)
	put(t, double, at.Add(3*time.Minute), "a-12", "DeliveryAdded", "o-1", 12)
	expect(t, run(t, h, ""), 2, 0, 0)
}

func TestWhatIsKeptOfResourcesIsBounded(t *testing.T) {
	h, double, m, _ := build(t)
	m.store.Put("backfill", "cursor", `{"createdAt":"2026-11-28T07:00:00Z","id":""}`)
	for i := range 2 * maxLast {
		put(t, double, now.Add(-time.Hour).Add(time.Duration(i)*time.Millisecond), fmt.Sprintf("m-%04d", i), "DeliveryAdded",
			fmt.Sprintf("6f2d8c1e-4b7a-4e0d-9c35-%012d", i), 1)
	}
	run(t, h, "")
	if len(m.store.Text("backfill", "cursor")) > 40<<10 {
		t.Errorf("the cursor has %d bytes", len(m.store.Text("backfill", "cursor")))
	}
}

func TestAnotherSweepIsLeftAlone(t *testing.T) {
	h, double, m, _ := build(t)
	m.store.Put("backfill", "cursor", `{"createdAt":"2026-11-28T07:00:00Z","id":""}`)
	put(t, double, now.Add(-time.Hour), "one", "OrderCreated", "o-1", 1)
	m.fail = func(what string) error {
		if what == "ask" {
			m.store.Put("backfill", "cursor", `{"createdAt":"2026-11-28T08:30:00Z","id":"x"}`)
		}
		return nil
	}
	want := `{"createdAt":"2026-11-28T08:30:00Z","id":"x"}`
	if r := run(t, h, ""); r.Notes["stopped"] == "" || m.store.Text("backfill", "cursor") != want {
		t.Errorf("%v, cursor %s", r, m.store.Text("backfill", "cursor"))
	}
}

func TestSweepEndsInTimeAndSaysHowFarItCame(t *testing.T) {
	h, double, m, _ := build(t)
	m.store.Put("backfill", "cursor", `{"createdAt":"2026-11-28T07:00:00Z","id":""}`)
	put(t, double, now.Add(-time.Hour), "one", "OrderCreated", "o-1", 1)
	ctx, cancel := context.WithTimeout(t.Context(), forPage-time.Second)
	defer cancel()
	r, err := h.run(ctx, schedule.Invocation{Time: now})
	if err != nil || r.Notes["complete"] != "false" || r.Counts[catalog.MetricBackfillBehind] != 1 || r.Notes["until"] != "2026-11-28T07:00:00Z" {
		t.Errorf("%v, %v", r, err)
	}
}

func TestPagesShrinkUntilTheyCanBeRead(t *testing.T) {
	h, double, m, server := build(t)
	large := strings.Repeat("x", 1<<20)
	for i := range 9 {
		err := double.PutMessage(fmt.Appendf(nil, `{"id":"m-%d","createdAt":"2026-11-28T08:00:00.00%dZ","type":"OrderCreated","sequenceNumber":1,"resource":{"typeId":"order","id":"o-%d"},"order":{"note":%q}}`, i, i, i, large))
		if err != nil {
			t.Fatal(err)
		}
	}
	expect(t, run(t, h, `{"from":"2026-11-28T07:30:00Z"}`), 9, 9, 0)
	if len(m.sent) != 9 || len(server.Exchanges()) > 20 {
		t.Errorf("%d sent in %d requests", len(m.sent), len(server.Exchanges()))
	}
}

func TestOldCursorSkipsWhatNobodyRemembers(t *testing.T) {
	h, _, m, _ := build(t)
	m.store.Put("backfill", "cursor", `{"createdAt":"2026-09-01T00:00:00Z","id":"x"}`)
	if r := run(t, h, ""); r.Notes["skipped-from"] != "2026-09-01T00:00:00Z" || r.Notes["skipped-to"] != "2026-10-29T09:00:00Z" {
		t.Errorf("%v", r)
	}
}

func TestDemandsThatAreRefused(t *testing.T) {
	h, _, m, _ := build(t)
	for demand, says := range map[string]string{
		`{"from":"2026-09-01T00:00:00Z"}`:                             "the last 30 days",
		`{"to":"2026-11-28T00:00:00Z"}`:                               "request.from",
		`{"from":"2026-11-28T08:00:00Z","to":"2026-11-28T07:00:00Z"}`: "after request.from",
		`{"from":"2026-11-28T08:58:00Z"}`:                             "after request.from",
		`{"from":"2026-11-28T08:58:00Z","to":"2026-11-28T10:00:00Z"}`: "after request.from",
		`{"from":"yesterday"}`:                                        "from",
		`{"from":7}`:                                                  "from",
	} {
		_, err := h.run(t.Context(), schedule.Invocation{Time: now, Demand: jsontext.Value(demand)})
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", demand, err, says)
		}
	}
	m.store.Put("backfill", "cursor", `{"id":7}`)
	if _, err := h.run(t.Context(), schedule.Invocation{Time: now}); fault.Of(err).Reason != "state-unreadable" {
		t.Errorf("a broken cursor: %v", err)
	}
	m.store.Put("backfill", "cursor", `{"id":"7"}`)
	if _, err := h.run(t.Context(), schedule.Invocation{Time: now}); fault.Of(err).Reason != "state-unreadable" {
		t.Errorf("a cursor without a time: %v", err)
	}
}

func TestMissingScopeIsExplained(t *testing.T) {
	h, _, m, server := build(t)
	m.store.Put("backfill", "cursor", `{"createdAt":"2026-11-28T07:00:00Z","id":""}`)
	server.Script(func(r *http.Request) *connectortest.Fault {
		if r.URL.Path == "/oauth/token" {
			return nil
		}
		return &connectortest.Fault{Status: http.StatusForbidden}
	})
	if _, err := h.run(t.Context(), schedule.Invocation{Time: now}); err == nil || !strings.Contains(err.Error(), "view_messages") {
		t.Errorf("%v", err)
	}
}

// Whatever an older release, or a person, left as the cursor: it is refused, or the
// sweep goes on from there and leaves a cursor that the next one reads.
func FuzzCursor(f *testing.F) {
	f.Add(`{"createdAt":"2026-11-28T07:00:00Z","id":"m","last":[{"r":"order/o","n":3}]}`)
	f.Add(`{"createdAt":null,"id":"m"}`)
	f.Add(`{"createdAt":"0001-01-01T00:00:00Z"}`)
	h, _, m, _ := build(f)
	f.Fuzz(func(t *testing.T, text string) {
		m.store.Put("backfill", "cursor", text)
		if _, err := h.run(t.Context(), schedule.Invocation{Time: now}); err != nil {
			return
		}
		if _, err := h.run(t.Context(), schedule.Invocation{Time: now}); err != nil {
			t.Errorf("%q became %s: %v", text, m.store.Text("backfill", "cursor"), err)
		}
	})
}
