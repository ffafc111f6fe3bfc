package awstest

import (
	"math/big"
	"strings"
)

// update applies an UpdateExpression to next. Right-hand sides read old, the
// item before the update, as in DynamoDB.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
func (e *expression) update(text string, old, next Item) error {
	if err := e.lex(text); err != nil {
		return err
	}
	clauses := map[string]func(string, Item, Item) error{"SET": e.set, "REMOVE": e.remove, "ADD": e.add}
	seen := map[string]bool{}
	touched := map[string]bool{}
	for e.peek() != "" {
		word := strings.ToUpper(e.next())
		clause := clauses[word]
		switch {
		case clause == nil:
			return invalid("Invalid UpdateExpression: %s is not served here", word)
		case seen[word]:
			return invalid("Invalid UpdateExpression: The %q section can only be used once in an update expression", word)
		}
		seen[word] = true
		for {
			name, err := e.target(touched)
			if err != nil {
				return err
			}
			if err := clause(name, old, next); err != nil {
				return err
			}
			if !e.accept(",") {
				break
			}
		}
	}
	if len(seen) == 0 {
		return invalid("Invalid UpdateExpression: The expression can not be empty")
	}
	return nil
}

// target resolves the attribute an action changes; none may be changed twice.
func (e *expression) target(touched map[string]bool) (string, error) {
	name, err := e.name()
	if err != nil {
		return "", err
	}
	if touched[name] {
		return "", invalid("Invalid UpdateExpression: Two document paths overlap with each other; path: [%s]", name)
	}
	touched[name] = true
	return name, nil
}

func (e *expression) set(name string, old, next Item) error {
	if err := e.expect("="); err != nil {
		return err
	}
	a, err := e.term(old)
	if err != nil {
		return err
	}
	for e.peek() == "+" || e.peek() == "-" {
		operator := e.next()
		b, err := e.term(old)
		if err != nil {
			return err
		}
		if a, err = sum(a, b, operator == "-"); err != nil {
			return err
		}
	}
	next[name] = a
	return nil
}

// term is a value, a path that leads somewhere, or if_not_exists(path, term).
func (e *expression) term(old Item) (Attribute, error) {
	if e.accept("if_not_exists") {
		if err := e.expect("("); err != nil {
			return Attribute{}, err
		}
		name, err := e.name()
		if err != nil {
			return Attribute{}, err
		}
		if err := e.expect(","); err != nil {
			return Attribute{}, err
		}
		otherwise, err := e.term(old)
		if err != nil {
			return Attribute{}, err
		}
		if a, ok := old[name]; ok {
			otherwise = a
		}
		return otherwise, e.expect(")")
	}
	a, ok, err := e.operand(old)
	if err == nil && !ok {
		err = invalid("The provided expression refers to an attribute that does not exist in the item")
	}
	return a, err
}

func (e *expression) remove(name string, _, next Item) error {
	delete(next, name)
	return nil
}

func (e *expression) add(name string, old, next Item) error {
	b, err := e.value()
	if err != nil {
		return err
	}
	zero := "0"
	a, ok := old[name]
	if !ok {
		a = Attribute{N: &zero}
	}
	next[name], err = sum(a, b, false)
	return err
}

func sum(a, b Attribute, minus bool) (Attribute, error) {
	if a.N == nil || b.N == nil {
		return Attribute{}, invalid("An operand in the update expression has an incorrect data type")
	}
	x, y := number(*a.N), number(*b.N)
	if x == nil || y == nil {
		return Attribute{}, invalid("The parameter cannot be converted to a numeric value")
	}
	result := new(big.Rat).Add(x, y)
	if minus {
		result.Sub(x, y)
	}
	text := result.RatString()
	if !result.IsInt() {
		text = strings.TrimRight(result.FloatString(38), "0")
	}
	return Attribute{N: &text}, nil
}
