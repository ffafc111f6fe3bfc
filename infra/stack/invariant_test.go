package stack

import "testing"

// An invariant holds for every stage. Its check returns one sentence per
// violation, which says what would happen in operation.
type invariant struct {
	name  string
	check func(assembly) []string
	// breaks are changes to the templates of the variant "everything" or another
	// that the check must find.
	breaks []change
}

// A change breaks one thing in a copy of an assembly.
type change struct {
	name    string
	variant string
	apply   func(*testing.T, assembly)
}

func invariants() []invariant {
	var all []invariant
	groups := [][]invariant{
		edgeInvariants(), accessInvariants(), alarmInvariants(), functionInvariants(), httpInvariants(), lakeInvariants(), topicInvariants(), scheduleInvariants(), timerInvariants(), shapeInvariants(),
	}
	for _, group := range groups {
		all = append(all, group...)
	}
	return all
}

func TestEveryStageKeepsTheInvariants(t *testing.T) {
	for _, v := range variants {
		a := synthesized(t, v.name)
		for _, i := range invariants() {
			t.Run(v.name+"/"+i.name, func(t *testing.T) {
				for _, violation := range i.check(a) {
					t.Error(violation)
				}
			})
		}
	}
}

func TestEveryInvariantFindsABrokenTemplate(t *testing.T) {
	for _, i := range invariants() {
		if len(i.breaks) == 0 {
			t.Errorf("nothing shows that %q can fail", i.name)
		}
		for _, b := range i.breaks {
			t.Run(i.name+"/"+b.name, func(t *testing.T) {
				variant := b.variant
				if variant == "" {
					variant = "everything"
				}
				a := synthesized(t, variant).copied()
				b.apply(t, a)
				if len(i.check(a)) == 0 {
					t.Error("the check did not find it")
				}
			})
		}
	}
}

// of changes the first resource of a type whose logical id begins with the prefix.
func of(kind, prefix string, edit func(*resource)) func(*testing.T, assembly) {
	return func(t *testing.T, a assembly) {
		for _, f := range a.all(kind) {
			if len(f.id) >= len(prefix) && f.id[:len(prefix)] == prefix {
				edit(f.resource)
				return
			}
		}
		t.Fatalf("there is no %s %s to break", kind, prefix)
	}
}

// without removes a property of such a resource, named by its path.
func without(kind, prefix string, path ...any) func(*testing.T, assembly) {
	return of(kind, prefix, func(r *resource) {
		last := path[len(path)-1].(string)
		if parent, ok := r.value(path[:len(path)-1]...).(map[string]any); ok {
			delete(parent, last)
		}
	})
}

// with sets a property of such a resource.
func with(kind, prefix string, value any, path ...any) func(*testing.T, assembly) {
	return of(kind, prefix, func(r *resource) {
		r.value(path[:len(path)-1]...).(map[string]any)[path[len(path)-1].(string)] = value
	})
}

// gone removes the resource itself.
func gone(kind, prefix string) func(*testing.T, assembly) {
	return of(kind, prefix, func(r *resource) { r.Type, r.Properties = "gone", nil })
}

// editStatements edits the statements of a policy in place.
func editStatements(kind, prefix, property string, edit func(map[string]any)) func(*testing.T, assembly) {
	return of(kind, prefix, func(r *resource) {
		for _, s := range r.value(property, "Statement").([]any) {
			edit(s.(map[string]any))
		}
	})
}

// mute makes every Allow for a service a Deny.
func mute(service string) func(map[string]any) {
	return func(s map[string]any) {
		p, ok := s["Principal"].(map[string]any)
		if !ok {
			return
		}
		switch named := p["Service"].(type) {
		case string:
			if named == service {
				s["Effect"] = "Deny"
			}
		case []any:
			for _, n := range named {
				if n == service {
					s["Effect"] = "Deny"
				}
			}
		}
	}
}
