package awstest

import "maps"

type batchGetItemRequest struct {
	RequestItems           map[string]batchKeys
	ReturnConsumedCapacity string
}

type batchKeys struct {
	Keys                     []Item
	ConsistentRead           bool
	ProjectionExpression     string
	ExpressionAttributeNames map[string]string
}

type batchGetItemReply struct {
	Responses       map[string][]Item
	UnprocessedKeys map[string]batchKeys
}

// maxBatchGet is how many keys one BatchGetItem may ask for:
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
const maxBatchGet = 100

// batchGetItem answers for whole items of any number of tables. Keys that are
// not there are left out, and none is left unprocessed.
func (s *Server) batchGetItem(in batchGetItemRequest) (batchGetItemReply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reply := batchGetItemReply{Responses: map[string][]Item{}, UnprocessedKeys: map[string]batchKeys{}}
	asked := 0
	for name, wanted := range in.RequestItems {
		if wanted.ProjectionExpression != "" || len(wanted.ExpressionAttributeNames) > 0 {
			return batchGetItemReply{}, invalid("a projection is not served here")
		}
		seen := map[string]bool{}
		for _, keyed := range wanted.Keys {
			t, key, err := s.locate(name, keyed, true)
			if err != nil {
				return batchGetItemReply{}, err
			}
			if seen[key] {
				return batchGetItemReply{}, invalid("Provided list of item keys contains duplicates")
			}
			seen[key] = true
			if item, ok := t.items[key]; ok {
				reply.Responses[name] = append(reply.Responses[name], maps.Clone(item))
			}
		}
		asked += len(wanted.Keys)
	}
	if asked == 0 || asked > maxBatchGet {
		return batchGetItemReply{}, invalid("Too many or no items requested for the BatchGetItem call")
	}
	return reply, nil
}
