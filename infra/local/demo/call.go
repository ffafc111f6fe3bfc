package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"signalbox/infra/local/terminal"
	"signalbox/shared/catalog"
	"signalbox/shared/connector/senders/senderstest"
	"signalbox/shared/reconcile"
	"signalbox/shared/sample"
)

// Call is one request to a function with an address, and its answer.
type Call struct {
	Function string `json:"function"`
	// What says who asks what.
	What   string `json:"what"`
	Status int    `json:"status"`
	// Answer is the answer's body.
	Answer  string  `json:"answer"`
	Outcome string  `json:"outcome"`
	Reason  string  `json:"reason,omitzero"`
	MS      float64 `json:"ms"`
	// Events are what followed from it.
	Events []Node `json:"events,omitzero"`
}

// call is a Call to be made.
type call struct {
	Call
	path, file string
	// sign returns the header by which the sender is known.
	sign func(body []byte) map[string]string
	// want is the status it must be answered with.
	want int

	id string
}

// callers are who calls: FedEx, one who has not FedEx's token, a carrier without a
// format of its own, and commercetools about a cart and an order.
func callers() []*call {
	fedex := func(body []byte) map[string]string { return senderstest.SignFedEx(senderstest.FedEx, body) }
	stranger := func(body []byte) map[string]string { return senderstest.SignFedEx("guessed", body) }
	carrier := func(body []byte) map[string]string {
		return senderstest.SignStandard(senderstest.Carrier, "msg_demo_1", time.Now(), body)
	}
	shop := func([]byte) map[string]string {
		return map[string]string{"authorization": "Bearer " + senderstest.Checkout}
	}
	nobody := func([]byte) map[string]string { return nil }
	hook := func(what, path, file string, sign func([]byte) map[string]string, want int) *call {
		return &call{Call: Call{Function: responder("webhook"), What: what}, path: path, file: file, sign: sign, want: want}
	}
	ask := func(what, file string, sign func([]byte) map[string]string, want int) *call {
		return &call{Call: Call{Function: responder("checkout"), What: what}, path: "/", file: file, sign: sign, want: want}
	}
	return []*call{
		hook("FedEx: delayed", "/fedex", "fedex/delayed", fedex, 202),
		hook("FedEx: delivered", "/fedex", "fedex/delivered", fedex, 202),
		hook("FedEx: delivered, again", "/fedex", "fedex/delivered", fedex, 202),
		hook("FedEx: arrived at a hub", "/fedex", "fedex/in-transit", fedex, 202),
		hook("a stranger: delivered", "/fedex", "fedex/delivered", stranger, 401),
		hook("a carrier: delivered", "/carrier", "carrier/delivered", carrier, 202),
		ask("a cart is changed", "checkout/cart-update", shop, 200),
		ask("an order is placed", "checkout/order-create", shop, 200),
		ask("an order is placed, without the token", "checkout/order-create", nobody, 401),
	}
}

// responder names the function that answers the requests of a source.
func responder(source string) string {
	f, _ := catalog.Responder(source)
	return f.Name
}

// call makes the calls to what is deployed.
func (p *play) call(ctx context.Context, calls []*call) (string, error) {
	made := 0
	for _, c := range calls {
		if p.system.Address(c.Function) == "" {
			continue
		}
		body, err := os.ReadFile(filepath.Join(p.options.Root, "events-samples", c.file+".json"))
		if err != nil {
			return "", err
		}
		body = reported(body, p.system.Vendors.Effects())
		status, answer, id, err := p.system.Request(ctx, c.Function, sample.Request{Path: c.path, Header: c.sign(body), Body: body})
		if err != nil {
			return "", err
		}
		c.Status, c.Answer, c.id = status, string(answer), id
		p.calls = append(p.calls, c)
		made++
	}
	return fmt.Sprintf("%d requests", made), nil
}

// misanswered are the calls that were not answered as they must be.
func (p *play) misanswered() []string {
	var problems []string
	for _, c := range p.calls {
		if c.Status != c.want {
			problems = append(problems, fmt.Sprintf("%s: %q was answered with %d, not %d", c.Function, c.What, c.Status, c.want))
		}
	}
	return problems
}

// addCalls adds what became of each call.
func (p *play) addCalls(r *Result) {
	shown := map[string]bool{}
	for _, c := range p.calls {
		for _, l := range p.system.Recorder.Lines() {
			if l.Function == c.Function && l.IsOutcome() && l.MessageID == c.id {
				c.Outcome, c.Reason, c.MS = string(l.Outcome), l.Reason, l.MS
			}
		}
		for _, e := range r.causedBy(c) {
			if !shown[e.ID] {
				shown[e.ID] = true
				c.Events = append(c.Events, r.node(e, 0))
			}
		}
		r.Calls = append(r.Calls, c.Call)
	}
}

// causedBy finds the events of an applied call: those of the path it went to
// that happened when its sample says.
func (r *Result) causedBy(c *call) []reconcile.Event {
	if c.Outcome != "applied" || c.Function != responder("webhook") {
		return nil
	}
	var caused []reconcile.Event
	for _, e := range r.events {
		if e.Causation == "" && e.Source == c.path && strings.HasSuffix(e.Type, "."+strings.TrimPrefix(filepath.Base(c.file), ".")) {
			caused = append(caused, e)
		}
	}
	slices.SortFunc(caused, func(a, b reconcile.Event) int { return strings.Compare(a.ID, b.ID) })
	return caused
}

// calls lists the requests, and shows what followed from those that were accepted.
func (p printer) calls(calls []Call) {
	if len(calls) == 0 {
		return
	}
	for _, c := range calls {
		if len(c.Events) > 0 {
			p.story(Story{Sample: c.What, Format: "a request to " + c.Function, Ways: []string{"HTTP"}, Events: c.Events})
		}
	}
	p.heading("Requests")
	var rows [][]string
	for _, c := range calls {
		rows = append(rows, []string{c.Function, c.What, fmt.Sprint(c.Status), c.Outcome, milliseconds(c.MS), shortened(c.Answer), p.In(terminal.Dim, c.Reason)})
	}
	p.table(rows, map[int]bool{4: true})
}

func shortened(answer string) string {
	if len(answer) > 60 {
		return answer[:57] + "…"
	}
	return answer
}
