package awstest

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
)

// expression evaluates DynamoDB's expressions over top-level attributes, with
// the placeholders of one request.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
type expression struct {
	names  map[string]string
	values map[string]Attribute
	used   map[string]bool

	tokens []string
}

func newExpression(names map[string]string, values map[string]Attribute) *expression {
	return &expression{names: names, values: values, used: map[string]bool{}}
}

var token = regexp.MustCompile(`^(?:[#:]?[A-Za-z_][A-Za-z0-9_]*|[#:][A-Za-z0-9_]+|<>|<=|>=|[=<>(),+\-])`)

func (e *expression) lex(text string) error {
	e.tokens = nil
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		t := token.FindString(text)
		if t == "" {
			return invalid("Invalid expression: syntax error near %q (nested paths are not served here)", text)
		}
		e.tokens = append(e.tokens, t)
		text = text[len(t):]
	}
	return nil
}

func (e *expression) peek() string {
	if len(e.tokens) == 0 {
		return ""
	}
	return e.tokens[0]
}

func (e *expression) next() string {
	t := e.peek()
	if t != "" {
		e.tokens = e.tokens[1:]
	}
	return t
}

func (e *expression) accept(word string) bool {
	if strings.EqualFold(e.peek(), word) {
		e.next()
		return true
	}
	return false
}

func (e *expression) expect(word string) error {
	if !e.accept(word) {
		return invalid("Invalid expression: expected %s near %q", word, e.peek())
	}
	return nil
}

// allUsed refuses placeholders no expression used, as DynamoDB does.
func (e *expression) allUsed() error {
	for name := range e.names {
		if !e.used[name] {
			return invalid("Value provided in ExpressionAttributeNames unused in expressions: keys: {%s}", name)
		}
	}
	for name := range e.values {
		if !e.used[name] {
			return invalid("Value provided in ExpressionAttributeValues unused in expressions: keys: {%s}", name)
		}
	}
	return nil
}

// condition parses text whole and evaluates it on item, which is nil if there is none.
func (e *expression) condition(text string, item Item) (bool, error) {
	if err := e.lex(text); err != nil {
		return false, err
	}
	holds, err := e.or(item)
	if err == nil && e.peek() != "" {
		err = invalid("Invalid ConditionExpression: syntax error near %q", e.peek())
	}
	return holds, err
}

// Both sides are always parsed, so that a wrong expression is refused whatever
// the item holds.
func (e *expression) or(item Item) (bool, error) {
	holds, err := e.and(item)
	for err == nil && e.accept("OR") {
		var right bool
		right, err = e.and(item)
		holds = holds || right
	}
	return holds, err
}

func (e *expression) and(item Item) (bool, error) {
	holds, err := e.not(item)
	for err == nil && e.accept("AND") {
		var right bool
		right, err = e.not(item)
		holds = holds && right
	}
	return holds, err
}

func (e *expression) not(item Item) (bool, error) {
	if e.accept("NOT") {
		holds, err := e.not(item)
		return !holds, err
	}
	if e.accept("(") {
		holds, err := e.or(item)
		if err != nil {
			return false, err
		}
		return holds, e.expect(")")
	}
	if f := e.peek(); len(e.tokens) > 1 && e.tokens[1] == "(" {
		e.next()
		return e.exists(f, item)
	}
	return e.comparison(item)
}

func (e *expression) exists(function string, item Item) (bool, error) {
	if function != "attribute_exists" && function != "attribute_not_exists" {
		return false, invalid("Invalid expression: function %s is not served here", function)
	}
	if err := e.expect("("); err != nil {
		return false, err
	}
	name, err := e.name()
	if err != nil {
		return false, err
	}
	_, ok := item[name]
	return ok == (function == "attribute_exists"), e.expect(")")
}

func (e *expression) comparison(item Item) (bool, error) {
	left, leftOK, err := e.operand(item)
	if err != nil {
		return false, err
	}
	operator := e.next()
	if !slices.Contains([]string{"=", "<>", "<", "<=", ">", ">="}, operator) {
		return false, invalid("Invalid expression: operator %q is not served here", operator)
	}
	right, rightOK, err := e.operand(item)
	if err != nil {
		return false, err
	}
	if !leftOK || !rightOK {
		// An attribute that is not there differs from everything and is not ordered.
		return operator == "<>", nil
	}
	switch operator {
	case "=":
		return equal(left, right), nil
	case "<>":
		return !equal(left, right), nil
	}
	order, ok := compare(left, right)
	switch {
	case !ok:
		return false, nil
	case operator == "<":
		return order < 0, nil
	case operator == "<=":
		return order <= 0, nil
	case operator == ">":
		return order > 0, nil
	default:
		return order >= 0, nil
	}
}

// operand is a value placeholder or a path; ok is false if the path leads nowhere.
func (e *expression) operand(item Item) (a Attribute, ok bool, err error) {
	if strings.HasPrefix(e.peek(), ":") {
		a, err = e.value()
		return a, true, err
	}
	name, err := e.name()
	if err != nil {
		return Attribute{}, false, err
	}
	a, ok = item[name]
	return a, ok, nil
}

func (e *expression) value() (Attribute, error) {
	t := e.next()
	a, ok := e.values[t]
	if !ok {
		return a, invalid("Invalid expression: An expression attribute value used in expression is not defined; attribute value: %s", t)
	}
	if a.kinds() != 1 {
		return a, invalid("ExpressionAttributeValues contains invalid value for key %s", t)
	}
	e.used[t] = true
	return a, nil
}

func (e *expression) name() (string, error) {
	t := e.next()
	switch {
	case strings.HasPrefix(t, "#"):
		name, ok := e.names[t]
		if !ok {
			return "", invalid("Invalid expression: An expression attribute name used in the document path is not defined; attribute name: %s", t)
		}
		e.used[t] = true
		return name, nil
	case t == "" || !isWord(t):
		return "", invalid("Invalid expression: expected an attribute near %q", t)
	case reserved(t):
		return "", invalid("Invalid expression: Attribute name is a reserved keyword; reserved keyword: %s", t)
	}
	return t, nil
}

func isWord(t string) bool { return t[0] == '_' || t[0]|0x20 >= 'a' && t[0]|0x20 <= 'z' }

func (e *expression) projection(text string) ([]string, error) {
	if err := e.lex(text); err != nil {
		return nil, err
	}
	var names []string
	for {
		name, err := e.name()
		if err != nil {
			return nil, err
		}
		names = append(names, name)
		if e.peek() == "" {
			return names, nil
		}
		if err := e.expect(","); err != nil {
			return nil, err
		}
	}
}

// number returns the value of a DynamoDB number, nil if it is none.
func number(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return r
}
