package fedex

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// The limits of FedEx's PartyContact and PartyAddress.
const (
	maxPerson     = 70
	maxCompany    = 35
	maxLine       = 35
	maxLines      = 3
	maxCity       = 35
	maxPostalCode = 10
)

type party struct {
	Contact contact `json:"contact"`
	Address address `json:"address"`
}

type contact struct {
	Person  string `json:"personName,omitzero"`
	Phone   string `json:"phoneNumber"`
	Company string `json:"companyName,omitzero"`
}

type address struct {
	Lines      []string `json:"streetLines"`
	City       string   `json:"city"`
	State      string   `json:"stateOrProvinceCode,omitzero"`
	PostalCode string   `json:"postalCode,omitzero"`
	Country    string   `json:"countryCode"`
}

// sender is the setting FEDEX_SHIPPER.
type sender struct {
	Person     string   `json:"person"`
	Company    string   `json:"company"`
	Phone      string   `json:"phone"`
	Streets    []string `json:"streets"`
	City       string   `json:"city"`
	State      string   `json:"state"`
	PostalCode string   `json:"postalCode"`
	Country    string   `json:"country"`
}

func (s sender) party() (party, error) {
	phone := phone(s.Phone, s.Country)
	if phone == "" {
		return party{}, fault.Field("FEDEX_SHIPPER.phone", phoneRule)
	}
	if len(s.Country) != 2 {
		return party{}, fault.Field("FEDEX_SHIPPER.country", "an ISO 3166-1 alpha-2 code such as US")
	}
	return newParty("FEDEX_SHIPPER", "streets", s.Streets, retail.Address{
		FirstName: s.Person, Company: s.Company, City: s.City, State: s.State, PostalCode: s.PostalCode, Country: s.Country,
	}, phone)
}

// recipient maps an order's address. Names too long for a label are cut. A phone
// number that FedEx refuses is replaced by the default one: it is for the driver's
// questions and must not stop a parcel. Fields that decide where the parcel goes
// are never cut: if they are too long, the error is Invalid.
func recipient(a retail.Address, defaultPhone string) (party, error) {
	return addressee("order.shipTo", a, defaultPhone)
}

func addressee(field string, a retail.Address, defaultPhone string) (party, error) {
	number := phone(a.Phone, a.Country)
	if number == "" {
		number = defaultPhone
	}
	return newParty(field, "street", []string{a.Street, a.Additional}, a, number)
}

func newParty(field, streetField string, streets []string, a retail.Address, phone string) (party, error) {
	p := party{
		Contact: contact{
			Person:  cut(tidy(a.FirstName+" "+a.LastName), maxPerson),
			Company: cut(tidy(a.Company), maxCompany),
			Phone:   phone,
		},
		Address: address{City: tidy(a.City), PostalCode: tidy(a.PostalCode), Country: a.Country},
	}
	if p.Contact.Person == "" && p.Contact.Company == "" {
		return party{}, fault.Field(field, "a person or a company")
	}
	lines, ok := wrap(streets)
	if !ok || len(lines) == 0 {
		return party{}, fault.Field(field+"."+streetField, fmt.Sprintf("a street that fits on %d lines of %d characters", maxLines, maxLine))
	}
	p.Address.Lines = lines
	if n := utf8.RuneCountInString(p.Address.City); n == 0 || n > maxCity {
		return party{}, fault.Field(field+".city", fmt.Sprintf("a city of at most %d characters", maxCity))
	}
	if n := utf8.RuneCountInString(p.Address.PostalCode); n > maxPostalCode || n == 0 && hasStates(a.Country) {
		return party{}, fault.Field(field+".postalCode", fmt.Sprintf("a postal code of at most %d characters", maxPostalCode))
	}
	switch state := strings.ToUpper(tidy(a.State)); {
	case len(state) == 2 && strings.Trim(state, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "":
		p.Address.State = state
	case hasStates(a.Country):
		return party{}, fault.Field(field+".state", "a code of two letters such as TX")
	}
	return p, nil
}

// hasStates reports whether FedEx requires a state and a national phone number.
func hasStates(country string) bool { return country == "US" || country == "CA" || country == "PR" }

const phoneRule = "10 to 15 digits, 10 without the leading 1 in the US and Canada"

// phone returns the digits of a number that FedEx accepts for the country, or "".
func phone(s, country string) string {
	number := digits(s)
	if hasStates(country) {
		if number = strings.TrimPrefix(number, "1"); len(number) != 10 {
			return ""
		}
		return number
	}
	if len(number) < 10 || len(number) > 15 {
		return ""
	}
	return number
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// tidy makes one line of s: labels have no line breaks and no runs of spaces.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:n]))
}

// wrap breaks streets between words. It reports whether they fit.
func wrap(streets []string) ([]string, bool) {
	var lines []string
	for _, street := range streets {
		line := ""
		for _, word := range strings.Fields(street) {
			switch {
			case utf8.RuneCountInString(word) > maxLine:
				return nil, false
			case line == "":
				line = word
			case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= maxLine:
				line += " " + word
			default:
				lines = append(lines, line)
				line = word
			}
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines, len(lines) <= maxLines
}

// customsUnion are the countries between which goods need no customs declaration.
var customsUnion = strings.Fields("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MC MT NL PL PT RO SE SI SK")

func needsCustoms(from, to string) bool {
	return from != to && (!slices.Contains(customsUnion, from) || !slices.Contains(customsUnion, to))
}
