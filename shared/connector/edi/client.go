// Package edi sends X12 purchase orders to suppliers through an EDI gateway: a
// value-added network or an AS2 gateway that accepts interchanges by HTTPS.
//
//	client, err := edi.New(values)
//	if client.Supplies(sku) {
//		err = client.Send(ctx, edi.Order{ID: e.ID, Number: 42, SKU: sku, At: e.Data.At})
//	}
//
// # Delivery
//
// One interchange holds one purchase order, transaction set 850 of version
// 004010. The same order sent again is the same interchange, byte by byte, with
// the same Message-ID, as AS2 requires of a resend (RFC 4130, 7.3.1). The receiver
// recognizes a duplicate by its interchange control number, ISA13.
//
// # Errors
//
// Those of package connector.
//
// # Limits
//
// Control numbers have nine digits, MaxNumber. All text comes from the settings.
// New refuses a text that X12 cannot represent; Send never changes one.
package edi

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"

	"signalbox/shared/config"
	"signalbox/shared/connector"
	"signalbox/shared/fault"
)

// System is the ID of the gateway in the catalog.
const System = "edi"

// MaxNumber is the largest control number of an interchange.
const MaxNumber = 999_999_999

// Client sends to one gateway. It is safe for concurrent use.
type Client struct {
	http      *connector.Client
	sender    Partner
	usage     string
	shipTo    Address
	suppliers map[string]supplier
	// supplierOf names the supplier of a SKU.
	supplierOf map[string]string
}

// Partner is one side of an interchange.
type Partner struct {
	// Qualifier is the kind of ID: "ZZ" mutually defined, "01" DUNS, "14" GS1.
	Qualifier string `json:"qualifier"`
	// ID has 2 to 15 characters; it also names the application, GS02 and GS03.
	ID string `json:"id"`
}

// Address is where goods go, in one country.
type Address struct {
	Name       string `json:"name"`
	Street     string `json:"street"`
	City       string `json:"city"`
	State      string `json:"state"`
	PostalCode string `json:"postalCode"`
	Country    string `json:"country"`
}

// Item is how a SKU is ordered.
type Item struct {
	// Part is the supplier's part number.
	Part string `json:"part"`
	// Quantity is how many are ordered at a time.
	Quantity int64 `json:"quantity"`
	// Unit is an X12 unit of measure, "EA" if empty.
	Unit string `json:"unit"`
	// Price is the price of one unit as a decimal number; if empty, the contract's
	// price applies.
	Price string `json:"price"`
	// Name describes it; it may be empty.
	Name string `json:"name"`
}

type supplier struct {
	Partner
	SKUs map[string]Item `json:"skus"`
	// AnswerHours is how long the supplier may take until goods arrive; 0 leaves it
	// to whoever waits.
	AnswerHours int64 `json:"answerHours"`
}

// Order is a purchase order of one SKU.
type Order struct {
	// ID identifies the order permanently and becomes the Message-ID.
	ID string
	// Number is the interchange's control number, from 1 to MaxNumber.
	Number int64
	// At is the date of the order.
	At  time.Time
	SKU string
}

// New returns a client. The error names the wrong setting.
func New(v config.Values) (*Client, error) {
	user, password := v.Secret(System, "user").Reveal(), v.Secret(System, "password").Reveal()
	if user == "" || password == "" {
		return nil, errors.New("secret of edi: expected the keys user and password")
	}
	credentials := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	client, err := connector.New(connector.Options{
		System:  System,
		BaseURL: v.BaseURL(System),
		Timeout: 20 * time.Second,
		Auth:    connector.StaticAuth(http.Header{"Authorization": {"Basic " + credentials}}),
	})
	if err != nil {
		return nil, err
	}
	c := &Client{http: client, supplierOf: map[string]string{}}
	for name, into := range map[string]any{"EDI_SENDER": &c.sender, "EDI_SHIP_TO": &c.shipTo, "EDI_SUPPLIERS": &c.suppliers} {
		if err := v.JSON(name, into); err != nil {
			return nil, err
		}
	}
	if c.usage, err = v.OneOf("EDI_USAGE", "P", "T"); err != nil {
		return nil, err
	}
	return c, c.check()
}

// Supplies reports whether the SKU is ordered through this gateway.
func (c *Client) Supplies(sku string) bool { _, ok := c.supplierOf[sku]; return ok }

// Terms returns the SKU's supplier and how long it may take until goods arrive, 0 if
// the settings do not say.
func (c *Client) Terms(sku string) (supplier string, answerWithin time.Duration) {
	name := c.supplierOf[sku]
	return name, time.Duration(c.suppliers[name].AnswerHours) * time.Hour
}

// Send sends the order to the SKU's supplier. Supplies must report true for the SKU.
func (c *Client) Send(ctx context.Context, o Order) error {
	interchange, err := c.Interchange(o)
	if err != nil {
		return err
	}
	if strings.ContainsFunc(o.ID, func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' }) {
		return fault.Refuse(System+"-id", errors.New("id of the order: expected the characters of a Message-ID"))
	}
	_, err = c.http.Do(ctx, connector.Request{
		Method:      http.MethodPost,
		ContentType: "application/EDI-X12", // RFC 1767
		Header: http.Header{
			"Message-Id": {"<" + o.ID + "@signalbox>"},
			"As2-From":   {c.sender.ID},
			"As2-To":     {c.suppliers[c.supplierOf[o.SKU]].ID},
			"Accept":     {"*/*"},
		},
		Body:       interchange,
		Repeatable: true,
	})
	return err
}
