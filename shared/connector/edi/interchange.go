package edi

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"signalbox/shared/fault"
)

const (
	elementSeparator   = "*"
	componentSeparator = ">"
	terminator         = "~"
)

// Interchange writes the order as one interchange of one functional group of one
// purchase order. The same order is always written the same.
//
// Segments and elements are those of the X12 standard 004010, transaction set
// 850: https://x12.org/codes
func (c *Client) Interchange(o Order) ([]byte, error) {
	name, ok := c.supplierOf[o.SKU]
	switch {
	case !ok:
		return nil, fault.Refuse(System+"-supplier", errors.New("SKU: expected one of a supplier"))
	case o.Number < 1 || o.Number > MaxNumber:
		return nil, fault.Refuse(System+"-number", errors.New("control number: expected 1 to 9 digits"))
	case o.At.IsZero() || o.At.Year() > 9999:
		return nil, fault.Refuse(System+"-date", errors.New("order: expected a date"))
	}
	to := c.suppliers[name]
	item := to.SKUs[o.SKU]
	unit := item.Unit
	if unit == "" {
		unit = "EA"
	}
	at := o.At.UTC()
	number := strconv.FormatInt(o.Number, 10)
	padded := fmt.Sprintf("%09d", o.Number)
	quantity := strconv.FormatInt(item.Quantity, 10)
	date, clock := at.Format("20060102"), at.Format("1504")

	var w writer
	w.segment("ISA", "00", "          ", "00", "          ", c.sender.Qualifier, fixed(c.sender.ID), to.Qualifier, fixed(to.ID),
		at.Format("060102"), clock, "U", "00401", padded, "0", c.usage, componentSeparator)
	w.segment("GS", "PO", c.sender.ID, to.ID, date, clock, number, "X", "004010")
	begin := w.segments
	w.segment("ST", "850", "0001")
	w.segment("BEG", "00", "SA", PurchaseOrder(o.Number), "", date)
	w.segment("N1", "ST", c.shipTo.Name)
	w.segment("N3", c.shipTo.Street)
	w.segment("N4", c.shipTo.City, c.shipTo.State, c.shipTo.PostalCode, c.shipTo.Country)
	basis := ""
	if item.Price != "" {
		basis = "PE"
	}
	w.segment("PO1", "1", quantity, unit, item.Price, basis, "VP", item.Part, "BP", o.SKU)
	if item.Name != "" {
		w.segment("PID", "F", "", "", "", item.Name)
	}
	w.segment("CTT", "1", quantity)
	w.segment("SE", strconv.Itoa(w.segments-begin+1), "0001")
	w.segment("GE", "1", number)
	w.segment("IEA", "1", padded)
	return []byte(w.text.String()), nil
}

// PurchaseOrder is the number of the purchase order, BEG03, in the interchange with
// the control number.
func PurchaseOrder(number int64) string { return fmt.Sprintf("SB%09d", number) }

// fixed pads an id to the 15 characters that ISA requires.
func fixed(id string) string { return fmt.Sprintf("%-15s", id) }

type writer struct {
	text     strings.Builder
	segments int
}

func (w *writer) segment(elements ...string) {
	w.text.WriteString(strings.Join(elements, elementSeparator) + terminator)
	w.segments++
}
