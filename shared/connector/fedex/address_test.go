package fedex

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/config"
	"signalbox/shared/connector/fedex/fedextest"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

func TestRecipient(t *testing.T) {
	base := party{
		Contact: contact{Person: "Rosalind Achterberg", Phone: "5125550142"},
		Address: address{Lines: []string{"4120 Juniper Hollow Road", "Apartment 7"}, City: "Austin", State: "TX", PostalCode: "78741", Country: "US"},
	}
	for _, c := range []struct {
		name   string
		change func(*retail.Address)
		want   func(*party)
	}{
		{"an address is taken as it is", func(*retail.Address) {}, func(*party) {}},
		{"a national phone number stays", func(a *retail.Address) { a.Phone = "(512) 555-0142" }, func(*party) {}},
		{"a missing phone is the default", func(a *retail.Address) { a.Phone = "" }, func(p *party) { p.Contact.Phone = "9015551234" }},
		{"a phone too short is the default", func(a *retail.Address) { a.Phone = "555 0142" }, func(p *party) { p.Contact.Phone = "9015551234" }},
		{"a foreign phone is the default", func(a *retail.Address) { a.Phone = "+49 30 1234567" }, func(p *party) { p.Contact.Phone = "9015551234" }},
		{"a company alone is enough", func(a *retail.Address) { a.FirstName, a.LastName, a.Company = "", " ", "Acme" }, func(p *party) { p.Contact.Person, p.Contact.Company = "", "Acme" }},
		{"a long name is cut", func(a *retail.Address) { a.FirstName = strings.Repeat("é", 90) }, func(p *party) { p.Contact.Person = strings.Repeat("é", 70) }},
		{"a long company is cut", func(a *retail.Address) { a.Company = strings.Repeat("x", 34) + " yz" }, func(p *party) { p.Contact.Company = strings.Repeat("x", 34) }},
		{"line breaks and runs of spaces are one space", func(a *retail.Address) { a.Street = "4120  Juniper\nHollow\tRoad" }, func(*party) {}},
		{"a long street is wrapped between words", func(a *retail.Address) { a.Street, a.Additional = "The Old Observatory, 4120 Juniper Hollow Road", "" },
			func(p *party) { p.Address.Lines = []string{"The Old Observatory, 4120 Juniper", "Hollow Road"} }},
		{"a state in lower case is a code", func(a *retail.Address) { a.State = "tx" }, func(*party) {}},
		{"a region elsewhere is left out", func(a *retail.Address) {
			a.Country, a.State, a.PostalCode, a.Phone = "IE", "Leinster", "", "+353 1 234 5678"
		},
			func(p *party) {
				p.Address.Country, p.Address.State, p.Address.PostalCode, p.Contact.Phone = "IE", "", "", "35312345678"
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, want := *order().ShipTo, base
			c.change(&a)
			c.want(&want)
			got, err := recipient(a, "9015551234")
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRecipientThatCannotBeReached(t *testing.T) {
	for _, c := range []struct {
		name, field string
		change      func(*retail.Address)
	}{
		{"no name", "order.shipTo", func(a *retail.Address) { a.FirstName, a.LastName = "", " " }},
		{"no street", "order.shipTo.street", func(a *retail.Address) { a.Street, a.Additional = " ", "" }},
		{"a street of four lines", "order.shipTo.street", func(a *retail.Address) { a.Street = strings.Repeat("Juniper ", 17) }},
		{"a word longer than a line", "order.shipTo.street", func(a *retail.Address) { a.Street = strings.Repeat("x", 36) }},
		{"no city", "order.shipTo.city", func(a *retail.Address) { a.City = "" }},
		{"a city too long", "order.shipTo.city", func(a *retail.Address) { a.City = strings.Repeat("x", 36) }},
		{"no state in the US", "order.shipTo.state", func(a *retail.Address) { a.State = "" }},
		{"a state's name in Canada", "order.shipTo.state", func(a *retail.Address) { a.Country, a.State = "CA", "Ontario" }},
		{"digits for a state", "order.shipTo.state", func(a *retail.Address) { a.State = "48" }},
		{"no postal code in the US", "order.shipTo.postalCode", func(a *retail.Address) { a.PostalCode = "" }},
		{"a postal code too long", "order.shipTo.postalCode", func(a *retail.Address) { a.PostalCode = "78741-12345" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := *order().ShipTo
			c.change(&a)
			_, err := recipient(a, "9015551234")
			var field *fault.FieldError
			if !errors.As(err, &field) || field.Field != c.field || fault.KindOf(err) != fault.Invalid {
				t.Fatalf("error %v", err)
			}
			for _, value := range []string{"Achterberg", "78741", "Ontario", "xxxx"} {
				if strings.Contains(err.Error(), value) {
					t.Errorf("the error shows a value: %v", err)
				}
			}
		})
	}
}

// What recipient lets through, FedEx takes.
func FuzzRecipient(f *testing.F) {
	a := order().ShipTo
	f.Add(a.FirstName, a.Company, a.Street, a.Additional, a.City, a.State, a.PostalCode, a.Country, a.Phone)
	f.Add("", "Acme", strings.Repeat("é ", 70), "", "Łódź", "", "", "PL", "0")
	f.Fuzz(func(t *testing.T, name, company, street, additional, city, state, code, country, number string) {
		p, err := recipient(retail.Address{
			FirstName: name, Company: company, Street: street, Additional: additional, City: city, State: state, PostalCode: code, Country: country, Phone: number,
		}, "9015551234")
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("error %v", err)
			}
			return
		}
		if len(p.Address.Lines) < 1 || len(p.Address.Lines) > 3 || len(p.Contact.Phone) < 10 || len(p.Contact.Phone) > 15 {
			t.Errorf("party %+v", p)
		}
		for _, line := range p.Address.Lines {
			if n := utf8.RuneCountInString(line); n < 1 || n > 35 || strings.ContainsAny(line, "\r\n") {
				t.Errorf("line %q", line)
			}
		}
	})
}

func TestCustoms(t *testing.T) {
	c, s := serve(t, fedextest.New())
	o := order()
	o.ShipTo.Country, o.ShipTo.State = "DE", ""
	_, err := c.CreateShipment(t.Context(), "e-1", o)
	if f := fault.Of(err); f == nil || f.Kind != fault.Permanent || f.Reason != "fedex-customs" {
		t.Errorf("error %v", err)
	}
	if n := len(s.Exchanges()); n != 0 {
		t.Errorf("%d requests", n)
	}
	for _, k := range []struct {
		from, to string
		want     bool
	}{{"US", "US", false}, {"DE", "FR", false}, {"DE", "GB", true}, {"US", "CA", true}, {"CH", "DE", true}} {
		if got := needsCustoms(k.from, k.to); got != k.want {
			t.Errorf("%s to %s: %v", k.from, k.to, got)
		}
	}
}

func TestWeight(t *testing.T) {
	c := &Client{grams: 1000}
	line := func(quantity, grams int64) retail.Line { return retail.Line{Quantity: quantity, WeightGrams: grams} }
	for _, k := range []struct {
		name  string
		lines []retail.Line
		want  int64 // 0 for a refusal
	}{
		{"pieces are added up", []retail.Line{line(2, 450), line(1, 100)}, 1000},
		{"a piece without weight has the default", []retail.Line{line(3, 0)}, 3000},
		{"more than a parcel can have is refused", []retail.Line{line(1<<40, 1<<20)}, 0},
		{"a sum that would overflow is refused", []retail.Line{line(1, 1<<62), line(1, 1<<62)}, 0},
		{"many heavy lines are refused", []retail.Line{line(1, maxGrams), line(1, 1)}, 0},
	} {
		t.Run(k.name, func(t *testing.T) {
			got, err := c.weigh("order.lines", k.lines)
			if got != k.want || (err != nil) != (k.want == 0) || err != nil && fault.KindOf(err) != fault.Invalid {
				t.Errorf("%d, error %v", got, err)
			}
		})
	}
	for _, k := range []struct {
		grams       int64
		pound, kilo float64
	}{{1, 0.1, 0.1}, {1000, 2.3, 1}, {1900, 4.2, 1.9}, {45_359_237, 100_000, 45_359.3}, {maxGrams, 2_204_622.7, 1_000_000}} {
		if p, kg := perTenth(k.grams, gramsPerPound), perTenth(k.grams, gramsPerKilo); p != k.pound || kg != k.kilo {
			t.Errorf("%d g: %v lb, %v kg", k.grams, p, kg)
		}
	}
}

func TestNewNamesTheWrongSetting(t *testing.T) {
	for _, c := range []struct{ name, setting, value, want string }{
		{"no account", "FEDEX_ACCOUNT", "", "FEDEX_ACCOUNT"},
		{"no service", "FEDEX_SERVICE", "", "FEDEX_SERVICE"},
		{"another pickup", "FEDEX_PICKUP", "SOON", "FEDEX_PICKUP"},
		{"no weight", "FEDEX_DEFAULT_WEIGHT_GRAMS", "0", "FEDEX_DEFAULT_WEIGHT_GRAMS"},
		{"a weight that is a word", "FEDEX_DEFAULT_WEIGHT_GRAMS", "light", "FEDEX_DEFAULT_WEIGHT_GRAMS"},
		{"a short phone", "FEDEX_DEFAULT_PHONE", "911", "FEDEX_DEFAULT_PHONE"},
		{"a sender that is no JSON", "FEDEX_SHIPPER", "Acme", "FEDEX_SHIPPER"},
		{"a sender without phone", "FEDEX_SHIPPER", `{"company":"Acme","streets":["x"],"city":"y","country":"DE"}`, "FEDEX_SHIPPER.phone"},
		{"a sender without country", "FEDEX_SHIPPER", `{"company":"Acme","phone":"+49 30 123456789","streets":["x"],"city":"y"}`, "FEDEX_SHIPPER.country"},
		{"a sender without street", "FEDEX_SHIPPER", `{"company":"Acme","phone":"9015551234","city":"y","state":"TN","postalCode":"1","country":"US"}`, "FEDEX_SHIPPER.streets"},
		{"a sender without state", "FEDEX_SHIPPER", `{"company":"Acme","phone":"9015551234","streets":["x"],"city":"y","postalCode":"1","country":"US"}`, "FEDEX_SHIPPER.state"},
		{"an address without TLS", "FEDEX_BASE_URL", "http://apis.fedex.com", "fedex: base URL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := fedextest.New()
			settings := d.Settings("")
			settings["FEDEX_BASE_URL"] = "https://apis.fedex.com"
			settings[c.setting] = c.value
			_, err := New(config.Static(settings, map[string]map[string]string{"fedex": d.Secret()}))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s in it", err, c.want)
			}
		})
	}
	d := fedextest.New()
	settings := d.Settings("")
	settings["FEDEX_BASE_URL"] = "https://apis.fedex.com"
	if _, err := New(config.Static(settings, nil)); err == nil || !strings.Contains(err.Error(), "client_id") {
		t.Errorf("error %v", err)
	}
}
