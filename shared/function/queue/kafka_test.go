package queue

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function/internal/functiontest"
	"signalbox/shared/publisher"
	"signalbox/shared/sample"
)

type kafkaFixture struct {
	*ingress
	fixture *fixture
	bus     *functiontest.Bus
}

func newKafka(open Open) *kafkaFixture {
	f := newFixture(catalog.Function{Name: "kafka", Trigger: catalog.Kafka{}, Emits: []event.Type{retail.TypeOrderCreated}}, nothing)
	bus := &functiontest.Bus{}
	return &kafkaFixture{&ingress{consumer: f.consumer, openBody: open, publisher: publisher.New(bus, "bus")}, f, bus}
}

func kafkaFailures(t testing.TB, answer []byte) []position {
	t.Helper()
	var response struct {
		BatchItemFailures *[]struct {
			ItemIdentifier struct {
				Partition string `json:"partition"`
				Offset    int64  `json:"offset"`
			} `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &response, json.RejectUnknownMembers(true)); err != nil || response.BatchItemFailures == nil {
		t.Fatalf("the answer is no partial batch response: %v\n%s", err, answer)
	}
	var failed []position
	for _, f := range *response.BatchItemFailures {
		failed = append(failed, position(f.ItemIdentifier))
	}
	return failed
}

func (k *kafkaFixture) deliver(t *testing.T, payload []byte) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	answer, err := k.Invoke(ctx, payload)
	if err != nil {
		t.Fatal(err)
	}
	failed := []string{}
	for _, p := range kafkaFailures(t, answer) {
		failed = append(failed, fmt.Sprintf("%s@%d", p.Partition, p.Offset))
	}
	return failed
}

// values makes the values of a partition.
func values(bodies ...string) [][]byte {
	var all [][]byte
	for _, b := range bodies {
		all = append(all, []byte(b))
	}
	return all
}

// opening makes an order of each body but of those that say what goes wrong.
func opening(t *testing.T) Open {
	return func(_ context.Context, body []byte) ([]event.Raw, error) {
		switch text := string(body); text {
		case "later":
			return nil, fault.Retry("commercetools-503", 0, errors.New("refetch"))
		case "poison", "\x00\xff":
			return nil, fault.Field("body", "a notification")
		case "panic":
			panic("canary")
		default:
			return []event.Raw{order(t, text)}, nil
		}
	}
}

func TestAPartitionStopsAtItsFirstFailureAndNoOtherDoes(t *testing.T) {
	for name, c := range map[string]struct {
		partitions [][][]byte
		refuse     string
		failed     []string
		outcomes   map[string]int
		published  int
	}{
		"all is well": {
			partitions: [][][]byte{values("1", "2"), values("3")}, failed: []string{},
			outcomes: map[string]int{"applied": 3}, published: 3,
		},
		"a record that may be opened later": {
			partitions: [][][]byte{values("1", "later", "2"), values("3", "4")}, failed: []string{"commercetools-0@101", "commercetools-0@102"},
			outcomes: map[string]int{"applied": 3, "retry": 2}, published: 3,
		},
		"a record that panics": {
			partitions: [][][]byte{values("panic", "1"), values("2")}, failed: []string{"commercetools-0@100", "commercetools-0@101"},
			outcomes: map[string]int{"applied": 1, "retry": 2}, published: 1,
		},
		"a record that is poison holds nobody up": {
			partitions: [][][]byte{values("1", "poison", "2")}, failed: []string{},
			outcomes: map[string]int{"applied": 2, "dead-letter": 1}, published: 2,
		},
		"poison behind a failure waits for its turn": {
			partitions: [][][]byte{values("later", "poison")}, failed: []string{"commercetools-0@100", "commercetools-0@101"},
			outcomes: map[string]int{"retry": 2},
		},
		"an event that the bus refuses": {
			partitions: [][][]byte{values("1", "refused", "2"), values("3")}, refuse: `"subject":"refused"`, failed: []string{"commercetools-0@101", "commercetools-0@102"},
			outcomes: map[string]int{"applied": 2, "retry": 2}, published: 3, // What came behind is on the bus already, and will be again as the same event.
		},
		"a record without a value": {
			partitions: [][][]byte{{nil, []byte("1")}}, failed: []string{},
			outcomes: map[string]int{"applied": 1, "ignored": 1}, published: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKafka(opening(t))
			k.bus.Refuse = c.refuse
			if diff := cmp.Diff(c.failed, k.deliver(t, sample.Kafka(c.partitions...))); diff != "" {
				t.Errorf("failed (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.outcomes, k.fixture.output.Outcomes(t)); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
			if got := len(k.bus.Details); got != c.published {
				t.Errorf("%d events on the bus, want %d", got, c.published)
			}
			if strings.Contains(k.fixture.output.String(), "canary") {
				t.Error("a panic's value is told")
			}
			if len(k.fixture.queue.Hidden) != 0 {
				t.Error("it changes the visibility of what is in no queue")
			}
		})
	}
}

func TestPoisonOfATopicIsDeadLetteredAsItCame(t *testing.T) {
	k := newKafka(opening(t))
	if failed := k.deliver(t, sample.Kafka(values("poison", "\x00\xff"))); len(failed) != 0 {
		t.Errorf("%v failed", failed)
	}
	sent := k.fixture.queue.Sent
	if len(sent) != 2 || *sent[0].MessageBody != "poison" || *sent[0].MessageAttributes["fault"].StringValue != "invalid" || *sent[0].MessageAttributes["function"].StringValue != "kafka" {
		t.Fatalf("%d dead letters", len(sent))
	}
	if _, ok := sent[0].MessageAttributes["encoding"]; ok {
		t.Error("a text is said to be encoded")
	}
	// SQS takes text alone: bytes would stay in front of their partition for ever.
	if *sent[1].MessageBody != base64.StdEncoding.EncodeToString([]byte("\x00\xff")) || *sent[1].MessageAttributes["encoding"].StringValue != "base64" {
		t.Errorf("bytes are dead-lettered as %q", *sent[1].MessageBody)
	}
}

func TestRecordsThatCannotBeDeadLetteredStay(t *testing.T) {
	k := newKafka(opening(t))
	k.fixture.queue.Send = func(*sqs.SendMessageInput) error { return errors.New("no") }
	if diff := cmp.Diff([]string{"commercetools-0@100", "commercetools-0@101"}, k.deliver(t, sample.Kafka(values("poison", "1")))); diff != "" {
		t.Error(diff)
	}
}

func TestRecordsOutOfTimeStayFromTheFirstUntouchedOn(t *testing.T) {
	k := newKafka(func(ctx context.Context, body []byte) ([]event.Raw, error) {
		if string(body) == "slow" {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return []event.Raw{order(t, string(body))}, nil
	})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	answer, err := k.Invoke(ctx, sample.Kafka(values("1", "slow", "2"), values("3")))
	if err != nil {
		t.Fatal(err)
	}
	want := []position{{"commercetools-0", 101}, {"commercetools-0", 102}}
	if diff := cmp.Diff(want, kafkaFailures(t, answer)); diff != "" {
		t.Error(diff)
	}
}

func TestRecordsAreTakenInTheOrderOfTheirOffsets(t *testing.T) {
	payload := []byte(`{"records":{"b-0":[{"offset":1}],"a-1":[{"offset":9223372036854775807},{"offset":3},{"offset":12}],"a-0":[{"offset":7}]}}`)
	_, got, err := readKafka(payload)
	want := []position{{"a-0", 7}, {"a-1", 3}, {"a-1", 12}, {"a-1", 9223372036854775807}, {"b-0", 1}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestTopicGivesItsTraceToTheEvents(t *testing.T) {
	k := newKafka(opening(t))
	const parent = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"
	bytes := strings.Trim(strings.Join(strings.Fields(fmt.Sprint([]byte(parent))), ","), "[]")
	payload := strings.Replace(string(sample.Kafka(values("1"))), `"headers":[]`, `"headers":[{"other":[1]},{"traceparent":[`+bytes+`]}]`, 1)
	k.deliver(t, []byte(payload))
	records, _, err := readKafka([]byte(payload))
	if err != nil || records[0].MessageAttributes.TraceParent.StringValue != parent {
		t.Errorf("%v, %v", records, err)
	}
}

func TestWhatIsNoKafkaEventFailsWhole(t *testing.T) {
	for name, payload := range map[string]string{
		"null": "null", "a queue's event": `{"Records":[]}`, "text": `"canary"`, "no JSON": "canary", "records that are a list": `{"records":["canary"]}`,
		"a record without offset": `{"records":{"t-0":[{"value":"Y2FuYXJ5"}]}}`, "a value that is no base64": `{"records":{"t-0":[{"offset":1,"value":"canary!"}]}}`,
	} {
		if _, err := newKafka(opening(t)).Invoke(t.Context(), []byte(payload)); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if failed := newKafka(opening(t)).deliver(t, []byte(`{"records":{}}`)); len(failed) != 0 {
		t.Errorf("an empty batch: %v failed", failed)
	}
}
