package doubles_test

import (
	"testing"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/connectortest/doubles"
)

func TestEverySystemHasADoubleWithItsSettingsAndSecret(t *testing.T) {
	all := doubles.All()
	for _, system := range catalog.Systems {
		double := all[system.ID]
		if double == nil {
			t.Errorf("%s has no double", system.ID)
			continue
		}
		d := double()
		if d.System() != system.ID {
			t.Errorf("the double of %s is named %s", system.ID, d.System())
		}
		secret := d.Secret()
		for _, key := range system.Secret {
			if secret[key] == "" {
				t.Errorf("the double of %s has no %s in its secret", system.ID, key)
			}
		}
		settings := d.Settings("http://127.0.0.1:1")
		for _, s := range system.Settings {
			if s.Required && settings[s.Name] == "" && s.Example == "" {
				t.Errorf("nothing gives %s for the double of %s", s.Name, system.ID)
			}
		}
	}
	if len(all) != len(catalog.Systems) {
		t.Errorf("%d doubles for %d systems", len(all), len(catalog.Systems))
	}
}
