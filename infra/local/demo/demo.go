// Package demo plays the sample notifications of commercetools through the whole
// system, shows what every function did about each, and reconciles what happened.
package demo

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/infra/local"
	"signalbox/infra/local/terminal"
	"signalbox/shared/lambdalocal"
	"signalbox/shared/sample"
)

// source is whose notifications are played.
const source = "commercetools"

// Options say how to play.
type Options struct {
	Root, Stage, Engine string
	// Break is what is broken on purpose.
	Break []local.Breakage
	// Poison adds an event to the bus whose data its functions must refuse.
	Poison bool
	// Wait bounds the time until nothing is in flight.
	Wait     time.Duration
	Progress *terminal.Progress
}

// delivery is one notification that is brought in.
type delivery struct {
	sample sample.Sample
	way    local.Way

	// function is who opens it: the one behind the destination, or the topic's.
	function string
	// messageID is that of the message it arrived as; empty until it did.
	messageID string
}

// ways are how samples come in; what is not named comes by SQS.
func ways() map[string]local.Way {
	return map[string]local.Way{
		"order-created.second":               local.SNS,
		"order-imported":                     local.EventBridge,
		"order-created.no-payment-method":    local.EventBridge,
		"order-created-from-recurring-order": local.SNSEnvelope,
		"order-created.minimal":              local.EventBridgeWrapper,
		"order-state-changed":                local.EventBridgeWrapper,
		"resource-updated.inventory":         local.SNSEnvelope,
	}
}

// repeated are the samples that are delivered a second time, as commercetools may.
func repeated() map[string]local.Way {
	return map[string]local.Way{"order-created": local.SNS, "order-created.cloudevents": local.SQS}
}

// later are the samples that tell one story in its order: each is delivered when
// what came before has settled.
func later() []string {
	return []string{"inventory-quantity-set.kettle-1-sold-out", "inventory-quantity-set.kettle-2-restocked", "inventory-quantity-set.kettle-3-slow", "order-cancelled"}
}

// onTopic is the sample that comes again by Kafka, where the stage has a topic.
const onTopic = "order-paid"

// play is one run.
type play struct {
	options     Options
	system      *local.System
	destination local.Destination

	mu         sync.Mutex
	deliveries []*delivery
	calls      []*call
	platform   Platform
	// unrun are the runs of scheduled functions that failed.
	unrun []string
}

// Run plays the demo. The error is of what hindered it; that not all is
// accounted for stands in the result.
func Run(ctx context.Context, o Options) (*Result, error) {
	p := &play{options: o}
	system, err := local.Start(ctx, local.Options{
		Root: o.Root, Stage: o.Stage, Engine: o.Engine, Progress: o.Progress, Receive: p.receive,
	})
	if err != nil {
		return nil, err
	}
	defer system.Close()
	p.system = system
	if p.destination, err = system.Destination(source); err != nil {
		return nil, err
	}
	if err := system.Break(o.Break); err != nil {
		return nil, err
	}
	first, again, err := p.script()
	if err != nil {
		return nil, err
	}
	if reader := system.TopicReader(source); reader != "" {
		i := slices.IndexFunc(first, func(d *delivery) bool { return d.sample.Name == onTopic })
		again = append(again, &delivery{sample: first[i].sample, way: local.Kafka, function: reader, messageID: local.TopicRecord})
	}
	end := time.Now().Add(o.Wait)
	var waiting map[string]int
	for _, a := range p.acts(first, again, end) {
		// Where something is stuck already, more would only add to what waits.
		if len(waiting) > 0 {
			break
		}
		if waiting, err = p.perform(ctx, a, end); err != nil {
			return nil, err
		}
	}
	return p.close(ctx, waiting)
}

// act is one step of the demo, after which it waits until nothing moves.
type act struct {
	// name is what the progress shows; empty if the act reports its own.
	name string
	do   func(context.Context) (string, error)
}

// acts are the steps of the demo, in order.
func (p *play) acts(first, again []*delivery, end time.Time) []act {
	var acts []act
	add := func(name string, do func(context.Context) (string, error)) { acts = append(acts, act{name, do}) }
	deliver := func(name string, all []*delivery) {
		add(name, func(ctx context.Context) (string, error) { return p.deliver(ctx, all) })
	}
	groups := inActs(first)
	deliver("deliver", groups[0])
	if p.options.Poison {
		acts[0].do = func(ctx context.Context) (string, error) {
			text, err := p.deliver(ctx, groups[0])
			if err == nil {
				err = p.system.Poison(ctx)
			}
			return text, err
		}
	}
	for _, calls := range inReports(callers()) {
		add("call", func(ctx context.Context) (string, error) { return p.call(ctx, calls) })
	}
	for _, group := range groups[1:] {
		deliver("deliver "+group[0].sample.Name, group)
	}
	deliver("deliver again", again)
	if p.deployed(subscriber()) {
		add("look at the subscription", p.look)
	}
	if p.deployed(refiller()) {
		add("", func(ctx context.Context) (string, error) { return "", p.missAndSweep(ctx, first, end) })
	}
	add("let time pass", p.wait)
	return acts
}

// perform does the act and returns what still waits when nothing moves any more.
func (p *play) perform(ctx context.Context, a act, end time.Time) (map[string]int, error) {
	if a.name == "" {
		if _, err := a.do(ctx); err != nil {
			return nil, err
		}
	} else if err := p.options.Progress.Run(a.name, func() (string, error) { return a.do(ctx) }); err != nil {
		return nil, err
	}
	return p.await(ctx, end)
}

func (p *play) await(ctx context.Context, end time.Time) (waiting map[string]int, err error) {
	err = p.options.Progress.Track("until nothing moves", func(report func(string)) (string, error) {
		var err error
		waiting, err = p.system.Await(ctx, time.Until(end), func(n int) { report(fmt.Sprintf("%d messages in flight", n)) })
		if len(waiting) > 0 {
			return "gave up: " + strings.Join(slices.Sorted(maps.Keys(waiting)), ", ") + " still has messages", err
		}
		return "", err
	})
	return waiting, err
}

// script reads the samples and says how each is delivered, and which are
// delivered again when the first have settled.
func (p *play) script() (first, again []*delivery, err error) {
	samples, err := sample.Load(filepath.Join(p.options.Root, "events-samples"))
	if err != nil {
		return nil, nil, err
	}
	for _, s := range samples {
		if s.Source != source {
			continue
		}
		way, ok := ways()[s.Name]
		if !ok {
			way = local.SQS
		}
		// Other engines, MiniStack itself among them, take a partner's events and
		// drop them.
		if way == local.EventBridge && p.options.Engine != "" {
			way = local.EventBridgeWrapper
		}
		if s.Name == "order-cancelled" {
			s.Body = calledOff(s.Body)
		}
		first = append(first, &delivery{sample: s, way: way})
		if way, ok := repeated()[s.Name]; ok {
			again = append(again, &delivery{sample: s, way: way})
		}
	}
	if len(first) == 0 {
		return nil, nil, fmt.Errorf("events-samples/%s holds no sample", source)
	}
	return first, again, nil
}

// inActs parts the deliveries: what comes at once, then each later one by itself.
func inActs(all []*delivery) [][]*delivery {
	acts := make([][]*delivery, 1+len(later()))
	for _, d := range all {
		act := 1 + slices.Index(later(), d.sample.Name)
		acts[act] = append(acts[act], d)
	}
	return slices.DeleteFunc(acts, func(act []*delivery) bool { return len(act) == 0 })
}

func (p *play) deliver(ctx context.Context, deliveries []*delivery) (string, error) {
	used := map[local.Way]bool{}
	for _, d := range deliveries {
		if err := p.bring(ctx, d); err != nil {
			return "", err
		}
		used[d.way] = true
	}
	if len(used) == 1 {
		return fmt.Sprintf("%d by %s", len(deliveries), deliveries[0].way), nil
	}
	return fmt.Sprintf("%d notifications by %d ways", len(deliveries), len(used)), nil
}

// bring makes known what the delivery is about, and delivers it unless it is one
// that commercetools drops.
func (p *play) bring(ctx context.Context, d *delivery) error {
	if err := p.system.Vendors.Notify(d.sample.Body); err != nil {
		return fmt.Errorf("%s: %w", d.sample.Name, err)
	}
	if d.function == "" {
		d.function = p.destination.Function
	}
	p.mu.Lock()
	p.deliveries = append(p.deliveries, d)
	p.mu.Unlock()
	var err error
	switch d.way {
	case byBackfill:
	case local.Kafka:
		err = p.system.DeliverByTopic(ctx, d.function, d.sample.Body)
	default:
		err = p.destination.Deliver(ctx, d.way, d.sample.Body)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", d.sample.Name, err)
	}
	return nil
}

// receive recognizes a message the ingress was given as one of the deliveries.
func (p *play) receive(function string, m lambdalocal.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if function != p.destination.Function {
		return
	}
	for _, d := range p.deliveries {
		if d.messageID == m.ID {
			return
		}
	}
	for _, d := range p.deliveries {
		if d.messageID == "" && carries(m.Body, d) {
			d.messageID = m.ID
			return
		}
	}
}

// carries reports whether body is what became of the delivery on its way: the
// same bytes, or the same JSON where the bus wrote it again.
func carries(body string, d *delivery) bool {
	want := d.sample.Body
	switch d.way {
	case local.SNSEnvelope:
		want = sample.SNS(want)
	case local.EventBridgeWrapper:
		want = sample.Partner(want)
	}
	return body == string(want) || (d.way == local.EventBridge || d.way == byBackfill) && sameJSON([]byte(body), want)
}

func sameJSON(a, b []byte) bool {
	canonical := func(text []byte) []byte {
		var v any
		if json.Unmarshal(text, &v) != nil {
			return nil
		}
		out, err := json.Marshal(v, json.Deterministic(true))
		if err != nil {
			return nil
		}
		return out
	}
	x := canonical(a)
	return x != nil && bytes.Equal(x, canonical(b))
}
