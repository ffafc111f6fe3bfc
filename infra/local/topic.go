package local

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"signalbox/shared/catalog"
	"signalbox/shared/sample"
)

// TopicReader is the function that reads the named source's topic; "" if the stage
// has none.
func (s *System) TopicReader(source string) string {
	for _, f := range s.Topology.Functions {
		if entry, _ := catalog.FunctionByName(f.Name); entry.Source() == source && entry.IsKafka() {
			return f.Name
		}
	}
	return ""
}

// TopicRecord is the id by which the function logs the record that
// DeliverByTopic hands over.
const TopicRecord = sample.Topic + "-0/100"

// DeliverByTopic hands a record to the function that reads a topic, as the mapping
// would: there is no Kafka on this machine.
func (s *System) DeliverByTopic(ctx context.Context, function string, body []byte) error {
	answer, err := s.Lambda.Invoke(ctx, function, sample.Kafka([][]byte{body}))
	if err != nil {
		return fmt.Errorf("deliver by Kafka: %w", err)
	}
	var response struct {
		Failures []any `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &response); err != nil || len(response.Failures) > 0 {
		return fmt.Errorf("deliver by Kafka: %s did not take the record", function)
	}
	return nil
}
