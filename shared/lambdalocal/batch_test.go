package lambdalocal

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

func TestFailures(t *testing.T) {
	batch := Batch{{MessageId: aws.String("a")}, {MessageId: aws.String("b")}}
	for _, c := range []struct {
		name, answer string
		want         map[string]bool
		whole        bool
	}{
		{name: "no answer is success", answer: ""},
		{name: "null is success", answer: "null"},
		{name: "an empty report is success", answer: `{"batchItemFailures":[]}`, want: map[string]bool{}},
		{name: "a report without the list is success", answer: `{}`, want: map[string]bool{}},
		{name: "a named message failed", answer: `{"batchItemFailures":[{"itemIdentifier":"b"}]}`, want: map[string]bool{"b": true}},
		{name: "an empty id fails the batch", answer: `{"batchItemFailures":[{"itemIdentifier":""}]}`, whole: true},
		{name: "a missing id fails the batch", answer: `{"batchItemFailures":[{"id":"b"}]}`, whole: true},
		{name: "an unknown id fails the batch", answer: `{"batchItemFailures":[{"itemIdentifier":"c"}]}`, whole: true},
		{name: "another answer fails the batch", answer: `"done"`, whole: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := batch.Failed([]byte(c.answer))
			if (err != nil) != c.whole {
				t.Fatalf("error %v", err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheEventIsLambdas(t *testing.T) {
	got, err := EventSource{QueueARN: "arn:aws:sqs:eu-west-1:000000000000:q"}.Payload(Batch{{
		MessageId: aws.String("a"), ReceiptHandle: aws.String("r"), Body: aws.String(`{"x":1}`), MD5OfBody: aws.String("5"),
		Attributes:        map[string]string{"ApproximateReceiveCount": "2"},
		MessageAttributes: map[string]types.MessageAttributeValue{"traceparent": {DataType: aws.String("String"), StringValue: aws.String("00-x")}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Records":[{"messageId":"a","receiptHandle":"r","body":"{\"x\":1}","md5OfBody":"5","md5OfMessageAttributes":"",
		"attributes":{"ApproximateReceiveCount":"2"},
		"messageAttributes":{"traceparent":{"stringValue":"00-x","stringListValues":[],"binaryListValues":[],"dataType":"String"}},
		"eventSourceARN":"arn:aws:sqs:eu-west-1:000000000000:q","eventSource":"aws:sqs","awsRegion":"eu-west-1"}]}`
	var g, w any
	if err := json.Unmarshal(got, &g); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Error(diff)
	}
}
