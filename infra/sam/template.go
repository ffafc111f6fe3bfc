package sam

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// found is a function in a synthesized template.
type found struct {
	// template is the path of the template.
	template string
	// asset is the folder of its code.
	asset string
	// arch is the GOARCH it is synthesized for.
	arch string
	// variables are its environment; those of which the template holds more than
	// a plain value, such as a reference to a queue, are null.
	variables map[string]*string
}

// find returns the function whose metadata gives it the readable id name, in
// the templates of a cloud assembly.
func find(assembly, name string) (found, error) {
	templates, err := filepath.Glob(filepath.Join(assembly, "*.template.json"))
	if err != nil {
		return found{}, err
	}
	var others []string
	for _, path := range templates {
		text, err := os.ReadFile(path)
		if err != nil {
			return found{}, err
		}
		functions, err := functionsOf(path, text)
		if err != nil {
			return found{}, fmt.Errorf("%s: %w", path, err)
		}
		if f, ok := functions[name]; ok {
			return f, nil
		}
		others = slices.AppendSeq(others, maps.Keys(functions))
	}
	slices.Sort(others)
	return found{}, fmt.Errorf("no template in %s has a function %s; there are %s", assembly, name, strings.Join(others, ", "))
}

func functionsOf(path string, text []byte) (map[string]found, error) {
	var template struct {
		Resources map[string]struct {
			Type       string
			Properties json.RawMessage
			Metadata   map[string]any
		}
	}
	if err := json.Unmarshal(text, &template); err != nil {
		return nil, err
	}
	functions := map[string]found{}
	for id, r := range template.Resources {
		name, ok := r.Metadata["SamResourceId"].(string)
		if r.Type != "AWS::Lambda::Function" || !ok {
			continue
		}
		var properties struct {
			Architectures []string
			Environment   struct{ Variables map[string]any }
		}
		if err := json.Unmarshal(r.Properties, &properties); err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
		asset, ok := r.Metadata["aws:asset:path"].(string)
		if !ok {
			return nil, fmt.Errorf("%s: expected the metadata aws:asset:path; synthesize with asset metadata", id)
		}
		if !filepath.IsAbs(asset) {
			asset = filepath.Join(filepath.Dir(path), asset)
		}
		f := found{template: path, asset: asset, arch: "amd64", variables: map[string]*string{}}
		if slices.Contains(properties.Architectures, "arm64") {
			f.arch = "arm64"
		}
		for name, value := range properties.Environment.Variables {
			f.variables[name] = nil
			if plain, ok := value.(string); ok {
				f.variables[name] = &plain
			}
		}
		functions[name] = f
	}
	return functions, nil
}
