package commercetools

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/connector"
	"signalbox/shared/event/retail"
	"signalbox/shared/strictjson"
)

const (
	// skusPerQuery keeps the URL of a query short enough for every gateway.
	skusPerQuery = 25
	// page is the largest page size of commercetools:
	// https://docs.commercetools.com/api/general-concepts#limit
	page = 500
)

// Inventory returns the inventory entry with the given id as commercetools
// writes it, and nil if there is none. The client needs the scope ViewProducts.
func (c *Client) Inventory(ctx context.Context, id string) ([]byte, error) {
	entries, err := c.query(ctx, "id="+quote(id), 0)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	return entries[0], nil
}

// Levels returns the levels of the SKUs in all supply channels, sorted by entry id
// within every 25 SKUs. A SKU without an inventory entry has none. The client
// needs the scope ViewProducts.
func (c *Client) Levels(ctx context.Context, skus []string) ([]retail.Level, error) {
	var levels []retail.Level
	for len(skus) > 0 {
		n := min(skusPerQuery, len(skus))
		quoted := make([]string, n)
		for i, sku := range skus[:n] {
			quoted[i] = quote(sku)
		}
		skus = skus[n:]
		for offset := 0; ; offset += page {
			entries, err := c.query(ctx, "sku in ("+strings.Join(quoted, ",")+")", offset)
			if err != nil {
				return nil, err
			}
			for _, entry := range entries {
				level, err := c.level(entry)
				if err != nil {
					return nil, err
				}
				levels = append(levels, level)
			}
			if len(entries) < page {
				break
			}
		}
	}
	return levels, nil
}

// query reads inventory entries: https://docs.commercetools.com/api/projects/inventory#query-inventoryentries
// The API's published document has no request by id, so that is a query too.
func (c *Client) query(ctx context.Context, where string, offset int) ([]jsontext.Value, error) {
	parameters := url.Values{"where": {where}, "limit": {strconv.Itoa(page)}, "withTotal": {"false"}, "sort": {"id asc"}}
	if offset > 0 {
		parameters.Set("offset", strconv.Itoa(offset))
	}
	response, err := c.http.Do(ctx, connector.Request{
		Method: http.MethodGet, Path: c.project + "/inventory", Query: parameters, Repeatable: true,
	})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Results *[]jsontext.Value `json:"results"`
	}
	if err := strictjson.UnmarshalUpTo(connector.MaxBody, "answer", response.Body, &answer); err != nil || answer.Results == nil {
		return nil, c.http.Unreadable(errors.New("expected a page of inventory entries"))
	}
	return *answer.Results, nil
}

func (c *Client) level(entry []byte) (retail.Level, error) {
	var e struct {
		ID            string `json:"id"`
		Version       int64  `json:"version"`
		SKU           string `json:"sku"`
		SupplyChannel struct {
			ID string `json:"id"`
		} `json:"supplyChannel"`
		QuantityOnStock   *int64 `json:"quantityOnStock"`
		AvailableQuantity *int64 `json:"availableQuantity"`
	}
	if err := strictjson.Unmarshal("answer", entry, &e); err != nil || e.ID == "" || e.SKU == "" || e.Version < 1 || e.QuantityOnStock == nil || e.AvailableQuantity == nil {
		return retail.Level{}, c.http.Unreadable(errors.New("expected an inventory entry"))
	}
	return retail.Level{
		EntryID: e.ID, SKU: e.SKU, Channel: e.SupplyChannel.ID, Version: e.Version,
		QuantityOnStock: *e.QuantityOnStock, AvailableQuantity: *e.AvailableQuantity,
	}, nil
}

// quote writes a string of a query predicate:
// https://docs.commercetools.com/api/predicates/query
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
