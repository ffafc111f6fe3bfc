package build

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// checkout makes the files that stacks follow from.
func checkout(t *testing.T) string {
	root := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "infra/main.go", "infra/stack/a.go", "infra/construct/a.go", "infra/stage/a.go", "infra/alarm/a.go",
		"shared/catalog/a.go", "shared/config/a.go", "shared/event/retail/a.go"} {
		write(t, filepath.Join(root, name), "package a")
	}
	write(t, filepath.Join(root, "cdk.json"), `{"context":{"stages":{"dev":{"account":"123456789012","region":"eu-central-1","systems":{"fedex":{}},"ingress":{"silenceMinutes":5}},"bare":{}}}}`)
	return root
}

func TestStacksAreCurrentUntilSomethingTheyFollowFromChanges(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(t *testing.T, root string)
		current bool
	}{
		"nothing changed":               {func(*testing.T, string) {}, true},
		"a handler changed":             {func(t *testing.T, root string) { write(t, filepath.Join(root, "functions/f/handler.go"), "package f") }, true},
		"a test changed":                {func(t *testing.T, root string) { write(t, filepath.Join(root, "infra/stack/a_test.go"), "package a") }, true},
		"the catalog changed":           {func(t *testing.T, root string) { write(t, filepath.Join(root, "shared/catalog/a.go"), "package b") }, false},
		"a construct was added":         {func(t *testing.T, root string) { write(t, filepath.Join(root, "infra/construct/b.go"), "package a") }, false},
		"an alarm changed":              {func(t *testing.T, root string) { write(t, filepath.Join(root, "infra/alarm/b.go"), "package a") }, false},
		"cdk.json changed":              {func(t *testing.T, root string) { write(t, filepath.Join(root, "cdk.json"), `{}`) }, false},
		"a dependency changed":          {func(t *testing.T, root string) { write(t, filepath.Join(root, "go.sum"), "x") }, false},
		"the templates were taken away": {func(t *testing.T, root string) { _ = os.RemoveAll(filepath.Join(root, ".local/cdk.out/dev")) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			root := checkout(t)
			s := NewStacks(root, "dev")
			if current, err := s.Current(); err != nil || current {
				t.Fatalf("current before the first synthesis: %v, %v", current, err)
			}
			sum, err := s.inputs()
			if err != nil {
				t.Fatal(err)
			}
			write(t, s.stampFile(), sum+"\n")
			write(t, filepath.Join(s.Assembly(), "manifest.json"), "{}")
			c.change(t, root)
			current, err := s.Current()
			if err != nil {
				t.Fatal(err)
			}
			if current != c.current {
				t.Errorf("current: %v", current)
			}
		})
	}
}

func TestTheStageIsChangedInWhatBelongsToTheMachine(t *testing.T) {
	text, err := NewStacks(checkout(t), "dev").context()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Stage, Arch string
		Stages      map[string]struct {
			Account, Region string
			Systems         map[string]any
			Ingress         struct {
				SNS            bool
				EventBridge    string
				SilenceMinutes int
			}
		}
	}
	if err := json.Unmarshal(text, &got, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	dev := got.Stages["dev"]
	if got.Stage != "dev" || got.Arch != runtime.GOARCH {
		t.Errorf("stage %q, arch %q", got.Stage, got.Arch)
	}
	if dev.Account != "" || dev.Region != "" {
		t.Errorf("account %q, region %q stayed", dev.Account, dev.Region)
	}
	if !dev.Ingress.SNS || dev.Ingress.EventBridge != PartnerSource {
		t.Errorf("ways in: %+v", dev.Ingress)
	}
	if len(dev.Systems) != 1 || dev.Ingress.SilenceMinutes != 5 {
		t.Error("what a customer says was changed")
	}
}

func TestAStageThatDoesNotExistIsNamedWithThoseThatDo(t *testing.T) {
	_, err := NewStacks(checkout(t), "prod").context()
	if err == nil || !strings.Contains(err.Error(), `"prod"`) || !strings.Contains(err.Error(), "bare, dev") {
		t.Errorf("got %v", err)
	}
}

func TestAProgramIsReplacedOnlyByAnother(t *testing.T) {
	dir := t.TempDir()
	fresh, path := filepath.Join(dir, "fresh"), filepath.Join(dir, "f", "bootstrap")
	for _, c := range []struct {
		program string
		moved   bool
	}{{"one", true}, {"one", false}, {"two", true}} {
		write(t, fresh, c.program)
		moved, err := replace(fresh, path)
		if err != nil {
			t.Fatal(err)
		}
		if moved != c.moved {
			t.Errorf("%s: moved %v", c.program, moved)
		}
		text, err := os.ReadFile(path)
		if err != nil || string(text) != c.program {
			t.Errorf("there is %q, %v", text, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o755 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	}
}
