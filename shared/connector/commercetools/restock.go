package commercetools

import (
	"context"
	"errors"
	"math"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/config"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// Marks names the custom field of type String in which an inventory entry records
// the returns that it has already counted.
type Marks struct {
	// Type is the key of the custom type that an entry without one receives.
	Type string
	// Field is the field's name.
	Field string
}

// ReadMarks reads COMMERCETOOLS_RETURN_TYPE and COMMERCETOOLS_RETURN_FIELD.
func ReadMarks(v config.Values) (Marks, error) {
	m := Marks{Type: v.String("COMMERCETOOLS_RETURN_TYPE"), Field: v.String("COMMERCETOOLS_RETURN_FIELD")}
	switch {
	case len(m.Type) < 2 || len(m.Type) > 256 || strings.Trim(m.Type, keyLetters) != "":
		return m, errors.New("COMMERCETOOLS_RETURN_TYPE: expected the key of a custom type")
	case len(m.Field) < 2 || len(m.Field) > 36 || strings.Trim(m.Field, keyLetters) != "":
		return m, errors.New("COMMERCETOOLS_RETURN_FIELD: expected the name of a custom field")
	}
	return m, nil
}

const keyLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

// maxMarks is how many returns an entry records: more than arrive for one SKU in
// one channel while the outcome of an attempt is open.
const maxMarks = 100

// Restocked is the result of Restock.
type Restocked string

// The outcomes of Restock.
const (
	// Done: the pieces are counted, by this attempt or an earlier one.
	Done Restocked = ""
	// NoEntry: the SKU has no inventory entry.
	NoEntry Restocked = "no-inventory-entry"
)

// Restock adds pieces to the stock of a SKU in a supply channel, or outside of all
// channels if the channel is empty. If pieces came from no channel and the SKU has
// several entries, all of them in channels, the error is Permanent.
//
// The quantity is set, under the entry's version, together with a mark that holds
// the given name; an entry with the mark is not changed. So Restock can be
// repeated. The client needs the scope ManageProducts.
func (c *Client) Restock(ctx context.Context, m Marks, name, sku, channel string, pieces int64) (Restocked, error) {
	outcome := Done
	err := c.revise(ctx, func(ctx context.Context) (revision, error) {
		entry, err := c.entry(ctx, sku, channel)
		if err != nil {
			return revision{}, err
		}
		if entry == nil {
			outcome = NoEntry
			return revision{}, nil
		}
		actions, err := entry.take(m, name, pieces)
		return revision{"/inventory/" + url.PathEscape(entry.ID), entry.Version, actions}, err
	})
	return outcome, err
}

// entry finds the inventory entry to which pieces of a SKU are returned, nil if
// there is none.
func (c *Client) entry(ctx context.Context, sku, channel string) (*stockEntry, error) {
	page, err := c.query(ctx, "sku in ("+quote(sku)+")", 0)
	if err != nil {
		return nil, err
	}
	var entries []*stockEntry
	for _, value := range page {
		var e stockEntry
		if err := strictjson.Unmarshal("answer", value, &e); err != nil || e.ID == "" || e.Version < 1 || e.QuantityOnStock == nil {
			return nil, c.http.Unreadable(errors.New("expected an inventory entry"))
		}
		if e.SupplyChannel.ID == channel {
			return &e, nil
		}
		entries = append(entries, &e)
	}
	switch {
	case len(entries) == 0:
		return nil, nil
	case channel == "" && len(entries) == 1:
		return entries[0], nil
	case channel == "":
		return nil, fault.Refuse(System+"-several-inventory-entries", errors.New("line: expected a supply channel, since the SKU is in several"))
	}
	return nil, nil
}

// stockEntry holds the fields of an InventoryEntry that a change needs
// (types/inventory/InventoryEntry.raml).
type stockEntry struct {
	ID            string `json:"id"`
	Version       int64  `json:"version"`
	SupplyChannel struct {
		ID string `json:"id"`
	} `json:"supplyChannel"`
	QuantityOnStock *int64 `json:"quantityOnStock"`
	Custom          *struct {
		Fields map[string]jsontext.Value `json:"fields"`
	} `json:"custom"`
}

// marks returns the names in the entry's mark, the oldest first.
func (e *stockEntry) marks(m Marks) ([]string, error) {
	if e.Custom == nil || len(e.Custom.Fields[m.Field]) == 0 {
		return nil, nil
	}
	var text string
	if err := json.Unmarshal(e.Custom.Fields[m.Field], &text); err != nil {
		return nil, fault.Refuse(System+"-return-field", errors.New("COMMERCETOOLS_RETURN_FIELD: expected a field of type String"))
	}
	return strings.Fields(text), nil
}

// take returns the actions that count the pieces and mark the entry; none if the
// entry has the mark.
func (e *stockEntry) take(m Marks, name string, pieces int64) ([]any, error) {
	marks, err := e.marks(m)
	if err != nil || slices.Contains(marks, name) {
		return nil, err
	}
	if *e.QuantityOnStock > 0 && pieces > math.MaxInt64-*e.QuantityOnStock {
		return nil, fault.Field("data.item.quantity", "a quantity that can be added to the stock")
	}
	marks = append(marks, name)
	text := strings.Join(marks[max(0, len(marks)-maxMarks):], " ")
	actions := []any{changeQuantity{Action: "changeQuantity", Quantity: *e.QuantityOnStock + pieces}}
	if e.Custom != nil {
		return append(actions, setCustomField{Action: "setCustomField", Name: m.Field, Value: text}), nil
	}
	return append(actions, setCustomType{
		Action: "setCustomType", Type: typeKey{TypeID: "type", Key: m.Type}, Fields: map[string]string{m.Field: text},
	}), nil
}

// changeQuantity, setCustomField and setCustomType are actions on an inventory
// entry: https://docs.commercetools.com/api/projects/inventory#update-actions
type changeQuantity struct {
	Action   string `json:"action"`
	Quantity int64  `json:"quantity"`
}

type setCustomField struct {
	Action string `json:"action"`
	Name   string `json:"name"`
	Value  string `json:"value"`
}

type setCustomType struct {
	Action string            `json:"action"`
	Type   typeKey           `json:"type"`
	Fields map[string]string `json:"fields"`
}

type typeKey struct {
	TypeID string `json:"typeId"`
	Key    string `json:"key"`
}
