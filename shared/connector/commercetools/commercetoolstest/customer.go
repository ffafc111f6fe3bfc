package commercetoolstest

import (
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
)

// SampleCustomer is the id of the customer that every double has, the subject of
// events-samples/commercetools/customer-email-changed.json.
const SampleCustomer = "4f8e1d72-c5a3-4096-b82d-3a7f50e9c614"

//go:embed customer.json
var sampleCustomer []byte

// PutCustomer adds a customer, or replaces the one with the same id. The JSON is a
// Customer as commercetools writes it.
func (d *Double) PutCustomer(customer []byte) error {
	var c object
	if err := json.Unmarshal(customer, &c); err != nil {
		return fmt.Errorf("decode customer: %w", err)
	}
	id, _ := c["id"].(string)
	if version, ok := c["version"].(float64); id == "" || !ok || version < 1 {
		return errors.New("customer: expected an id and a version")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.customers[id] = c
	return nil
}

// DeleteCustomer deletes a customer.
func (d *Double) DeleteCustomer(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.customers, id)
}

// changeCustomer adds the customer of a message as a copy of SampleCustomer, unless
// the double has the customer.
func (d *Double) changeCustomer(id string, version float64, email any) error {
	d.mu.Lock()
	_, known := d.customers[id]
	d.mu.Unlock()
	if known {
		return nil
	}
	var c object
	if err := json.Unmarshal(sampleCustomer, &c); err != nil {
		panic("commercetoolstest: " + err.Error())
	}
	c["id"], c["version"] = id, max(version, 1)
	if email != nil {
		c["email"] = email
	}
	return d.PutCustomer(encode(c))
}

func (d *Double) getCustomer(w http.ResponseWriter, r *http.Request) {
	c, ok := d.customers[strings.TrimPrefix(r.URL.Path, customerPath)]
	if !ok {
		refuse(w, http.StatusNotFound, "ResourceNotFound", "The Resource was not found.", nil)
		return
	}
	answer(w, http.StatusOK, c)
}

const customerPath = "/" + Project + "/customers/"
