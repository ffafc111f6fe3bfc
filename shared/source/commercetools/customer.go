package commercetools

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// account holds the fields of a notification about a customer. Messages about other
// resources may have fields of the same names, so the resource is checked before
// these are decoded.
type account struct {
	Customer    jsontext.Value `json:"customer"`
	Email       jsontext.Value `json:"email"`
	DataErasure jsontext.Value `json:"dataErasure"`
}

// shopper holds the fields that are read of a Customer (types/customer/Customer.raml).
// The password's hash and the tokens are not read.
type shopper struct {
	ID             string    `json:"id"`
	Version        int64     `json:"version"`
	CreatedAt      time.Time `json:"createdAt"`
	CustomerNumber string    `json:"customerNumber"`
	Email          string    `json:"email"`
	FirstName      string    `json:"firstName"`
	LastName       string    `json:"lastName"`
	CompanyName    string    `json:"companyName"`
	Locale         string    `json:"locale"`
	CustomerGroup  reference `json:"customerGroup"`
	Addresses      []struct {
		ID string `json:"id"`
		address
	} `json:"addresses"`
	DefaultBilling  string `json:"defaultBillingAddressId"`
	DefaultShipping string `json:"defaultShippingAddressId"`
}

// aboutCustomer checks the fields that every notification about a customer has.
func (s Source) aboutCustomer(n notification) error {
	if err := s.ours(n); err != nil {
		return err
	}
	switch {
	case n.Resource.TypeID != "customer":
		return fault.Field("notification.resource.typeId", `"customer"`)
	case n.Resource.ID == "":
		return fault.Field("notification.resource.id", "a non-empty string")
	}
	return nil
}

// customerCreated takes the customer from the message, or reads it if the message has
// no payload; it may then be a later version.
func (s Source) customerCreated(ctx context.Context, n notification) ([]event.Raw, error) {
	if err := s.aboutCustomer(n); err != nil {
		return nil, err
	}
	read := n.PayloadNotIncluded != nil
	c, err := s.shopper(ctx, n, read)
	if err != nil {
		return nil, err
	}
	mapped, err := c.account()
	if err != nil {
		return nil, err
	}
	return s.told(event.Origin{ID: "customer/" + c.ID + "/created", Time: firstTime(n.CreatedAt, c.CreatedAt), Refetched: read}, n, retail.CustomerCreated{Customer: mapped})
}

// customerChanged reads the customer, since a message holds only one changed field.
// One version of a customer is one event, whichever messages report it.
func (s Source) customerChanged(ctx context.Context, n notification) ([]event.Raw, error) {
	if err := s.aboutCustomer(n); err != nil {
		return nil, err
	}
	c, err := s.shopper(ctx, n, true)
	if err != nil {
		return nil, err
	}
	mapped, err := c.account()
	if err != nil {
		return nil, err
	}
	id := "customer/" + c.ID + "/" + strconv.FormatInt(c.Version, 10)
	return s.told(event.Origin{ID: id, Time: firstTime(n.CreatedAt), Refetched: true}, n, retail.CustomerChanged{Customer: mapped})
}

// customerDeleted maps the message and the change that report a deletion. Only the
// change says whether the data must be erased too, and only the message may hold the
// address. The erasure is a separate event, so it is not lost, whichever comes first.
func (s Source) customerDeleted(n notification) ([]event.Raw, error) {
	if err := s.aboutCustomer(n); err != nil {
		return nil, err
	}
	deleted := retail.CustomerDeleted{CustomerID: n.Resource.ID, Number: n.Identifiers.CustomerNumber}
	switch n.Email.Kind() {
	case 0, 'n':
	case '"':
		if err := json.Unmarshal(n.Email, &deleted.Email); err != nil {
			return nil, fault.Field("notification.email", "an e-mail address")
		}
	default:
		return nil, fault.Field("notification.email", "an e-mail address")
	}
	switch n.DataErasure.Kind() {
	case 0, 'n', 'f':
	case 't':
		deleted.Erasure = true
	default:
		return nil, fault.Field("notification.dataErasure", "true or false")
	}
	id := "customer/" + n.Resource.ID + "/deleted"
	if deleted.Erasure {
		id += "/erasure"
	}
	// The two notifications have different data, which is not an error.
	return s.told(event.Origin{ID: id, Time: firstTime(n.CreatedAt, n.ModifiedAt), Refetched: true}, n, deleted)
}

func (s Source) told(o event.Origin, n notification, data event.Payload) ([]event.Raw, error) {
	o.Source = "/commercetools/" + n.ProjectKey
	raw, err := event.New(o, data)
	if err != nil {
		return nil, err
	}
	return []event.Raw{raw}, nil
}

// shopper returns the customer of the message, or reads it from commercetools.
func (s Source) shopper(ctx context.Context, n notification, read bool) (shopper, error) {
	var c shopper
	data := []byte(n.Customer)
	if read {
		if n.ResourceVersion < 1 {
			return c, fault.Field("notification.resourceVersion", "a whole number above 0")
		}
		var err error
		if data, err = s.Shop.Customer(ctx, n.Resource.ID); err != nil {
			return c, err
		}
		if data == nil {
			// It was deleted meanwhile, which another notification reports.
			return c, &Ignored{"customer-gone"}
		}
	}
	if len(data) == 0 || data[0] != '{' {
		return c, fault.Field("customer", "an object")
	}
	if err := strictjson.Unmarshal("customer", data, &c); err != nil {
		return c, err
	}
	switch {
	case c.ID != n.Resource.ID:
		return c, fault.Field("customer.id", "the id of the notification's resource")
	case c.Version < 1:
		return c, fault.Field("customer.version", "a whole number above 0")
	case read && c.Version < n.ResourceVersion:
		return c, fault.Retry("commercetools-behind", 2*time.Second, errors.New("customer: expected at least the reported version"))
	}
	return c, nil
}

func (c shopper) account() (retail.Account, error) {
	mapped := retail.Account{
		ID: c.ID, Number: c.CustomerNumber, Version: c.Version, Email: c.Email,
		FirstName: c.FirstName, LastName: c.LastName, Company: c.CompanyName, Locale: c.Locale, Group: c.CustomerGroup.ID,
	}
	at := c.address()
	if at < 0 {
		return mapped, nil
	}
	var err error
	mapped.Address, err = c.Addresses[at].address.address("customer.addresses[" + strconv.Itoa(at) + "]")
	return mapped, err
}

// address returns the index of the customer's postal address; -1 if there is none or
// it is unclear.
func (c shopper) address() int {
	for _, id := range []string{c.DefaultBilling, c.DefaultShipping} {
		for i, a := range c.Addresses {
			if id != "" && a.ID == id {
				return i
			}
		}
	}
	if len(c.Addresses) == 1 {
		return 0
	}
	return -1
}
