package awstest

import (
	"cmp"
	"fmt"
	"maps"
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

type table struct {
	key   string
	items map[string]Item
}

// maxItemBytes is DynamoDB's limit of one item.
const maxItemBytes = 400 << 10

// CreateTable makes a table whose only key is a string. It stays if it exists.
func (s *Server) CreateTable(name, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tables[name] == nil {
		s.tables[name] = &table{key: key, items: map[string]Item{}}
	}
}

// Items returns a copy of what a table holds, ordered by key.
func (s *Server) Items(name string) []Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[name]
	if t == nil {
		return nil
	}
	var items []Item
	for _, key := range slices.Sorted(maps.Keys(t.items)) {
		items = append(items, maps.Clone(t.items[key]))
	}
	return items
}

// PutItem writes an item as it is, for tests that need a past.
func (s *Server) PutItem(name string, item Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[name]
	t.items[item[t.key].Text()] = maps.Clone(item)
}

// conditional holds what all writes share.
type conditional struct {
	TableName                           string
	ConditionExpression                 string
	ExpressionAttributeNames            map[string]string
	ExpressionAttributeValues           map[string]Attribute
	ReturnValues                        string
	ReturnValuesOnConditionCheckFailure string
	ReturnConsumedCapacity              string
}

type attributesReply struct {
	Attributes Item `json:",omitzero"`
}

type putItemRequest struct {
	conditional `json:",inline"`
	Item        Item
}

func (s *Server) putItem(in putItemRequest) (attributesReply, error) {
	return s.write(in.conditional, in.Item, []string{"ALL_OLD"}, func(*expression, Item) (Item, error) {
		return maps.Clone(in.Item), nil
	})
}

type deleteItemRequest struct {
	conditional `json:",inline"`
	Key         Item
}

func (s *Server) deleteItem(in deleteItemRequest) (attributesReply, error) {
	return s.write(in.conditional, in.Key, []string{"ALL_OLD"}, func(*expression, Item) (Item, error) {
		return nil, nil
	})
}

type updateItemRequest struct {
	conditional      `json:",inline"`
	Key              Item
	UpdateExpression string
}

func (s *Server) updateItem(in updateItemRequest) (attributesReply, error) {
	return s.write(in.conditional, in.Key, []string{"ALL_OLD", "ALL_NEW"}, func(e *expression, old Item) (Item, error) {
		next := maps.Clone(old)
		if next == nil {
			next = maps.Clone(in.Key)
		}
		return next, e.update(in.UpdateExpression, old, next)
	})
}

type getItemRequest struct {
	TableName                string
	Key                      Item
	ConsistentRead           bool
	ProjectionExpression     string
	ExpressionAttributeNames map[string]string
	ReturnConsumedCapacity   string
}

func (s *Server) getItem(in getItemRequest) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, key, err := s.locate(in.TableName, in.Key, true)
	if err != nil {
		return nil, err
	}
	item := t.items[key]
	if in.ProjectionExpression != "" {
		e := newExpression(in.ExpressionAttributeNames, nil)
		names, err := e.projection(in.ProjectionExpression)
		if err != nil {
			return nil, err
		}
		if err := e.allUsed(); err != nil {
			return nil, err
		}
		var projected Item
		for _, name := range names {
			if a, ok := item[name]; ok {
				if projected == nil {
					projected = Item{}
				}
				projected[name] = a
			}
		}
		item = projected
	}
	return struct {
		Item Item `json:",omitzero"`
	}{item}, nil
}

// write evaluates the condition and stores what change makes of the old item,
// as one step. The key is taken from keyed, which may be a whole item.
func (s *Server) write(in conditional, keyed Item, returns []string, change func(*expression, Item) (Item, error)) (attributesReply, error) {
	if in.ReturnValues != "" && in.ReturnValues != "NONE" && !slices.Contains(returns, in.ReturnValues) {
		return attributesReply{}, invalid("ReturnValues %s is not served here", in.ReturnValues)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, key, err := s.locate(in.TableName, keyed, false)
	if err != nil {
		return attributesReply{}, err
	}
	old := t.items[key]
	e := newExpression(in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	holds := true
	if in.ConditionExpression != "" {
		if holds, err = e.condition(in.ConditionExpression, old); err != nil {
			return attributesReply{}, err
		}
	}
	next, err := change(e, old)
	if err != nil {
		return attributesReply{}, err
	}
	if err := e.allUsed(); err != nil {
		return attributesReply{}, err
	}
	if !holds {
		r := &refusal{kind: "ConditionalCheckFailedException", message: "The conditional request failed"}
		if in.ReturnValuesOnConditionCheckFailure == "ALL_OLD" {
			r.item = maps.Clone(old)
		}
		return attributesReply{}, r
	}
	if next == nil {
		delete(t.items, key)
	} else {
		if next[t.key].Text() != key {
			return attributesReply{}, invalid("Cannot update attribute %s. This attribute is part of the key", t.key)
		}
		if n := next.size(); n > maxItemBytes {
			return attributesReply{}, invalid("Item size has exceeded the maximum allowed size")
		}
		t.items[key] = next
	}
	switch in.ReturnValues {
	case "ALL_OLD":
		return attributesReply{maps.Clone(old)}, nil
	case "ALL_NEW":
		return attributesReply{maps.Clone(next)}, nil
	}
	return attributesReply{}, nil
}

// locate finds the table and the key's value. The caller holds the lock.
func (s *Server) locate(name string, keyed Item, keyAlone bool) (*table, string, error) {
	t := s.tables[name]
	if t == nil {
		return nil, "", refuse("ResourceNotFoundException", "Cannot do operations on a non-existent table")
	}
	for name, a := range keyed {
		if n := a.kinds(); n != 1 {
			return nil, "", invalid("Supplied AttributeValue %s has %d datatypes, must contain exactly one", name, n)
		}
	}
	a, ok := keyed[t.key]
	switch {
	case !ok || a.S == nil:
		return nil, "", invalid("One of the required keys was not given a value")
	case *a.S == "":
		return nil, "", invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: %s", t.key)
	case len(*a.S) > 2048:
		return nil, "", invalid("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes")
	case keyAlone && len(keyed) != 1:
		return nil, "", invalid("The provided key element does not match the schema")
	}
	return t, *a.S, nil
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
