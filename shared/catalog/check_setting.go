package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// owned are settings that one entry of the catalog declares.
type owned struct {
	owner    string
	settings []Setting
}

// checkSettings finds settings that are not declared well, and names that two
// entries declare: a stage could give the two different values.
func (t tables) checkSettings() error {
	all, err := t.allSettings()
	if err != nil {
		return err
	}
	owners := map[string]string{}
	for _, s := range t.systems {
		owners[strings.ToUpper(s.ID)+"_BASE_URL"] = "system " + s.ID
	}
	for _, o := range all {
		for _, s := range o.settings {
			if err := checkSetting(s); err != nil {
				return fmt.Errorf("%s: %w", o.owner, err)
			}
			if other, taken := owners[s.Name]; taken {
				return fmt.Errorf("%s: setting %s is also of %s; settings of several functions are a group", o.owner, s.Name, other)
			}
			owners[s.Name] = o.owner
		}
	}
	return nil
}

// allSettings returns every declaration once, and finds groups that are none.
func (t tables) allSettings() ([]owned, error) {
	var all []owned
	for _, s := range t.systems {
		all = append(all, owned{"system " + s.ID, s.Settings})
	}
	used := map[string]bool{}
	for _, f := range t.functions {
		all = append(all, owned{"function " + f.Name, f.Settings})
		names := map[string]bool{}
		for _, g := range f.Groups {
			listed := slices.ContainsFunc(t.groups, func(other Group) bool {
				return other.Name == g.Name && slices.Equal(other.Settings, g.Settings)
			})
			if !listed || names[g.Name] {
				return nil, fmt.Errorf("function %s: group %q is named twice or is not in the catalog", f.Name, g.Name)
			}
			names[g.Name], used[g.Name] = true, true
		}
	}
	seen := map[string]bool{}
	for _, g := range t.groups {
		switch {
		case !isName(g.Name, "-", isLower):
			return nil, fmt.Errorf("group %q is not named by words joined by hyphens", g.Name)
		case seen[g.Name]:
			return nil, fmt.Errorf("group %s is in the catalog twice", g.Name)
		case !used[g.Name]:
			return nil, fmt.Errorf("group %s is used by no function", g.Name)
		}
		seen[g.Name] = true
		all = append(all, owned{"group " + g.Name, g.Settings})
	}
	return all, nil
}

func checkSetting(s Setting) error {
	switch {
	case !isName(s.Name, "_", isUpper):
		return fmt.Errorf("setting %q is not upper-case words joined by underscores", s.Name)
	case strings.HasPrefix(s.Name, "SIGNALBOX_"), strings.HasPrefix(s.Name, "AWS_"):
		return fmt.Errorf("setting %s: SIGNALBOX_ and AWS_ are taken", s.Name)
	case s.Help == "":
		return fmt.Errorf("setting %s has no help", s.Name)
	case s.Required && s.Default != "":
		return fmt.Errorf("setting %s is required and has a default", s.Name)
	case s.Required && s.Example == "":
		return fmt.Errorf("setting %s is required and has no example", s.Name)
	}
	return nil
}
