// Package artifact_test checks what was built: the functions' binaries and the
// bill of materials. `make toolchain` and `make sbom` build them and run it.
package artifact_test

import (
	"debug/buildinfo"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFunctionsAreBuiltWithTheToolchain reads the binaries of the folder FUNCTIONS.
func TestFunctionsAreBuiltWithTheToolchain(t *testing.T) {
	dir := os.Getenv("FUNCTIONS")
	if dir == "" {
		t.Skip("FUNCTIONS names no folder of built functions: make toolchain")
	}
	binaries, err := filepath.Glob(filepath.Join(dir, "*", "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	var functions []string
	for line := range strings.Lines(goCommand(t, "list", "-f", "{{if eq .Name \"main\"}}{{.ImportPath}}{{end}}", "./functions/...")) {
		if name := strings.TrimSpace(line); name != "" {
			functions = append(functions, name)
		}
	}
	if len(functions) == 0 || len(binaries) != len(functions) {
		t.Fatalf("%s holds %d binaries, want one for each of %d functions", dir, len(binaries), len(functions))
	}
	want := toolchain(t)
	for _, binary := range binaries {
		info, err := buildinfo.ReadFile(binary)
		if err != nil {
			t.Errorf("%s: %v", binary, err)
			continue
		}
		if info.GoVersion != want {
			t.Errorf("%s: built with %s, want %s, the toolchain of go.mod", binary, info.GoVersion, want)
		}
		settings := map[string]string{}
		for _, s := range info.Settings {
			settings[s.Key] = s.Value
		}
		for key, value := range map[string]string{"-tags": "lambda.norpc", "-trimpath": "true", "CGO_ENABLED": "0", "GOOS": "linux", "GOARCH": filepath.Base(dir)} {
			if settings[key] != value {
				t.Errorf("%s: %s is %q, want %q", binary, key, settings[key], value)
			}
		}
	}
}

func toolchain(t *testing.T) string {
	t.Helper()
	var mod struct{ Toolchain string }
	if err := json.Unmarshal([]byte(goCommand(t, "mod", "edit", "-json")), &mod); err != nil {
		t.Fatal(err)
	}
	if mod.Toolchain == "" {
		t.Fatal("go.mod names no toolchain")
	}
	return mod.Toolchain
}

// TestSBOM compares the document that SBOM names with the modules that the
// packages of the module are built from.
func TestSBOM(t *testing.T) {
	name := os.Getenv("SBOM")
	if name == "" {
		t.Skip("SBOM names no document: make sbom")
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		BOMFormat, SpecVersion string
		Metadata               struct{ Component struct{ Name, Type string } }
		Components             []struct{ Type, Name, Version, PURL string }
		Dependencies           []struct{ Ref string }
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	if document.BOMFormat != "CycloneDX" || document.SpecVersion != "1.6" || document.Metadata.Component.Name != "signalbox" {
		t.Errorf("%s %s about %q, want CycloneDX 1.6 about signalbox", document.BOMFormat, document.SpecVersion, document.Metadata.Component.Name)
	}
	listed := map[string]bool{}
	for _, c := range document.Components {
		listed[c.Name+"@"+c.Version] = true
		if !strings.HasPrefix(c.PURL, "pkg:golang/") || c.Version == "" {
			t.Errorf("component %s: version %q and purl %q, want a version and pkg:golang/", c.Name, c.Version, c.PURL)
		}
	}
	linked := strings.Fields(goCommand(t, "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}@{{.Version}}{{end}}{{end}}", "./functions/...", "./infra/..."))
	if len(linked) == 0 {
		t.Fatal("go list names no module")
	}
	for _, module := range linked {
		if !listed[module] {
			t.Errorf("%s is built in and not listed", module)
			listed[module] = true
		}
	}
	if want := "std@" + toolchain(t); !listed[want] {
		t.Errorf("%s is not listed", want)
	}
	if len(document.Dependencies) < len(document.Components) {
		t.Errorf("%d components have dependencies listed, want all %d", len(document.Dependencies), len(document.Components))
	}
}

func goCommand(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = filepath.Join("..", "..")
	output, err := command.Output()
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(args, " "), err)
	}
	return string(output)
}
