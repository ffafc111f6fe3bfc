// Package deployment brings the synthesized stacks into the local engine and
// says what stands there afterwards.
//
// The templates are the only description of the topology: they are given to the
// engine's own CloudFormation, changed where the list in treatment.go says so and
// nowhere else. What a value becomes (a queue's address, a function's
// environment) is asked of the engine too, by an output added for it.
package deployment

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// Stack is one synthesized stack.
type Stack struct {
	Name      string
	Template  Template
	artifact  string
	dependsOn []string
}

// Template is what of a template matters here. Everything else is passed on as it is.
type Template struct {
	Resources map[string]*Resource `json:"Resources"`
	Outputs   map[string]*Output   `json:"Outputs,omitzero"`
	Mappings  map[string]any       `json:"Mappings,omitzero"`
	// Conditions are refused: the engine evaluates pseudo parameters in them wrongly.
	Conditions map[string]any `json:"Conditions,omitzero"`
}

// Resource is one resource of a template.
type Resource struct {
	Type       string         `json:"Type"`
	Properties map[string]any `json:"Properties,omitzero"`
	Metadata   map[string]any `json:"Metadata,omitzero"`
	DependsOn  any            `json:"DependsOn,omitzero"`
	Condition  string         `json:"Condition,omitzero"`
}

// Output is one output of a template.
type Output struct {
	Value  any `json:"Value"`
	Export any `json:"Export,omitzero"`
}

type manifest struct {
	Artifacts map[string]struct {
		Type         string   `json:"type"`
		Dependencies []string `json:"dependencies"`
		DisplayName  string   `json:"displayName"`
		Properties   struct {
			TemplateFile  string `json:"templateFile"`
			StackName     string `json:"stackName"`
			DirectoryName string `json:"directoryName"`
		} `json:"properties"`
	} `json:"artifacts"`
}

// ReadAssembly reads the stacks of a synthesized cloud assembly (cdk.out), those
// that others need first.
func ReadAssembly(dir string) ([]Stack, error) {
	stacks, err := readStacks(dir)
	if err != nil {
		return nil, err
	}
	if len(stacks) == 0 {
		return nil, fmt.Errorf("%s holds no stack", dir)
	}
	return inOrder(stacks)
}

func readStacks(dir string) ([]Stack, error) {
	var m manifest
	if err := readJSON(filepath.Join(dir, "manifest.json"), &m); err != nil {
		return nil, err
	}
	var stacks []Stack
	for _, id := range slices.Sorted(maps.Keys(m.Artifacts)) {
		artifact := m.Artifacts[id]
		switch artifact.Type {
		case "cdk:cloud-assembly":
			nested, err := readStacks(filepath.Join(dir, artifact.Properties.DirectoryName))
			if err != nil {
				return nil, err
			}
			stacks = append(stacks, nested...)
		case "aws:cloudformation:stack":
			s := Stack{Name: artifact.Properties.StackName, artifact: id, dependsOn: artifact.Dependencies}
			if s.Name == "" {
				s.Name = id
			}
			if err := readJSON(filepath.Join(dir, artifact.Properties.TemplateFile), &s.Template); err != nil {
				return nil, err
			}
			stacks = append(stacks, s)
		}
	}
	return stacks, nil
}

func inOrder(stacks []Stack) ([]Stack, error) {
	known := map[string]bool{}
	for _, s := range stacks {
		known[s.artifact] = true
	}
	placed := map[string]bool{}
	var ordered []Stack
	for len(ordered) < len(stacks) {
		before := len(ordered)
		for _, s := range stacks {
			waits := slices.ContainsFunc(s.dependsOn, func(d string) bool { return known[d] && !placed[d] })
			if !placed[s.artifact] && !waits {
				placed[s.artifact] = true
				ordered = append(ordered, s)
			}
		}
		if len(ordered) == before {
			return nil, errors.New("the stacks depend on each other in a circle")
		}
	}
	return ordered, nil
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return nil
}

// references are the logical ids an expression mentions by Ref, Fn::GetAtt or Fn::Sub.
func references(expression any) []string {
	var ids []string
	switch e := expression.(type) {
	case []any:
		for _, v := range e {
			ids = append(ids, references(v)...)
		}
	case map[string]any:
		for key, v := range e {
			switch key {
			case "Ref":
				if id, ok := v.(string); ok {
					ids = append(ids, id)
				}
			case "Fn::GetAtt":
				switch at := v.(type) {
				case string:
					id, _, _ := strings.Cut(at, ".")
					ids = append(ids, id)
				case []any:
					if id, ok := at[0].(string); ok {
						ids = append(ids, id)
					}
				}
			case "Fn::Sub":
				text, ok := v.(string)
				if parts, isList := v.([]any); isList && len(parts) > 0 {
					text, ok = parts[0].(string)
					ids = append(ids, references(parts[1:])...)
				}
				for ok {
					var name string
					if _, text, ok = strings.Cut(text, "${"); ok {
						name, text, ok = strings.Cut(text, "}")
						id, _, _ := strings.Cut(name, ".")
						ids = append(ids, id)
					}
				}
			default:
				ids = append(ids, references(v)...)
			}
		}
	}
	return ids
}
