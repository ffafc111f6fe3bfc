package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"signalbox/infra/local"
	"signalbox/shared/catalog"
	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/sample"
)

// byBackfill is how a notification comes in that commercetools never delivered.
const byBackfill local.Way = "the back-fill"

// dropped is the sample of which one copy is delivered and one is not.
const dropped = "order-created.minimal"

// Platform is what the scheduled functions did.
type Platform struct {
	// Subscription is how commercetools says the subscription is.
	Subscription map[string]string `json:"subscription,omitzero"`
	// Sweeps are the reports of the back-fill, in order.
	Sweeps []local.Report `json:"sweeps,omitzero"`
	// Timers is how many timers fired when the clock was moved by Advanced.
	Timers   int    `json:"timers,omitzero"`
	Advanced string `json:"advanced,omitzero"`
}

// subscriber names the function that keeps the subscription, and refiller the one
// that sends in again what never arrived.
func subscriber() string {
	f, _ := catalog.Subscriber(source)
	return f.Name
}

func refiller() string {
	f, _ := catalog.Refiller(source)
	return f.Name
}

func (p *play) deployed(function string) bool {
	_, ok := p.system.Topology.FunctionByName(function)
	return ok
}

// look runs the scheduled check of the subscription.
func (p *play) look(ctx context.Context) (string, error) {
	r, err := p.system.Demand(ctx, subscriber(), nil)
	if err != nil {
		p.unrun = append(p.unrun, err.Error())
		return "failed", nil
	}
	p.platform.Subscription = r.Notes
	return r.Notes["subscription"] + " is " + r.Notes["status"], nil
}

// miss lets two orders be placed, and commercetools deliver one of them alone. It
// reports whether there is an order to do that with.
func (p *play) miss(ctx context.Context, samples []*delivery) (bool, error) {
	double, ok := p.system.Vendors.Server(source).Double.(*commercetoolstest.Double)
	at := slices.IndexFunc(samples, func(d *delivery) bool { return d.sample.Name == dropped })
	if !ok || at < 0 {
		return false, nil
	}
	for i, d := range []*delivery{{way: local.SQS}, {way: byBackfill}} {
		name := dropped + []string{".delivered", ".dropped"}[i]
		body, err := placedAgain(samples[at].sample.Body, name, time.Now().Add(-10*time.Minute+time.Duration(i)*time.Second))
		if err != nil {
			return false, err
		}
		d.sample = sample.Sample{Source: source, Name: name, Body: body}
		if err := double.PutMessage(body); err != nil {
			return false, err
		}
		if err := p.bring(ctx, d); err != nil {
			return false, err
		}
	}
	return true, nil
}

// placedAgain is the sample's order placed once more, at another time.
func placedAgain(body []byte, name string, at time.Time) ([]byte, error) {
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, err
	}
	order, ok := m["order"].(map[string]any)
	resource, _ := m["resource"].(map[string]any)
	if !ok || resource == nil {
		return nil, fmt.Errorf("%s holds no order", name)
	}
	id := func(what string) string { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name+what)).String() }
	stamp := at.UTC().Format("2006-01-02T15:04:05.000Z")
	m["id"], resource["id"], order["id"] = id("message"), id("order"), id("order")
	m["createdAt"], m["lastModifiedAt"], order["createdAt"], order["lastModifiedAt"] = stamp, stamp, stamp, stamp
	return json.Marshal(m, json.Deterministic(true))
}

// sweep has the back-fill read the last hour, twice: what it sent in has arrived
// when it looks again.
func (p *play) sweep(ctx context.Context) (string, error) {
	demand, err := json.Marshal(map[string]string{"from": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)})
	if err != nil {
		return "", err
	}
	r, err := p.system.Demand(ctx, refiller(), demand)
	if err != nil {
		p.unrun = append(p.unrun, err.Error())
		return "failed", nil
	}
	p.platform.Sweeps = append(p.platform.Sweeps, r)
	return fmt.Sprintf("%d read, %d never arrived", r.Counts["BackfillRead"], r.Counts["BackfillMissed"]), nil
}

// refilled is how many messages the back-fill has put into the ingress's queue.
func (p *play) refilled() int {
	n := 0
	for _, r := range p.platform.Sweeps {
		n += r.Counts["BackfillMissed"]
	}
	return n
}

// missAndSweep drops a notification and has the back-fill find it, and then nothing.
func (p *play) missAndSweep(ctx context.Context, samples []*delivery, end time.Time) error {
	if missed, err := p.miss(ctx, samples); err != nil || !missed {
		return err
	}
	for range 2 {
		if waiting, err := p.await(ctx, end); err != nil || len(waiting) > 0 {
			return err
		}
		if err := p.options.Progress.Run("sweep the messages", func() (string, error) { return p.sweep(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// sent is how many messages came in, by whatever way, by the function that opens them.
func (p *play) sent() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := map[string]int{p.destination.Function: p.system.Tested() + p.refilled()}
	for _, d := range p.deliveries {
		if d.way != byBackfill {
			n[d.function]++
		}
	}
	return n
}

// judge says what the scheduled functions should have found and did not.
func (p *play) judge() []string {
	problems := p.unrun
	if status := p.platform.Subscription["status"]; p.platform.Subscription != nil && status != "Healthy" {
		problems = append(problems, "the subscription is "+status)
	}
	for i, r := range p.platform.Sweeps {
		if want := []int{1, 0}[i]; r.Counts["BackfillMissed"] != want || r.Notes["complete"] != "true" {
			problems = append(problems, fmt.Sprintf("sweep %d of the back-fill found %d missing messages, %d are", i+1, r.Counts["BackfillMissed"], want))
		}
	}
	return problems
}

func (p printer) platform(f Platform) {
	if f.Subscription == nil && len(f.Sweeps) == 0 && f.Timers == 0 {
		return
	}
	p.heading("On a schedule")
	var rows [][]string
	if s := f.Subscription; s != nil {
		rows = append(rows, []string{subscriber(), source, s["subscription"] + " created by the stack's resource, " + s["status"]})
	}
	for _, r := range f.Sweeps {
		var counts []string
		for _, name := range slices.Sorted(maps.Keys(r.Counts)) {
			if n := r.Counts[name]; n > 0 {
				counts = append(counts, fmt.Sprintf("%d %s", n, strings.ToLower(strings.TrimPrefix(name, "Backfill"))))
			}
		}
		after := "nothing was missing"
		if r.Counts["BackfillMissed"] > 0 {
			after = "sent in again: " + dropped + ".dropped"
		}
		rows = append(rows, []string{refiller(), "ingress queue", strings.Join(counts, ", ") + " · " + after})
	}
	if f.Timers > 0 {
		rows = append(rows, []string{"timers", "their functions' queues", fmt.Sprintf("%d fired when the clock was moved by %s", f.Timers, f.Advanced)})
	}
	p.table(rows, nil)
}
