package edi

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/edi/editest"
	"signalbox/shared/fault"
)

// settings are the examples and defaults of the catalog.
func settings(t testing.TB) map[string]string {
	t.Helper()
	system, ok := catalog.SystemByID(System)
	if !ok {
		t.Fatal("the gateway is not in the catalog")
	}
	all := map[string]string{config.BaseURLName(System): "https://edi.example"}
	for _, s := range system.Settings {
		if all[s.Name] = s.Default; s.Required {
			all[s.Name] = s.Example
		}
	}
	return all
}

func client(t testing.TB, change func(map[string]string)) (*Client, error) {
	t.Helper()
	all := settings(t)
	if change != nil {
		change(all)
	}
	return New(config.Static(all, map[string]map[string]string{System: editest.New().Secret()}))
}

func serve(t testing.TB) (*Client, *editest.Double, *connectortest.Server) {
	t.Helper()
	double := editest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	made, err := client(t, func(s map[string]string) { s[config.BaseURLName(System)] = server.URL })
	if err != nil {
		t.Fatal(err)
	}
	return made, double, server
}

func order(number int64) Order {
	return Order{ID: "5f0c1b1e-7a57-5c2d-9a31-2f6d8e4b9c70", Number: number, SKU: "STOVE-GAS-MINI", At: time.Date(2026, 3, 4, 23, 59, 0, 0, time.FixedZone("", -3600))}
}

func TestInterchange(t *testing.T) {
	made, _, _ := serve(t)
	got, err := made.Interchange(order(45))
	if err != nil {
		t.Fatal(err)
	}
	want := "ISA*00*          *00*          *ZZ*ACMECOMMERCE   *ZZ*CAMPFIRECO     *260305*0059*U*00401*000000045*0*P*>~" +
		"GS*PO*ACMECOMMERCE*CAMPFIRECO*20260305*0059*45*X*004010~" +
		"ST*850*0001~BEG*00*SA*SB000000045**20260305~N1*ST*Acme Warehouse 7~N3*10 FedEx Pkwy~N4*Memphis*TN*38115*US~" +
		"PO1*1*120*EA*24.90*PE*VP*CF-8842*BP*STOVE-GAS-MINI~PID*F****Gas stove, mini~CTT*1*120~SE*9*0001~GE*1*45~IEA*1*000000045~"
	if diff := cmp.Diff(strings.ReplaceAll(want, "~", "~\n"), strings.ReplaceAll(string(got), "~", "~\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	parsed, err := editest.Parse(string(got))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]editest.Line{{Quantity: 120, Unit: "EA", Price: "24.90", Part: "CF-8842", SKU: "STOVE-GAS-MINI", Named: "Gas stove, mini"}}, parsed.Lines); diff != "" {
		t.Error(diff)
	}
}

func TestOrderWithoutPriceAndName(t *testing.T) {
	made, err := client(t, func(s map[string]string) {
		s["EDI_SUPPLIERS"] = `{"a":{"qualifier":"01","id":"123456789","skus":{"STOVE-GAS-MINI":{"part":"P","quantity":1,"unit":"CA"}}}}`
		s["EDI_USAGE"] = "T"
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := made.Interchange(order(MaxNumber))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := editest.Parse(string(got))
	if err != nil || parsed.Usage != "T" || parsed.Control != "999999999" || parsed.Lines[0].Price != "" || parsed.Lines[0].Unit != "CA" {
		t.Errorf("parsed %+v, %v", parsed, err)
	}
}

// Sent again, the same order is the same interchange and is delivered once.
func TestResendRepeatsTheNumbers(t *testing.T) {
	made, double, server := serve(t)
	for range 2 {
		if err := made.Send(t.Context(), order(7)); err != nil {
			t.Fatal(err)
		}
	}
	x := server.Exchanges()
	if len(x) != 2 || string(x[0].Body) != string(x[1].Body) || x[0].Header.Get("Message-Id") != x[1].Header.Get("Message-Id") {
		t.Error("the resend differs")
	}
	if n := len(double.Effects()); n != 1 {
		t.Errorf("%d purchase orders delivered; want 1", n)
	}
}

func TestNumberOfAnotherOrderIsRefused(t *testing.T) {
	made, _, _ := serve(t)
	if err := made.Send(t.Context(), order(7)); err != nil {
		t.Fatal(err)
	}
	other := order(7)
	other.At = other.At.Add(time.Hour)
	if err := made.Send(t.Context(), other); fault.KindOf(err) != fault.Permanent || fault.Of(err).Reason != "edi-409" {
		t.Errorf("Send: %v", err)
	}
}

func TestOrdersThatCannotBeSent(t *testing.T) {
	made, double, _ := serve(t)
	for name, c := range map[string]struct {
		change func(*Order)
		reason string
	}{
		"of an unknown SKU":    {func(o *Order) { o.SKU = "X" }, "edi-supplier"},
		"without a number":     {func(o *Order) { o.Number = 0 }, "edi-number"},
		"with ten digits":      {func(o *Order) { o.Number = MaxNumber + 1 }, "edi-number"},
		"without a date":       {func(o *Order) { o.At = time.Time{} }, "edi-date"},
		"with a line as an id": {func(o *Order) { o.ID = "a\r\nb" }, "edi-id"},
	} {
		o := order(1)
		c.change(&o)
		if err := made.Send(t.Context(), o); fault.KindOf(err) != fault.Permanent || fault.Of(err).Reason != c.reason {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(double.Effects()) != 0 {
		t.Error("something was sent")
	}
}

func TestGatewayAnswers(t *testing.T) {
	for status, c := range map[int]struct {
		kind      fault.Kind
		ambiguous bool
	}{
		401: {fault.Retryable, false}, 429: {fault.Retryable, false}, 422: {fault.Permanent, false},
		301: {fault.Permanent, false}, 500: {fault.Retryable, true}, 503: {fault.Retryable, true},
	} {
		made, _, server := serve(t)
		server.Script(func(*http.Request) *connectortest.Fault {
			return &connectortest.Fault{Status: status, Header: http.Header{"Retry-After": {"3"}}}
		})
		err := made.Send(t.Context(), order(1))
		if f := fault.Of(err); f == nil || f.Kind != c.kind || f.Ambiguous != c.ambiguous {
			t.Errorf("status %d: %v", status, err)
		}
	}
}

func TestTerms(t *testing.T) {
	made, err := client(t, func(s map[string]string) {
		s["EDI_SUPPLIERS"] = `{"a":{"qualifier":"ZZ","id":"SUPPLIER","answerHours":48,"skus":{"A":{"part":"P","quantity":1}}}}`
	})
	if err != nil {
		t.Fatal(err)
	}
	if name, within := made.Terms("A"); name != "a" || within != 48*time.Hour {
		t.Errorf("%s within %s", name, within)
	}
}

func TestSettings(t *testing.T) {
	one := func(sku, item string) string {
		return `{"a":{"qualifier":"ZZ","id":"SUPPLIER","skus":{"` + sku + `":` + item + `}}}`
	}
	for name, c := range map[string]struct{ setting, value, want string }{
		"a qualifier of one letter":   {"EDI_SENDER", `{"qualifier":"Z","id":"ACME"}`, "EDI_SENDER.qualifier: expected two letters or digits such as ZZ"},
		"an id of 16 characters":      {"EDI_SENDER", `{"qualifier":"ZZ","id":"ACMEACMEACMEACME"}`, "EDI_SENDER.id: expected 2 to 15 characters of ASCII without * > ~"},
		"an address with a separator": {"EDI_SHIP_TO", `{"name":"A*B"}`, "EDI_SHIP_TO.name: expected 1 to 60 characters of ASCII without * > ~"},
		"an address with an umlaut":   {"EDI_SHIP_TO", `{"name":"A","street":"B","city":"München"}`, "EDI_SHIP_TO.city: expected 2 to 30 characters of ASCII without * > ~"},
		"another usage":               {"EDI_USAGE", "X", "EDI_USAGE: expected one of P, T"},
		"a SKU with a terminator":     {"EDI_SUPPLIERS", one("A~", `{"part":"P","quantity":1}`), "EDI_SUPPLIERS.a.skus: a SKU: expected 1 to 48 characters of ASCII without * > ~"},
		"a part that is missing":      {"EDI_SUPPLIERS", one("A", `{"quantity":1}`), "EDI_SUPPLIERS.a.skus.A.part: expected 1 to 48 characters of ASCII without * > ~"},
		"a quantity of none":          {"EDI_SUPPLIERS", one("A", `{"part":"P"}`), "EDI_SUPPLIERS.a.skus.A.quantity: expected 1 to 999999999"},
		"a unit that is a word":       {"EDI_SUPPLIERS", one("A", `{"part":"P","quantity":1,"unit":"each"}`), "EDI_SUPPLIERS.a.skus.A.unit: expected a unit of measure such as EA"},
		"a price with a comma":        {"EDI_SUPPLIERS", one("A", `{"part":"P","quantity":1,"price":"1,5"}`), "EDI_SUPPLIERS.a.skus.A.price: expected a decimal number such as 24.99"},
		"an answer after years":       {"EDI_SUPPLIERS", `{"a":{"qualifier":"ZZ","id":"SUPPLIER","answerHours":8761}}`, "EDI_SUPPLIERS.a.answerHours: expected 0 to 8760"},
		"an answer before the order":  {"EDI_SUPPLIERS", `{"a":{"qualifier":"ZZ","id":"SUPPLIER","answerHours":-1}}`, "EDI_SUPPLIERS.a.answerHours: expected 0 to 8760"},
		"a SKU of two suppliers": {"EDI_SUPPLIERS", `{"a":{"qualifier":"ZZ","id":"AA","skus":{"A":{"part":"P","quantity":1}}},"b":{"qualifier":"ZZ","id":"BB","skus":{"A":{"part":"P","quantity":1}}}}`,
			"EDI_SUPPLIERS.b.skus: expected no SKU of the supplier a"},
	} {
		if _, err := client(t, func(s map[string]string) { s[c.setting] = c.value }); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(config.Static(settings(t), nil)); err == nil {
		t.Error("a client without credentials")
	}
}

// FuzzInterchange checks that with any accepted settings the written interchange is
// read strictly and says the same.
func FuzzInterchange(f *testing.F) {
	f.Add("ACME", "PARTS", "SKU-1", "P-1", "24.99", "A name", int64(5), int64(1))
	f.Add("A B", "Ä", "S*", "~", ".5", " ", int64(-1), int64(0))
	made, err := client(f, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, from, to, sku, part, price, name string, quantity, number int64) {
		c := *made
		c.sender = Partner{"ZZ", from}
		c.suppliers = map[string]supplier{"a": {Partner: Partner{"ZZ", to}, SKUs: map[string]Item{sku: {Part: part, Quantity: quantity, Price: price, Name: name}}}}
		c.supplierOf = map[string]string{}
		if c.check() != nil {
			return
		}
		o := order(number)
		o.SKU = sku
		text, err := c.Interchange(o)
		if err != nil {
			return
		}
		parsed, err := editest.Parse(string(text))
		if err != nil {
			t.Fatalf("%v:\n%s", err, text)
		}
		want := editest.Line{Quantity: quantity, Unit: "EA", Price: price, Part: part, SKU: sku, Named: name}
		if parsed.Sender != from || parsed.Receiver != to || parsed.Lines[0] != want {
			t.Errorf("%+v is read as %+v", want, parsed)
		}
	})
}
