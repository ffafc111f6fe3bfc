package local

import (
	"os"
	"path/filepath"
	"testing"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
)

func TestEverySystemOfTheCatalogHasADouble(t *testing.T) {
	for _, s := range catalog.Systems {
		v, err := serve([]string{s.ID})
		if err != nil {
			t.Error(err)
			continue
		}
		one, other := v.environment(s.ID, "one")[config.BaseURLName(s.ID)], v.environment(s.ID, "other")[config.BaseURLName(s.ID)]
		if one != v.Server(s.ID).AddressOf("one") || one == other {
			t.Errorf("%s is addressed at %q by one function and at %q by another", s.ID, one, other)
		}
		v.close()
	}
}

func TestASystemWithoutADoubleIsNamed(t *testing.T) {
	if _, err := serve([]string{"dhl"}); err == nil {
		t.Error("a system without a double passed")
	}
}

// orders is what a double of a shop lets look at.
type orders interface {
	Order(id string) ([]byte, bool)
	PutOrder([]byte) error
}

func TestARepeatedNotificationDoesNotUndoWhatHappenedSince(t *testing.T) {
	v, err := serve([]string{"commercetools"})
	if err != nil {
		t.Fatal(err)
	}
	defer v.close()
	body, err := os.ReadFile(filepath.Join("..", "..", "events-samples", "commercetools", "order-created.json"))
	if err != nil {
		t.Fatal(err)
	}
	const id = "6f2d8c1e-4b7a-4e0d-9c35-a1b2c3d4e501"
	if err := v.Notify(body); err != nil {
		t.Fatal(err)
	}
	shop := v.Server("commercetools").Double.(orders)
	if _, ok := shop.Order(id); !ok {
		t.Fatal("the shop does not know the order it announced")
	}
	if err := shop.PutOrder([]byte(`{"id":"` + id + `","version":9}`)); err != nil {
		t.Fatal(err)
	}
	if err := v.Notify(body); err != nil {
		t.Fatal(err)
	}
	if order, _ := shop.Order(id); len(order) > 100 {
		t.Error("the repetition brought the order back to its beginning")
	}
}
