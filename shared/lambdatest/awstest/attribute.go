package awstest

import (
	"cmp"
	"fmt"
	"slices"
)

// Attribute is one DynamoDB value: exactly one field is set.
type Attribute struct {
	S    *string              `json:",omitzero"`
	N    *string              `json:",omitzero"`
	B    []byte               `json:",omitzero"`
	BOOL *bool                `json:",omitzero"`
	NULL *bool                `json:",omitzero"`
	M    map[string]Attribute `json:",omitzero"`
	L    []Attribute          `json:",omitzero"`
	SS   []string             `json:",omitzero"`
	NS   []string             `json:",omitzero"`
}

// Item is one DynamoDB item.
type Item map[string]Attribute

// Text returns the attribute's string or number as text; "" if it is neither.
func (a Attribute) Text() string {
	switch {
	case a.S != nil:
		return *a.S
	case a.N != nil:
		return *a.N
	}
	return ""
}

func (a Attribute) kinds() int {
	n := 0
	for _, set := range []bool{a.S != nil, a.N != nil, a.B != nil, a.BOOL != nil, a.NULL != nil, a.M != nil, a.L != nil, a.SS != nil, a.NS != nil} {
		if set {
			n++
		}
	}
	return n
}

// size is DynamoDB's measure of an item, near enough to its limit.
func (i Item) size() int {
	n := 0
	for name, a := range i {
		n += len(name) + a.size()
	}
	return n
}

func (a Attribute) size() int {
	n := 1 + len(a.Text()) + len(a.B)
	for name, inner := range a.M {
		n += len(name) + inner.size() + 1
	}
	for _, inner := range a.L {
		n += inner.size() + 1
	}
	for _, text := range append(slices.Clone(a.SS), a.NS...) {
		n += len(text)
	}
	return n
}

// compare orders two values; ok is false if their kinds cannot be ordered.
func compare(a, b Attribute) (order int, ok bool) {
	switch {
	case a.S != nil && b.S != nil:
		return cmp.Compare(*a.S, *b.S), true
	case a.N != nil && b.N != nil:
		x, y := number(*a.N), number(*b.N)
		if x == nil || y == nil {
			return 0, false
		}
		return x.Cmp(y), true
	case a.B != nil && b.B != nil:
		return slices.Compare(a.B, b.B), true
	}
	return 0, false
}

func equal(a, b Attribute) bool {
	if order, ok := compare(a, b); ok {
		return order == 0
	}
	return a.N == nil && b.N == nil && fmt.Sprint(a.plain()) == fmt.Sprint(b.plain()) && a.kinds() == b.kinds()
}

// plain is a value without pointers that prints differently for different values.
func (a Attribute) plain() any {
	switch {
	case a.S != nil:
		return fmt.Sprintf("S%q", *a.S)
	case a.N != nil:
		return "N" + number(*a.N).RatString()
	case a.B != nil:
		return fmt.Sprintf("B%x", a.B)
	case a.BOOL != nil:
		return fmt.Sprint("BOOL", *a.BOOL)
	case a.NULL != nil:
		return "NULL"
	case a.M != nil:
		m := map[string]any{}
		for name, inner := range a.M {
			m[name] = inner.plain()
		}
		return m
	case a.L != nil:
		l := []any{"L"}
		for _, inner := range a.L {
			l = append(l, inner.plain())
		}
		return l
	}
	return fmt.Sprintf("%q", append(append([]string{fmt.Sprint(a.SS != nil)}, slices.Sorted(slices.Values(a.SS))...), slices.Sorted(slices.Values(a.NS))...))
}
