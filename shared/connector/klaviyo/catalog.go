package klaviyo

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// denyOutOfStock is the inventory policy that excludes a variant from
// recommendations while it is out of stock.
const denyOutOfStock = 1

// variantID is the id of a variant that the shop's own catalog feed created, whose
// external id is the SKU. Other integrations and catalogs are not supported.
func variantID(sku string) string { return "$custom:::$default:::" + sku }

type variant struct {
	Type       string            `json:"type"`
	ID         string            `json:"id"`
	Attributes variantAttributes `json:"attributes"`
}

type variantAttributes struct {
	InventoryPolicy   int   `json:"inventory_policy"`
	InventoryQuantity int64 `json:"inventory_quantity"`
}

// SetStock sets the stock of a SKU, and excludes the SKU from recommendations while
// it is 0. It can be repeated. It returns false if the account's catalog has no
// variant whose external id is the SKU.
//
// https://developers.klaviyo.com/en/reference/update_catalog_variant
func (c *Client) SetStock(ctx context.Context, sku string, available int64) (known bool, err error) {
	id := variantID(sku)
	body, err := strictjson.Marshal(struct {
		Data variant `json:"data"`
	}{variant{"catalog-variant", id, variantAttributes{denyOutOfStock, available}}})
	if err != nil {
		return false, fault.Refuse(system+"-encode", errors.New("variant: expected values that JSON can encode"))
	}
	response, err := c.http.Do(ctx, connector.Request{
		Method:      http.MethodPatch,
		Path:        "/api/catalog-variants/" + url.PathEscape(id),
		ContentType: mediaType,
		Body:        body,
		Repeatable:  true,
	})
	if response.Status == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}
