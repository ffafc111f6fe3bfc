package readme

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/infra/alarm"
	"signalbox/shared/catalog"
)

func TestREADMEFollowsTheCatalog(t *testing.T) {
	got, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	want, err := Render(string(got))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("README.md says something else than the catalog; run %q\n%s", Update, diff)
	}
}

const marked = "intro\n<!-- begin alarms -->\n<!-- end alarms -->\n<!-- begin functions -->\na former table\n<!-- end functions -->\nbetween\n<!-- begin events -->\n<!-- end events -->\n<!-- begin systems -->\n<!-- end systems -->\n<!-- begin settings -->\n<!-- end settings -->\n<!-- begin subscription -->\n<!-- end subscription -->\nrest\n"

func TestRenderChangesOnlyWhatIsMarked(t *testing.T) {
	got, err := Render(marked)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got, "a former table") {
		t.Error("a former table is still there")
	}
	for _, kept := range []string{"intro\n", "\nbetween\n", "\nrest\n"} {
		if !strings.Contains(got, kept) {
			t.Errorf("%q is gone", kept)
		}
	}
	if again, err := Render(got); err != nil || again != got {
		t.Errorf("rendering twice changed it: %v", err)
	}
}

func TestRenderTellsEverything(t *testing.T) {
	got, err := Render(marked)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range catalog.Functions {
		if !strings.Contains(got, "| `"+f.Name+"` |") || !strings.Contains(got, f.Does) {
			t.Errorf("function %s is not in the table", f.Name)
		}
		for _, s := range f.Settings {
			if !strings.Contains(got, "| `"+s.Name+"` | `"+f.Name+"` |") {
				t.Errorf("setting %s of %s is not in the table", s.Name, f.Name)
			}
		}
	}
	for _, k := range alarm.Kinds() {
		if !strings.Contains(got, `<a id="`+k.Anchor()+`"></a>`) || !strings.Contains(got, k.Means) || !strings.Contains(got, k.Do) {
			t.Errorf("alarm %s is not in the table", k.ID)
		}
	}
	for _, e := range catalog.Events {
		if !strings.Contains(got, "| `"+string(e.Type())+"` | "+e.Means) {
			t.Errorf("event %s is not in the table", e.Type())
		}
	}
	for _, s := range catalog.Systems {
		for _, key := range s.Secret {
			if !strings.Contains(got, "`"+key+"`") {
				t.Errorf("secret key %s of %s is not in the table", key, s.ID)
			}
		}
		for _, setting := range s.Settings {
			if !strings.Contains(got, "| `"+setting.Name+"` | "+s.Title+" |") {
				t.Errorf("setting %s of %s is not in the table", setting.Name, s.ID)
			}
		}
	}
}

func TestRenderRefusesAReadmeWithoutItsMarkers(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"a marker is missing", strings.Replace(marked, "<!-- begin systems -->\n", "", 1)},
		{"a section is marked twice", marked + "<!-- begin systems -->\n<!-- end systems -->\n"},
		{"a section ends before it begins", strings.Replace(strings.Replace(marked, "<!-- begin systems -->\n", "", 1), "rest\n", "<!-- begin systems -->\nrest\n", 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Render(c.text); err == nil || !strings.Contains(err.Error(), "systems") {
				t.Errorf("got error %v, expected one that names the section systems", err)
			}
		})
	}
}
