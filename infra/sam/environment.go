package sam

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// split gives every variable of the function's template a value, local ones
// before the template's own, and returns those beside the local ones that the
// template does not name. SAM CLI drops such variables without a word.
func split(variables map[string]*string, local map[string]string) (named, rest map[string]string, err error) {
	named, rest = map[string]string{}, maps.Clone(local)
	var open []string
	for name, value := range variables {
		switch given, ok := local[name]; {
		case ok:
			named[name] = given
			delete(rest, name)
		case value != nil:
			named[name] = *value
		default:
			open = append(open, name)
		}
	}
	if len(open) > 0 {
		slices.Sort(open)
		return nil, nil, fmt.Errorf("the template refers to other resources in %s, for which there is no local value", strings.Join(open, ", "))
	}
	return named, rest, nil
}
