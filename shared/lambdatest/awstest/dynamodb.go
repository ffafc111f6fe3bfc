package awstest

import (
	"maps"
	"slices"
)

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

// RemoveItems removes the items that remove returns true for, for tests that need a
// table to forget.
func (s *Server) RemoveItems(name string, remove func(Item) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.tables[name].items, func(_ string, item Item) bool { return remove(item) })
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
