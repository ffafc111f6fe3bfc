package commercetools

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// serveStock returns a client that may read inventory.
func serveStock(t testing.TB) (*Client, *commercetoolstest.Double, *connectortest.Server) {
	t.Helper()
	double := commercetoolstest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	client, err := New(values(double, server.URL), ViewProducts)
	if err != nil {
		t.Fatal(err)
	}
	return client, double, server
}

func put(t testing.TB, d *commercetoolstest.Double, id, sku string, version int) {
	t.Helper()
	err := d.PutInventory(fmt.Appendf(nil, `{"id":%q,"version":%d,"sku":%q,"quantityOnStock":5,"availableQuantity":-3,"createdAt":"2026-01-01T00:00:00.000Z","lastModifiedAt":"2026-01-01T00:00:00.000Z"}`, id, version, sku))
	if err != nil {
		t.Fatal(err)
	}
}

func TestEntryIsReadByItsID(t *testing.T) {
	client, double, server := serveStock(t)
	put(t, double, "i-1", "A", 7)
	body, err := client.Inventory(t.Context(), "i-1")
	if err != nil || !strings.Contains(string(body), `"version":7`) {
		t.Errorf("Inventory = %s, %v", body, err)
	}
	if body, err := client.Inventory(t.Context(), "i-2"); body != nil || err != nil {
		t.Errorf("an unknown entry: %s, %v", body, err)
	}
	if token := string(server.Exchanges()[0].Body); token != "grant_type=client_credentials&scope=manage_orders%3Aacme-dev+view_products%3Aacme-dev" {
		t.Errorf("token request: %s", token)
	}
}

func TestLevelsAreThoseOfEverySupplyChannel(t *testing.T) {
	client, double, _ := serveStock(t)
	put(t, double, "i-1", `A "quoted" \ SKU`, 7)
	got, err := client.Levels(t.Context(), []string{"TENT-2P-MOSS", "nobody's", `A "quoted" \ SKU`})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[0].Channel == got[1].Channel && got[0].SKU == got[1].SKU {
		t.Errorf("levels %+v; want two channels of the tent and one entry of the other", got)
	}
	want := retail.Level{EntryID: "i-1", SKU: `A "quoted" \ SKU`, Version: 7, QuantityOnStock: 5, AvailableQuantity: -3}
	if !slices.Contains(got, want) {
		t.Errorf("levels %+v lack %+v", got, want)
	}
}

func TestManySKUsAndManyEntriesAreAllRead(t *testing.T) {
	client, double, server := serveStock(t)
	var skus []string
	for i := range 60 {
		skus = append(skus, fmt.Sprint("SKU-", i))
		put(t, double, fmt.Sprint("one-", i), skus[i], 1)
	}
	for i := range 600 {
		put(t, double, fmt.Sprintf("many-%03d", i), "SKU-0", 1)
	}
	got, err := client.Levels(t.Context(), skus)
	if err != nil || len(got) != 660 {
		t.Fatalf("%d levels, %v; want 660", len(got), err)
	}
	ids := map[string]bool{}
	for _, l := range got {
		ids[l.EntryID] = true
	}
	if len(ids) != 660 {
		t.Errorf("%d different entries; want 660", len(ids))
	}
	if n := len(server.Exchanges()); n != 5 {
		t.Errorf("%d requests; want a token and four pages", n)
	}
}

func TestInventoryAnswersThatAreNone(t *testing.T) {
	for name, body := range map[string]string{
		"no page":            `{}`,
		"text":               `<html>`,
		"an entry of none":   `{"results":[{}]}`,
		"results of none":    `{"results":null}`,
		"a SKU that is none": `{"results":[{"id":"i","version":1,"quantityOnStock":1,"availableQuantity":1}]}`,
		"no stock":           `{"results":[{"id":"i","version":1,"sku":"A","availableQuantity":1}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			client, _, server := serveStock(t)
			server.Script(func(r *http.Request) *connectortest.Fault {
				if r.Method == http.MethodGet {
					return &connectortest.Fault{Status: 200, Body: body}
				}
				return nil
			})
			_, err := client.Levels(t.Context(), []string{"A"})
			if f := fault.Of(err); f == nil || f.Kind != fault.Retryable || f.Reason != "commercetools-answer" {
				t.Errorf("Levels: %v; want it tried again", err)
			}
		})
	}
}

func TestInventoryNeedsItsScope(t *testing.T) {
	client, _, _ := serve(t)
	if _, err := client.Levels(t.Context(), []string{"A"}); fault.KindOf(err) != fault.Permanent || !strings.Contains(err.Error(), "insufficient_scope") {
		t.Errorf("Levels: %v", err)
	}
}

func TestInventoryContract(t *testing.T) {
	judge := contract.JudgeBoth(t, "commercetools.json")
	client, _, server := serveStock(t)
	if _, err := client.Levels(t.Context(), []string{"TENT-2P-MOSS", "MAP-TRAIL"}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Inventory(t.Context(), "506b7c8d-9eaf-40b1-8c2d-3e4f5a6b7c8d"); err != nil {
		t.Fatal(err)
	}
	judged := 0
	for _, x := range server.Exchanges() {
		if x.Path != "/oauth/token" {
			judge(x)
			judged++
		}
	}
	if judged != 2 {
		t.Errorf("%d exchanges judged; want 2", judged)
	}
}

// FuzzLevels holds that whatever is answered, levels are whole or an error says not.
func FuzzLevels(f *testing.F) {
	f.Add([]byte(`{"results":[{"id":"i","version":1,"sku":"A","quantityOnStock":-1,"availableQuantity":0}]}`))
	f.Add([]byte(`{"results":[null]}`))
	client, _, server := serveStock(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		server.Script(func(r *http.Request) *connectortest.Fault {
			if r.Method == http.MethodGet {
				return &connectortest.Fault{Status: 200, Body: string(body)}
			}
			return nil
		})
		levels, err := client.Levels(t.Context(), []string{"A"})
		if err != nil && len(levels) > 0 {
			t.Errorf("levels beside %v", err)
		}
		for _, l := range levels {
			if p := (retail.InventoryChanged{Level: l}); p.Validate() != nil {
				t.Errorf("%s became %+v", body, l)
			}
		}
	})
}
