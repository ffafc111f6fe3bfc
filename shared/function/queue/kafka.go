package queue

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/function/internal/delivery"
)

// position is where a record stands in its topic.
type position struct {
	// Partition is the topic and the number of the partition, "orders-0".
	Partition string
	Offset    int64
}

// kafkaRecord is one record as Lambda delivers it, of a cluster in MSK and of any
// other alike:
// https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html
type kafkaRecord struct {
	Offset *int64 `json:"offset"`
	// Value is base64 in the event, null for a record without one.
	Value []byte `json:"value"`
	// Headers are lists of one name and its bytes, each byte a number.
	Headers []map[string][]int `json:"headers"`
}

// traceParent is the header of that name, if it can be one.
func (r kafkaRecord) traceParent() string {
	for _, header := range r.Headers {
		value := header["traceparent"]
		text := make([]byte, 0, len(value))
		for _, b := range value {
			if b <= ' ' || b > '~' {
				return ""
			}
			text = append(text, byte(b))
		}
		if len(text) > 0 && len(text) <= delivery.MaxAttribute {
			return string(text)
		}
	}
	return ""
}

// readKafka decodes what Lambda hands to a function behind a topic: the records
// of one partition after the other, each partition's in the order of its offsets.
// Its error fails the whole batch, as readBatch's does.
func readKafka(payload []byte) ([]record, []position, error) {
	var batch struct {
		Records *map[string][]kafkaRecord `json:"records"`
	}
	if err := json.Unmarshal(payload, &batch); err != nil {
		var syntactic *jsontext.SyntacticError
		if errors.As(err, &syntactic) {
			return nil, nil, fmt.Errorf("not a Kafka event: invalid JSON at byte %d", syntactic.ByteOffset)
		}
		return nil, nil, errors.New("not a Kafka event: a field has another type than Lambda gives it")
	}
	if batch.Records == nil {
		return nil, nil, errors.New("not a Kafka event: records is missing")
	}
	var records []record
	var positions []position
	for _, partition := range slices.Sorted(maps.Keys(*batch.Records)) {
		of := (*batch.Records)[partition]
		for i, r := range of {
			if r.Offset == nil {
				return nil, nil, fmt.Errorf("not a Kafka event: a record %d has no offset", i)
			}
		}
		slices.SortStableFunc(of, func(a, b kafkaRecord) int { return cmp.Compare(*a.Offset, *b.Offset) })
		for _, r := range of {
			next := record{MessageID: partition + "/" + strconv.FormatInt(*r.Offset, 10), Body: r.Value}
			next.MessageAttributes.TraceParent.StringValue = r.traceParent()
			records = append(records, next)
			positions = append(positions, position{partition, *r.Offset})
		}
	}
	return records, positions, nil
}

// partitions groups the records of a batch by their partitions: within one, a
// record is settled only after those before it, and what comes after one that
// failed is delivered again with it.
func (b *batch) partitions() [][]int {
	var units [][]int
	for i := range b.positions {
		if i > 0 && b.positions[i].Partition == b.positions[i-1].Partition {
			units[len(units)-1] = append(units[len(units)-1], i)
			continue
		}
		units = append(units, []int{i})
	}
	return units
}

// appendIdentifier names a record in the answer: a message by its id, a record of
// a topic by partition and offset.
// https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
func (b *batch) appendIdentifier(answer []byte, i int) []byte {
	if b.positions == nil {
		answer, _ = jsontext.AppendQuote(answer, b.records[i].MessageID)
		return answer
	}
	answer = append(answer, `{"partition":`...)
	answer, _ = jsontext.AppendQuote(answer, b.positions[i].Partition)
	answer = append(answer, `,"offset":`...)
	answer = strconv.AppendInt(answer, b.positions[i].Offset, 10)
	return append(answer, '}')
}
