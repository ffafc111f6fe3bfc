// Package promotion decides on the discounts that follow demand and stock. The
// functions that react to one and to the other share it, since they write the same
// discounts.
//
// # Agreement
//
// Whatever an event says of the stock is not believed: each decision reads what
// there is now, and decides again after it wrote, so no order of events leaves a
// discount on what is scarce. Events of demand come in order. What an event decided
// stands in the discount's own description by the event's id, so an event decides
// once, and tells what it decided again if it was broken off before.
//
// # Budget
//
// A SKU is noted before its discount starts and struck off when it has ended, in
// one note with room for so many SKUs, and fewer only until an event that was broken
// off comes again. Where an end and a start of one SKU cross, there may be one more.
//
// # Limits
//
// A SKU that was refused for want of budget is considered again when demand for it
// changes next. A discount that a person ended starts again only with the next
// event that asks for it.
package promotion

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
)

// Name is that of the shared notes, and subject that of the one that keeps the
// budget.
const (
	Name    = "promotion"
	subject = "budget"
)

// attempts is how often the note of the budget is read again.
const attempts = 25

// Shop is what is read and written.
type Shop interface {
	Levels(ctx context.Context, skus []string) ([]retail.Level, error)
	PutDiscount(ctx context.Context, sku string, decide commercetools.Decide) (*commercetools.Discount, error)
}

// Notes hold the budget; function.SharedNotes are such.
type Notes interface {
	Note(ctx context.Context, subject string) (function.Note, error)
	SwapNote(ctx context.Context, subject string, old function.Note, text string) (bool, error)
}

// Keeper decides for one function.
type Keeper struct {
	Rules Rules
	Shop  Shop
	Notes Notes
	Emit  func(context.Context, event.Header, ...event.Payload) error
}

// NewKeeper returns the keeper of the function that env is of. The error names the
// setting that is wrong.
func NewKeeper(env function.Env) (Keeper, error) {
	rules, err := NewRules(env.Config)
	if err != nil {
		return Keeper{}, err
	}
	shop, err := commercetools.New(env.Config, commercetools.ViewProducts, commercetools.ManageCartDiscounts)
	if err != nil {
		return Keeper{}, err
	}
	return Keeper{Rules: rules, Shop: shop, Notes: env.SharedNotes(Name), Emit: env.Emit}, nil
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
// allow, and tells promotion.started or promotion.ended. Why is in words of one
// line. What changes nothing is ignored with its reason.
func (k Keeper) Apply(ctx context.Context, cause event.Header, at time.Time, sku string, wish Wish, why string) error {
	rule, ok := k.Rules.rules[sku]
	if !ok {
		return function.Ignore("no-rule")
	}
	if wish == Start {
		room, err := k.note(ctx, sku, true, k.Rules.Budget)
		if err != nil {
			return err
		}
		if !room {
			return function.Ignore("budget-spent")
		}
	}
	reason := "no-change"
	is, err := k.Shop.PutDiscount(ctx, sku, func(ctx context.Context, is *commercetools.Discount) (*commercetools.Discount, error) {
		levels, err := k.Shop.Levels(ctx, []string{sku})
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
	// Written again where it is active: another event may have struck it off before
	// this one started it.
	if _, err := k.note(ctx, sku, is != nil && is.Active, mostActive); err != nil {
		return err
	}
	told := tell(is, cause.ID, sku, at)
	if len(told) == 0 {
		return function.Ignore(reason)
	}
	return k.Emit(ctx, cause, told...)
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

// tell are the events of what the cause changed.
func tell(is *commercetools.Discount, cause, sku string, at time.Time) []event.Payload {
	if is == nil {
		return nil
	}
	var told []event.Payload
	for i, c := range slices.Backward(is.Changes) {
		if c.Cause != cause {
			continue
		}
		p := retail.Promotion{
			SKU: sku, Discount: commercetools.DiscountKey(sku), Percent: c.Percent, Previous: "none", Why: c.Why, Cause: c.Cause, At: at.UTC(),
		}
		if i+1 < len(is.Changes) {
			p.Previous = "ended"
			if is.Changes[i+1].Started {
				p.Previous = "started"
			}
		}
		if c.Started {
			told = append(told, retail.PromotionStarted{Promotion: p})
		} else {
			told = append(told, retail.PromotionEnded{Promotion: p})
		}
	}
	return told
}

// note writes a SKU into the budget, which has room for so many, or strikes it off.
// It returns false if there is no room.
func (k Keeper) note(ctx context.Context, sku string, in bool, room int) (bool, error) {
	for range attempts {
		note, err := k.Notes.Note(ctx, subject)
		if err != nil {
			return false, err
		}
		var skus []string
		if note.Text != "" && json.Unmarshal([]byte(note.Text), &skus) != nil {
			return false, fault.Refuse("note", errors.New("the note of the budget cannot be read"))
		}
		i := slices.Index(skus, sku)
		switch {
		case in == (i >= 0):
			return true, nil
		case !in:
			skus = slices.Delete(skus, i, i+1)
		case len(skus) >= room:
			return false, nil
		default:
			skus = append(skus, sku)
		}
		text, err := json.Marshal(skus)
		if err != nil {
			return false, fault.Refuse("note", errors.New("the note of the budget cannot be encoded"))
		}
		if _, err := k.Notes.SwapNote(ctx, subject, note, string(text)); err != nil {
			return false, err
		}
	}
	return false, fault.Retry("contention", 0, errors.New("others wrote the note of the budget all the time"))
}

// Because says in words what demand is judged by.
func Because(d retail.DemandChanged) string {
	return strings.Join([]string{
		"demand " + d.Class, fmt.Sprintf("%d sold in %d h", d.Counts.Sold, d.Counts.WindowHours),
		fmt.Sprintf("%d available", d.Counts.Available), fmt.Sprintf("%d %% sell-through", d.Counts.SellThrough),
	}, ", ")
}
