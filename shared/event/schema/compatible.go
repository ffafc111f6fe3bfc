package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"signalbox/shared/strictjson"
)

// Breaks returns the incompatible differences between two schemas, empty if
// there are none. Events of the old schema wait in queues and archives for
// consumers of the new one, and during a deployment consumers of the old schema
// receive events of the new one. So a change may only
//
//   - add a property that may be absent,
//   - change a class, which is not part of the shape.
//
// Everything else needs a new version.
func Breaks(older, newer []byte) ([]string, error) {
	var was, is node
	if err := strictjson.Unmarshal("older schema", older, &was); err != nil {
		return nil, err
	}
	if err := strictjson.Unmarshal("newer schema", newer, &is); err != nil {
		return nil, err
	}
	c := comparison{was: was.Defs, is: is.Defs, met: map[[2]string]bool{}}
	c.compare("data", &was, &is)
	return c.breaks, nil
}

type comparison struct {
	was, is map[string]*node
	met     map[[2]string]bool
	breaks  []string
}

func (c *comparison) say(format string, args ...any) {
	c.breaks = append(c.breaks, fmt.Sprintf(format, args...))
}

func (c *comparison) compare(path string, was, is *node) {
	if was.Ref != "" && is.Ref != "" {
		pair := [2]string{was.Ref, is.Ref}
		if c.met[pair] {
			return
		}
		c.met[pair] = true
	}
	was, is = resolve(was, c.was), resolve(is, c.is)
	if was == nil || is == nil {
		c.say("%s refers to a definition that is missing", path)
		return
	}
	if a, b := shape(was), shape(is); a != b {
		c.say("%s was %s and is %s: neither side can read the other", path, a, b)
		return
	}
	c.properties(path, was, is)
	if was.Items != nil && is.Items != nil {
		c.compare(path+"[]", was.Items, is.Items)
	}
	if was.Values != nil && is.Values != nil {
		c.compare(path+".*", was.Values, is.Values)
	}
}

func (c *comparison) properties(path string, was, is *node) {
	for _, name := range slices.Sorted(maps.Keys(was.Properties)) {
		at := path + "." + name
		property, kept := is.Properties[name]
		if !kept {
			c.say("%s was removed: consumers of the older version rely on it", at)
			continue
		}
		needed, needs := slices.Contains(was.Required, name), slices.Contains(is.Required, name)
		switch {
		case needed && !needs:
			c.say("%s may be absent now: consumers of the older version rely on it", at)
		case !needed && needs:
			c.say("%s must be present now: events already written may lack it", at)
		}
		c.compare(at, was.Properties[name], property)
	}
	for _, name := range slices.Sorted(maps.Keys(is.Properties)) {
		if _, known := was.Properties[name]; !known && slices.Contains(is.Required, name) {
			c.say("%s.%s is new and must be present: events already written lack it", path, name)
		}
	}
}

func resolve(n *node, defs map[string]*node) *node {
	if n.Ref == "" {
		return n
	}
	return defs[strings.TrimPrefix(n.Ref, "#/$defs/")]
}

// shape describes the type of a value without its properties.
func shape(n *node) string {
	words := []string{n.Type, n.Format, n.Pattern, n.Encoding}
	if n.Items != nil {
		words = append(words, "of items")
	}
	if n.Values != nil {
		words = append(words, "of values by any name")
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	if len(words) == 0 {
		return "anything"
	}
	return strings.Join(words, " ")
}
