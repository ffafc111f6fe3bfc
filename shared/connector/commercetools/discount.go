package commercetools

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// ManageCartDiscounts is the scope that allows a client to write cart discounts.
const ManageCartDiscounts = "manage_cart_discounts"

// maxChanges is how many changes a discount's description lists.
const maxChanges = 8

// Discount is a cart discount on one SKU: a percentage off every line item of the
// SKU that costs enough.
type Discount struct {
	SKU     string
	Active  bool
	Percent int64
	// AtLeast are the lowest prices of a piece that are discounted, "19.90 USD", one
	// per currency. A price in another currency is not discounted.
	AtLeast []string
	// Changes are the last ones, the newest first. They stand in the discount's
	// description, so that people see them too.
	Changes []Change
}

// Change is one change of a discount.
type Change struct {
	// Cause is the id of the event that caused it.
	Cause string
	// Started: it was set active; false: it was set inactive.
	Started bool
	// Percent is the discount's size at that time.
	Percent int64
	// Why is a text of one line that explains it.
	Why string
}

// DiscountKey is the key of the discount on a SKU: the SKU's characters that are
// allowed in a key, and a hash of the whole SKU.
func DiscountKey(sku string) string {
	readable := strings.Map(func(r rune) rune {
		if isKeyPart(r) {
			return r
		}
		return '-'
	}, sku)
	sum := sha256.Sum256([]byte(sku))
	return "signalbox-" + readable[:min(len(readable), 100)] + "-" + hex.EncodeToString(sum[:6])
}

func isKeyPart(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
}

// sortOrder is the discount's rank among all discounts: a unique number between 0
// and 1 that does not end in 0.
func sortOrder(sku string) string {
	sum := sha256.Sum256([]byte(sku))
	return fmt.Sprintf("0.0%012d7", binary.BigEndian.Uint64(sum[:8])%1e12)
}

// predicate selects the line items, by the public list of predicate identifiers:
// https://docs.commercetools.com/api/projects/predicates
func (d Discount) predicate() string {
	var prices []string
	for _, price := range d.AtLeast {
		prices = append(prices, "price >= "+quote(price))
	}
	slices.Sort(prices)
	return "sku = " + quote(d.SKU) + " and (" + strings.Join(prices, " or ") + ")"
}

func (d Discount) describe() string {
	var lines []string
	for _, c := range d.Changes[:min(len(d.Changes), maxChanges)] {
		word := "ended"
		if c.Started {
			word = "started"
		}
		lines = append(lines, fmt.Sprintf("%s %s %d %%: %s", c.Cause, word, c.Percent, c.Why))
	}
	return strings.Join(lines, "\n")
}

// changes reads them from a description and ignores a person's remarks in it.
func changes(description string) []Change {
	var all []Change
	for line := range strings.Lines(description) {
		var c Change
		var word string
		head, why, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " %: ")
		if n, err := fmt.Sscanf(head, "%s %s %d", &c.Cause, &word, &c.Percent); !ok || err != nil || n != 3 || word != "started" && word != "ended" {
			continue
		}
		c.Started, c.Why = word == "started", why
		all = append(all, c)
	}
	return all
}

// cartDiscount holds the fields that are read of a CartDiscount
// (types/cart-discount/CartDiscount.raml).
type cartDiscount struct {
	ID          string            `json:"id"`
	Version     int64             `json:"version"`
	Key         string            `json:"key"`
	Description map[string]string `json:"description"`
	Value       value             `json:"value"`
	Target      target            `json:"target"`
	IsActive    bool              `json:"isActive"`
}

type value struct {
	Type      string `json:"type"`
	Permyriad int64  `json:"permyriad"`
}

type target struct {
	Type      string `json:"type"`
	Predicate string `json:"predicate"`
}

// descriptionLocale is the locale of texts for operators.
const descriptionLocale = "en"

// Decide returns the state that a discount is to have, from its current state,
// which is nil if there is no discount. A nil result leaves it unchanged.
type Decide func(ctx context.Context, is *Discount) (*Discount, error)

// PutDiscount brings the discount on a SKU into the state that decide returns, and
// returns that state. After every write, also a successful one, it reads the
// discount and calls decide again, until decide returns nil; so decide may use
// other state that changes at the same time. The client needs the scope
// ManageCartDiscounts.
//
// If another client creates or changes the discount at the same time, decide is
// called again. After an ambiguous failure the discount is read again.
func (c *Client) PutDiscount(ctx context.Context, sku string, decide Decide) (*Discount, error) {
	var failure, taken error
	for range 2 * (rereads + 1) {
		id, is, err := c.discount(ctx, sku)
		if err != nil {
			return nil, cmp.Or(failure, err)
		}
		want, err := decide(ctx, is.known())
		if err != nil {
			return nil, err
		}
		switch {
		case want == nil:
			return is.known(), nil
		case failure != nil:
			return nil, failure
		case is == nil && taken != nil:
			// The key is free, so another discount has the sort order.
			return nil, taken
		}
		err = c.writeDiscount(ctx, id, is, *want)
		switch f := fault.Of(err); {
		case err == nil, isConflict(err):
		case f.Reason == System+"-DuplicateField":
			taken = err
		case f.Ambiguous:
			failure = err
		default:
			return nil, err
		}
	}
	return nil, fault.Retry(System+"-"+conflict, 0, errors.New("the discount was changed again at every attempt"))
}

// found is a discount as it was read, with its current predicate.
type found struct {
	Discount
	version   int64
	predicate string
}

func (f *found) known() *Discount {
	if f == nil {
		return nil
	}
	return &f.Discount
}

func (c *Client) writeDiscount(ctx context.Context, id string, is *found, want Discount) error {
	if is == nil {
		return c.createDiscount(ctx, want)
	}
	var actions []any
	if want.Percent != is.Percent {
		actions = append(actions, changeValue{"changeValue", value{"relative", 100 * want.Percent}})
	}
	if p := want.predicate(); p != is.predicate {
		actions = append(actions, changeTarget{"changeTarget", target{"lineItems", p}})
	}
	if want.Active != is.Active {
		actions = append(actions, changeIsActive{"changeIsActive", want.Active})
	}
	actions = append(actions, setDescription{"setDescription", map[string]string{descriptionLocale: want.describe()}})
	return c.update(ctx, revision{path: "/cart-discounts/" + url.PathEscape(id), version: is.version, actions: actions})
}

// discount reads the discount on a SKU by its key; none if there is none.
func (c *Client) discount(ctx context.Context, sku string) (id string, is *found, err error) {
	response, err := c.http.Do(ctx, connector.Request{
		Method: http.MethodGet, Path: c.project + "/cart-discounts/key=" + DiscountKey(sku), Repeatable: true,
	})
	if response.Status == http.StatusNotFound {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	var d cartDiscount
	if err := strictjson.UnmarshalUpTo(connector.MaxBody, "answer", response.Body, &d); err != nil || d.ID == "" || d.Version < 1 || d.Key != DiscountKey(sku) {
		return "", nil, c.http.Unreadable(errors.New("expected the requested discount"))
	}
	is = &found{version: d.Version, predicate: d.Target.Predicate}
	is.SKU, is.Active = sku, d.IsActive
	if d.Value.Type == "relative" {
		is.Percent = d.Value.Permyriad / 100
	}
	is.Changes = changes(d.Description[descriptionLocale])
	return d.ID, is, nil
}

// createDiscount creates it. It can be repeated, since the key is derived from the SKU.
func (c *Client) createDiscount(ctx context.Context, d Discount) error {
	body, err := strictjson.Marshal(cartDiscountDraft{
		Key:           DiscountKey(d.SKU),
		Name:          map[string]string{descriptionLocale: "Signalbox: " + d.SKU},
		Description:   map[string]string{descriptionLocale: d.describe()},
		Value:         value{"relative", 100 * d.Percent},
		CartPredicate: "true",
		Target:        target{"lineItems", d.predicate()},
		SortOrder:     sortOrder(d.SKU),
		IsActive:      d.Active,
	})
	if err != nil {
		return fault.Refuse(System+"-request", errors.New("discount: expected values that JSON can encode"))
	}
	_, err = c.http.Do(ctx, connector.Request{
		Method: http.MethodPost, Path: c.project + "/cart-discounts", ContentType: "application/json", Body: body, Repeatable: true,
	})
	return err
}

// cartDiscountDraft is CartDiscountDraft: https://docs.commercetools.com/api/projects/cartDiscounts#create-cartdiscount
type cartDiscountDraft struct {
	Key                  string            `json:"key"`
	Name                 map[string]string `json:"name"`
	Description          map[string]string `json:"description"`
	Value                value             `json:"value"`
	CartPredicate        string            `json:"cartPredicate"`
	Target               target            `json:"target"`
	SortOrder            string            `json:"sortOrder"`
	IsActive             bool              `json:"isActive"`
	RequiresDiscountCode bool              `json:"requiresDiscountCode"`
}

type changeValue struct {
	Action string `json:"action"`
	Value  value  `json:"value"`
}

type changeTarget struct {
	Action string `json:"action"`
	Target target `json:"target"`
}

type changeIsActive struct {
	Action   string `json:"action"`
	IsActive bool   `json:"isActive"`
}

type setDescription struct {
	Action      string            `json:"action"`
	Description map[string]string `json:"description"`
}
