package lambdalocal

import (
	"errors"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/go-json-experiment/json"
)

// Batch is the messages of one invoke, as they were received.
type Batch []types.Message

// Payload is what Lambda gives a function for a batch.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
func (s EventSource) Payload(b Batch) ([]byte, error) {
	region := ""
	if parts := strings.Split(s.QueueARN, ":"); len(parts) > 3 {
		region = parts[3]
	}
	e := events.SQSEvent{Records: make([]events.SQSMessage, len(b))}
	for i, message := range b {
		r := events.SQSMessage{
			MessageId: aws.ToString(message.MessageId), ReceiptHandle: aws.ToString(message.ReceiptHandle), Body: aws.ToString(message.Body),
			Md5OfBody: aws.ToString(message.MD5OfBody), Attributes: message.Attributes,
			EventSourceARN: s.QueueARN, EventSource: "aws:sqs", AWSRegion: region,
			MessageAttributes: map[string]events.SQSMessageAttribute{},
		}
		for name, a := range message.MessageAttributes {
			r.MessageAttributes[name] = events.SQSMessageAttribute{
				StringValue: a.StringValue, BinaryValue: a.BinaryValue, DataType: aws.ToString(a.DataType),
				StringListValues: []string{}, BinaryListValues: [][]byte{},
			}
		}
		e.Records[i] = r
	}
	return json.Marshal(e)
}

// Failed reads the ids of the messages a function reports as failed. Lambda
// takes no answer and an empty list for complete success, and an answer it cannot
// read, an empty id or one that is not of the batch for complete failure.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
func (b Batch) Failed(answer []byte) (map[string]bool, error) {
	if text := strings.TrimSpace(string(answer)); text == "" || text == "null" {
		return nil, nil
	}
	var report struct {
		Failures []struct {
			ID *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &report); err != nil {
		return nil, errors.New("the answer is not a batch report")
	}
	known := map[string]bool{}
	for _, m := range b {
		known[aws.ToString(m.MessageId)] = true
	}
	failed := map[string]bool{}
	for _, f := range report.Failures {
		if f.ID == nil || !known[*f.ID] {
			return nil, errors.New("the answer names a message that is not of the batch")
		}
		failed[*f.ID] = true
	}
	return failed, nil
}

func (b Batch) messages() []Message {
	all := make([]Message, len(b))
	for i, m := range b {
		receives, _ := strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
		all[i] = Message{ID: aws.ToString(m.MessageId), Body: aws.ToString(m.Body), Receives: receives}
	}
	return all
}
