// Package promotion decides on the discounts that follow demand and stock. The
// functions that react to one and to the other share it, since they write the same
// discounts.
//
//	promotions, err := promotion.New(env)
//	err = promotions.Apply(ctx, e.Header, e.Time, sku, promotion.Start, "demand slow")
//
// # Agreement
//
// What an event says of the stock is not used: each decision reads what there is
// now, and decides again after it wrote, so no order of events leaves a discount on
// what is scarce. Events of demand come in order. What an event decided stands in
// the discount's own description by the event's id, so an event decides once, and
// publishes what it decided again if it was stopped before.
//
// # Budget
//
// A SKU enters the budget before its discount starts and leaves it when that has
// ended. The budget has room for so many SKUs, and for fewer only until an event
// that was stopped comes again. Where an end and a start of one SKU cross, there may
// be one more.
//
// # Limits
//
// A SKU that was refused for want of budget is considered again when demand for it
// changes next. A discount that a person ended starts again only with the next
// event that asks for it.
package promotion

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/state"
)

// scope is that of the state, and budget the key of the SKUs that are discounted.
const (
	scope  = "promotion"
	budget = "budget"
)

// Shop is what is read and written.
type Shop interface {
	Levels(ctx context.Context, skus []string) ([]retail.Level, error)
	PutDiscount(ctx context.Context, sku string, decide commercetools.Decide) (*commercetools.Discount, error)
}

// Promotions decides for one function.
type Promotions struct {
	rules  Rules
	shop   Shop
	budget state.Values[[]string]
	emit   func(context.Context, event.Header, ...event.Payload) error
}

// New returns the promotions of the function that env is of. The error names the
// setting that is wrong.
func New(env function.Env) (Promotions, error) {
	rules, err := NewRules(env.Config)
	if err != nil {
		return Promotions{}, err
	}
	shop, err := commercetools.New(env.Config, commercetools.ViewProducts, commercetools.ManageCartDiscounts)
	if err != nil {
		return Promotions{}, err
	}
	return newPromotions(rules, shop, env.State, env.Emit), nil
}

func newPromotions(r Rules, shop Shop, store state.Store, emit func(context.Context, event.Header, ...event.Payload) error) Promotions {
	return Promotions{rules: r, shop: shop, budget: state.Of[[]string](store, scope, state.Forever), emit: emit}
}

// Wish is what an event asks for.
type Wish int

const (
	// Start: the SKU sells too slowly, discount it unless it is scarce.
	Start Wish = iota
	// End: the SKU sells without a discount.
	End
	// EndIfScarce: somewhere the SKU is low.
	EndIfScarce
)

// Apply does what the event asks for of a SKU, as far as rule, budget and stock
// allow, and publishes promotion.started or promotion.ended. Why is one line of
// text. What changes nothing is ignored with its reason.
func (p Promotions) Apply(ctx context.Context, cause event.Header, at time.Time, sku string, wish Wish, why string) error {
	rule, ok := p.rules.rules[sku]
	if !ok {
		return function.Ignore("no-rule")
	}
	room := false
	if wish == Start {
		var err error
		if room, err = p.enter(ctx, sku, p.rules.Budget); err != nil {
			return err
		}
	}
	reason := "no-change"
	is, err := p.shop.PutDiscount(ctx, sku, func(ctx context.Context, is *commercetools.Discount) (*commercetools.Discount, error) {
		levels, err := p.shop.Levels(ctx, []string{sku})
		if err != nil {
			return nil, err
		}
		available := retail.Available(levels)
		active, decided := is != nil && is.Active, false
		if is != nil {
			decided = slices.ContainsFunc(is.Changes, func(c commercetools.Change) bool { return c.Cause == cause.ID })
		}
		scarce := available <= rule.Scarce
		want, because := active, why
		switch {
		case scarce:
			want = false
			if wish == Start {
				reason, because = "scarce", fmt.Sprintf("scarce, %d available", available)
			}
		case decided:
		case wish == Start && !room:
			// What an earlier try of the event decided is published all the same.
			reason = "budget-spent"
		case wish == Start:
			want = true
		case wish == End:
			want = false
		default:
			reason = "not-scarce"
		}
		if want == active {
			return nil, nil
		}
		return change(sku, rule, is, want, commercetools.Change{Cause: cause.ID, Started: want, Why: because}), nil
	})
	if err != nil {
		return err
	}
	if is != nil && is.Active {
		// Again: another event may have taken it out before this one started it.
		_, err = p.enter(ctx, sku, mostActive)
	} else {
		err = p.leave(ctx, sku)
	}
	if err != nil {
		return err
	}
	changes := changesBy(is, cause.ID, sku, at)
	if len(changes) == 0 {
		return function.Ignore(reason)
	}
	return p.emit(ctx, cause, changes...)
}

// change is the discount as it shall be.
func change(sku string, rule Rule, is *commercetools.Discount, active bool, c commercetools.Change) *commercetools.Discount {
	want := commercetools.Discount{SKU: sku, Active: active, Percent: rule.Percent, AtLeast: rule.AtLeast}
	if is != nil {
		want.Changes = is.Changes
		if !active && is.Percent > 0 {
			// What ends is what was given, whatever the rule says by now.
			want.Percent = is.Percent
		}
	}
	c.Percent = want.Percent
	want.Changes = append([]commercetools.Change{c}, want.Changes...)
	return &want
}

// changesBy returns the events of what the cause changed.
func changesBy(is *commercetools.Discount, cause, sku string, at time.Time) []event.Payload {
	if is == nil {
		return nil
	}
	var events []event.Payload
	for i, c := range slices.Backward(is.Changes) {
		if c.Cause != cause {
			continue
		}
		promotion := retail.Promotion{
			SKU: sku, Discount: commercetools.DiscountKey(sku), Percent: c.Percent, Previous: "none", Why: c.Why, Cause: c.Cause, At: at.UTC(),
		}
		if i+1 < len(is.Changes) {
			promotion.Previous = "ended"
			if is.Changes[i+1].Started {
				promotion.Previous = "started"
			}
		}
		if c.Started {
			events = append(events, retail.PromotionStarted{Promotion: promotion})
		} else {
			events = append(events, retail.PromotionEnded{Promotion: promotion})
		}
	}
	return events
}

// enter puts a SKU into the budget, which has room for so many. It returns false if
// there is no room.
func (p Promotions) enter(ctx context.Context, sku string, room int) (bool, error) {
	entered := true
	_, err := p.budget.Update(ctx, budget, func(skus *[]string) (bool, error) {
		there := slices.Contains(*skus, sku)
		entered = there || len(*skus) < room
		if there || !entered {
			return false, nil
		}
		*skus = append(*skus, sku)
		return true, nil
	})
	return entered, err
}

// leave takes a SKU out of the budget.
func (p Promotions) leave(ctx context.Context, sku string) error {
	_, err := p.budget.Update(ctx, budget, func(skus *[]string) (bool, error) {
		i := slices.Index(*skus, sku)
		if i < 0 {
			return false, nil
		}
		*skus = slices.Delete(*skus, i, i+1)
		return true, nil
	})
	return err
}

// Because is one line of text: what demand is judged by.
func Because(d retail.DemandChanged) string {
	return strings.Join([]string{
		"demand " + d.Class, fmt.Sprintf("%d sold in %d h", d.Counts.Sold, d.Counts.WindowHours),
		fmt.Sprintf("%d available", d.Counts.Available), fmt.Sprintf("%d %% sell-through", d.Counts.SellThrough),
	}, ", ")
}
