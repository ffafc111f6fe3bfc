package commercetools

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// lineOf is the id of a line of the order that the samples' returns are of.
func lineOf(n int) string { return fmt.Sprintf("55ee%04d-7096-4fc3-90b2-4e5f60718205", n) }

// returning is the order that a message about returns is about, in the version
// that it reports, with the given returns.
func returning(t testing.TB, n object, infos ...any) object {
	o := theOrder(t)
	o["paymentState"], o["version"] = "Paid", n["resourceVersion"]
	o["orderNumber"] = n["resourceUserProvidedIdentifiers"].(object)["orderNumber"]
	return with(with(o, "id", n["resource"].(object)["id"]), "returnInfo", infos)
}

func piece(id string, line, quantity int, state string) object {
	return object{"type": "LineItemReturnItem", "id": id, "quantity": quantity, "lineItemId": lineOf(line), "shipmentState": state, "paymentState": "Initial"}
}

func parcelOf(items ...any) object { return object{"items": items} }

// openReturn opens a message about returns of an order that reads as given.
func openReturn(t testing.TB, n, o object) ([]event.Raw, error) {
	t.Helper()
	s := source(t)
	s.Shop = fetch(func(string) ([]byte, error) { return encode(t, o), nil })
	return s.Open(t.Context(), encode(t, n))
}

func TestSamplesOfReturnsBecomeEvents(t *testing.T) {
	const own = "../../../events-samples/signalbox/"
	for name, goldens := range map[string][]string{
		"return-info-added.json":          {own + "return.requested.json"},
		"return-info-set.json":            {own + "return.requested.keyed.json", own + "return.requested.arrived.json", own + "return.received.returned.json"},
		"return-state-back-in-stock.json": {own + "return.received.json"},
		"return-state-unusable.json":      {own + "return.received.unusable.json"},
	} {
		t.Run(name, func(t *testing.T) {
			n := decode(t, sample(t, name))
			var o object
			switch info := n["returnInfo"].(type) {
			case []any:
				o = returning(t, n, info...)
			case object:
				o = returning(t, n, info)
			default:
				line, quantity := 1, 2
				if name == "return-state-unusable.json" {
					line, quantity = 3, 1
				}
				o = returning(t, n, parcelOf(piece(n["returnItemId"].(string), line, quantity, "Advised")))
			}
			events, err := openReturn(t, n, o)
			if err != nil || len(events) != len(goldens) {
				t.Fatalf("Open = %d events, %v; want %d", len(events), err, len(goldens))
			}
			for i, golden := range goldens {
				got, err := event.Encode(events[i])
				if err != nil {
					t.Fatal(err)
				}
				compareGolden(t, golden, got)
			}
		})
	}
}

func ids(events []event.Raw) (all []string) {
	for _, e := range events {
		all = append(all, string(e.Type)+" "+e.ID)
	}
	return all
}

// Whichever message reports a return, and however often, it is one event.
func TestReturnIsOneEvent(t *testing.T) {
	n := decode(t, sample(t, "return-info-added.json"))
	item := piece("i-1", 1, 1, "Returned")
	keyed := with(item, "key", "k-1")
	added := with(n, "returnInfo", parcelOf(item))
	first, err := openReturn(t, added, returning(t, n, parcelOf(item)))
	if err != nil || len(first) != 2 || !first[0].Refetched || !first[1].Refetched {
		t.Fatalf("Open = %v, %v; want return.requested and return.received, marked as read again", ids(first), err)
	}
	bare := with(with(added, "returnInfo", nil), "payloadNotIncluded", object{"reason": "Payload too large.", "payloadType": "ReturnInfoAdded"})
	set := with(with(added, "type", "ReturnInfoSet"), "returnInfo", []any{parcelOf(item)})
	state := with(with(with(added, "type", "OrderReturnShipmentStateChanged"), "returnItemId", "i-1"), "returnShipmentState", "Returned")
	stateBare := with(bare, "payloadNotIncluded", object{"payloadType": "OrderReturnShipmentStateChanged"})
	for sentence, test := range map[string]struct {
		n, item object
		want    []string
	}{
		"reported again":                              {with(added, "id", "another"), item, ids(first)},
		"set among all returns":                       {set, item, ids(first)},
		"reported without payload":                    {bare, item, ids(first)},
		"reported by its state":                       {state, item, ids(first)[1:]},
		"reported by its state, without payload":      {stateBare, item, ids(first)[1:]},
		"in a state the order has left by then":       {state, with(item, "shipmentState", "Unusable"), ids(first)[1:]},
		"of which the order knows more by then":       {with(added, "resourceVersion", 1), with(item, "comment", "late"), ids(first)},
		"without payload, in the state it has by now": {stateBare, with(item, "shipmentState", "Advised"), nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			events, err := openReturn(t, test.n, returning(t, n, parcelOf(test.item)))
			var ignored *Ignored
			if diff := cmp.Diff(test.want, ids(events)); diff != "" || err != nil && (test.want != nil || !errors.As(err, &ignored) || ignored.Reason != "return-without-items") {
				t.Errorf("Open: %v\n%s", err, diff)
			}
		})
	}
	// setReturnInfo gives an item another id: its key shows that it is the same.
	a, errA := openReturn(t, with(set, "returnInfo", []any{parcelOf(keyed)}), returning(t, n, parcelOf(keyed)))
	again := with(keyed, "id", "i-2")
	b, errB := openReturn(t, with(set, "returnInfo", []any{parcelOf(again)}), returning(t, n, parcelOf(again)))
	if diff := cmp.Diff(ids(a), ids(b)); diff != "" || errA != nil || errB != nil || len(a) != 2 {
		t.Errorf("set twice: %v, %v\n%s", errA, errB, diff)
	}
	if a[0].ID == first[0].ID {
		t.Error("an item with a key and one without are one")
	}
}

func TestWhatReturnedPiecesAreWorth(t *testing.T) {
	n := decode(t, sample(t, "return-state-back-in-stock.json"))
	n["returnItemId"] = "i"
	// Four pieces of a line cost 1,512 with tax and 1,400 without.
	for sentence, test := range map[string]struct {
		infos  []any
		change func(o object)
		want   any // nil if it is unknown
	}{
		"all of a line":                           {[]any{parcelOf(piece("i", 1, 4, "Returned"))}, nil, 1512},
		"one of four":                             {[]any{parcelOf(piece("i", 1, 1, "Returned"))}, nil, 378},
		"without tax where none was calculated":   {[]any{parcelOf(piece("i", 1, 1, "Returned"))}, func(o object) { delete(o, "taxedPrice") }, 350},
		"the first of three that cost ten":        {[]any{parcelOf(piece("i", 1, 1, "Returned"))}, threeForTen, 3},
		"the second, in another parcel":           {[]any{parcelOf(piece("x", 1, 1, "Returned")), parcelOf(piece("i", 1, 1, "Returned"))}, threeForTen, 3},
		"the third, which makes it whole":         {[]any{parcelOf(piece("x", 1, 2, "Returned"), piece("i", 1, 1, "Returned"))}, threeForTen, 4},
		"a fourth that never was":                 {[]any{parcelOf(piece("x", 1, 3, "Returned"), piece("i", 1, 1, "Returned"))}, threeForTen, 0},
		"more than there were":                    {[]any{parcelOf(piece("i", 1, 9, "Returned"))}, threeForTen, 10},
		"beside pieces of another line":           {[]any{parcelOf(piece("x", 2, 3, "Returned"), piece("i", 1, 1, "Returned"))}, nil, 378},
		"a line that was a discount":              {[]any{parcelOf(piece("i", 1, 1, "Returned"))}, func(o object) { delete(o, "taxedPrice"); o["totalPrice"] = usd(-5) }, 0},
		"unknown under a discount of the order's": {[]any{parcelOf(piece("i", 1, 1, "Returned"))}, func(o object) { o["discountOnTotalPrice"] = object{} }, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			o := returning(t, n, test.infos...)
			if line := o["lineItems"].([]any)[0].(object); test.change != nil {
				test.change(line)
				if line["discountOnTotalPrice"] != nil {
					o["discountOnTotalPrice"] = object{"discountedAmount": usd(5)}
				}
			}
			events, err := openReturn(t, n, o)
			if err != nil || len(events) != 1 {
				t.Fatalf("Open = %d events, %v", len(events), err)
			}
			e, err := event.As[retail.ReturnReceived](events[0])
			if err != nil {
				t.Fatal(err)
			}
			switch value := e.Data.Value; {
			case test.want == nil && value != nil, test.want != nil && value == nil:
				t.Errorf("worth %+v, want %v", value, test.want)
			case value != nil && (value.Amount != int64(test.want.(int)) || value.Currency != "USD" || value.FractionDigits != 2):
				t.Errorf("worth %+v, want %v", *value, test.want)
			}
		})
	}
}

func threeForTen(line object) {
	delete(line, "taxedPrice")
	line["quantity"], line["totalPrice"] = 3, usd(10)
}

func TestItemSaysWhatIsKnownOfItsLine(t *testing.T) {
	n := decode(t, sample(t, "return-info-added.json"))
	wrap := object{"id": "i-2", "customLineItemId": "c-1", "quantity": 1, "shipmentState": "Returned", "paymentState": "NotRefunded", "comment": "torn"}
	o := returning(t, n)
	line := o["lineItems"].([]any)[0].(object)
	line["supplyChannel"] = object{"typeId": "channel", "id": "north"}
	o["customLineItems"] = []any{object{"id": "c-1", "name": object{"en-US": "Gift wrap"}, "slug": "wrap", "money": usd(500), "quantity": 1, "totalPrice": usd(500)}}
	events, err := openReturn(t, with(n, "returnInfo", object{"items": []any{piece("i-1", 1, 3, "Advised"), wrap}, "returnTrackingId": "794"}), o)
	if err != nil || len(events) != 2 {
		t.Fatalf("Open = %d events, %v", len(events), err)
	}
	requested, errA := event.As[retail.ReturnRequested](events[0])
	received, errB := event.As[retail.ReturnReceived](events[1])
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	want := []retail.ReturnItem{
		{ID: "i-1", LineID: lineOf(1), SKU: "PATCH-001", Name: "Troop patch no. 1", Channel: "north", Quantity: 3, Condition: retail.Advised, WeightGrams: 12},
		{ID: "i-2", LineID: "c-1", Name: "Gift wrap", Quantity: 1, Condition: retail.Returned, Comment: "torn"},
	}
	if diff := cmp.Diff(want, requested.Data.Items); diff != "" {
		t.Error(diff)
	}
	if d := requested.Data; d.TrackingNumber != "794" || d.From == nil || d.Customer.ID == "" || d.ReturnID != "i-1" {
		t.Errorf("requested %+v", d)
	}
	if d := received.Data; d.Item != want[1] || d.Settled != "not-refunded" || d.Value.Amount != 500 {
		t.Errorf("received %+v", d)
	}
}

func TestReturnsThatAreWrongNameTheField(t *testing.T) {
	const item = "notification.returnInfo.items[0]"
	for sentence, test := range map[string]struct {
		change func(n, item object)
		want   string
	}{
		"another project":                   {func(n, _ object) { n["projectKey"] = "stranger" }, "commercetools-foreign-project: message: expected the project of this stage"},
		"no order":                          {func(n, _ object) { n["resource"] = object{"typeId": "payment", "id": "p"} }, `invalid-event: notification.resource.typeId: expected "order"`},
		"text":                              {func(n, _ object) { n["returnInfo"] = "all of it" }, "invalid-event: notification.returnInfo: expected an object or an array"},
		"an item without id":                {func(_, i object) { delete(i, "id") }, "invalid-event: " + item + ".id: expected a non-empty string"},
		"no pieces":                         {func(_, i object) { i["quantity"] = 0 }, "invalid-event: " + item + ".quantity: expected a whole number above 0"},
		"an unknown state":                  {func(_, i object) { i["shipmentState"] = "Lost" }, "invalid-event: " + item + ".shipmentState: expected Advised, Returned, BackInStock or Unusable"},
		"no line":                           {func(_, i object) { delete(i, "lineItemId") }, "invalid-event: " + item + ".lineItemId: expected a non-empty string"},
		"a line of another order":           {func(_, i object) { i["lineItemId"] = "x" }, "invalid-event: " + item + ".lineItemId: expected a line item of the order"},
		"a fee of another order":            {func(_, i object) { delete(i, "lineItemId"); i["customLineItemId"] = "x" }, "invalid-event: " + item + ".customLineItemId: expected a custom line item of the order"},
		"an item in an array":               {func(n, i object) { i["quantity"] = 0; n["returnInfo"] = []any{n["returnInfo"]} }, "invalid-event: notification.returnInfo[0].items[0].quantity: expected a whole number above 0"},
		"a version not read yet":            {func(n, _ object) { n["resourceVersion"] = 99 }, "commercetools-behind: order: expected at least the reported version"},
		"a state without an item":           {stateOf(object{"returnShipmentState": "Returned"}), "invalid-event: notification.returnItemId: expected a non-empty string"},
		"an item without a state":           {stateOf(object{"returnItemId": "i"}), "invalid-event: notification.returnShipmentState: expected the name of a state"},
		"an item of another order":          {stateOf(object{"returnItemId": "x", "returnShipmentState": "Returned"}), "invalid-event: notification.returnItemId: expected a return item of the order"},
		"a state nothing follows of":        {stateOf(object{"returnItemId": "i", "returnShipmentState": "Advised"}), "ignored: return-Advised"},
		"an unmapped state":                 {stateOf(object{"returnItemId": "i", "returnShipmentState": "Lost"}), "ignored: return-Lost"},
		"returns that were all set to none": {func(n, _ object) { n["type"] = "ReturnInfoSet"; delete(n, "returnInfo") }, "ignored: return-without-items"},
		"a return of nothing":               {func(n, _ object) { n["returnInfo"] = object{"items": []any{}} }, "ignored: return-without-items"},
	} {
		t.Run(sentence, func(t *testing.T) {
			n := decode(t, sample(t, "return-info-added.json"))
			o := returning(t, n, parcelOf(piece("i", 1, 1, "Advised")))
			test.change(n, n["returnInfo"].(object)["items"].([]any)[0].(object))
			events, err := openReturn(t, n, o)
			if err == nil || err.Error() != test.want || len(events) != 0 {
				t.Errorf("Open = %d events, %v; want %s", len(events), err, test.want)
			}
		})
	}
}

// stateOf makes an OrderReturnShipmentStateChanged of a message.
func stateOf(fields object) func(n, _ object) {
	return func(n, _ object) {
		n["type"] = "OrderReturnShipmentStateChanged"
		delete(n, "returnInfo")
		for name, value := range fields {
			n[name] = value
		}
	}
}

// Whatever a message and an order say of returns, what becomes of it is decided.
func FuzzReturns(f *testing.F) {
	f.Add([]byte(`{"items":[{"id":"i","lineItemId":"`+lineOf(1)+`","quantity":3,"shipmentState":"Returned"}]}`), []byte(`[{"items":[{"id":"x","quantity":1,"lineItemId":"`+lineOf(1)+`"}]}]`))
	f.Add([]byte(`[{"items":[{"id":"i","key":"k","customLineItemId":"c","quantity":1,"shipmentState":"Advised"}]},null]`), []byte(`[null]`))
	f.Add([]byte(`null`), []byte(`null`))
	n := decode(f, sample(f, "return-info-added.json"))
	delete(n, "returnInfo")
	o := returning(f, n)
	delete(o, "returnInfo")
	message, order := encode(f, n), encode(f, o)
	f.Fuzz(func(t *testing.T, reported, known []byte) {
		join := func(whole, value []byte) []byte {
			return append(append(append([]byte{}, whole[:len(whole)-1]...), `,"returnInfo":`...), append(append([]byte{}, value...), '}')...)
		}
		s := source(t)
		s.Shop = fetch(func(string) ([]byte, error) { return join(order, known), nil })
		checkOpened(t, s, join(message, reported))
	})
}

func TestReturnIsOfTheTimeItWasToldAt(t *testing.T) {
	n := decode(t, sample(t, "return-info-added.json"))
	events, err := openReturn(t, n, returning(t, n))
	if err != nil || len(events) != 1 || events[0].Time.Format(time.RFC3339) != "2026-03-16T08:12:44Z" {
		t.Errorf("Open = %v, %v", events, err)
	}
	broken := fault.Retry("commercetools-503", 0, nil)
	s := source(t)
	s.Shop = fetch(func(string) ([]byte, error) { return nil, broken })
	if _, err := s.Open(t.Context(), encode(t, n)); err != broken {
		t.Errorf("Open: %v; want what reading the order met", err)
	}
}
