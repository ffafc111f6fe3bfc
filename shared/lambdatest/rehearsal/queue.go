package rehearsal

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"path"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"signalbox/shared/catalog"
	"signalbox/shared/lambdalocal"
	"signalbox/shared/lambdatest/awstest"
)

// queues are the queues of the AWS in memory as an event source reads them. They are
// read without HTTP, and meet no fault: Lambda's own poller is not what is broken here.
type queues struct {
	aws   *awstest.Server
	speed float64
}

var _ lambdalocal.Queues = queues{}

// lookAgain is how soon an empty queue is looked at again.
const lookAgain = 3 * time.Millisecond

// ReceiveMessage waits as long as it is asked to, by the queues' own clock.
func (q queues) ReceiveMessage(_ context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	wait := time.Duration(float64(in.WaitTimeSeconds) * float64(time.Second) / q.speed)
	for end := time.Now().Add(wait); ; time.Sleep(lookAgain) {
		messages := q.aws.Receive(path.Base(*in.QueueUrl), int(in.MaxNumberOfMessages))
		if len(messages) == 0 && time.Now().Before(end) {
			continue
		}
		out := &sqs.ReceiveMessageOutput{}
		for _, m := range messages {
			out.Messages = append(out.Messages, received(m))
		}
		return out, nil
	}
}

func received(m awstest.Message) types.Message {
	sum := md5.Sum([]byte(m.Body))
	message := types.Message{
		MessageId: aws.String(m.ID), ReceiptHandle: aws.String(m.Receipt), Body: aws.String(m.Body),
		MD5OfBody: aws.String(hex.EncodeToString(sum[:])), Attributes: m.SystemAttributes(),
		MessageAttributes: map[string]types.MessageAttributeValue{},
	}
	for name, value := range m.Attributes {
		message.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
	}
	return message
}

func (q queues) DeleteMessageBatch(_ context.Context, in *sqs.DeleteMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error) {
	for _, e := range in.Entries {
		q.aws.Delete(path.Base(*in.QueueUrl), *e.ReceiptHandle)
	}
	return &sqs.DeleteMessageBatchOutput{}, nil
}

// ChangeMessageVisibilityBatch is not needed: what a crash leaves comes back when
// its time is over.
func (q queues) ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	return &sqs.ChangeMessageVisibilityBatchOutput{}, nil
}

// Queues are the stage's queues as an event source reads them.
func (s *Stage) Queues() lambdalocal.Queues { return queues{aws: s.AWS, speed: s.speed} }

// EventSource is what feeds f, with the settings that are deployed; only the bound of
// concurrent invokes is the runner's own.
func (s *Stage) EventSource(f catalog.Function) lambdalocal.EventSource {
	return lambdalocal.EventSource{
		QueueARN: awstest.QueueARN(Queue(f)), QueueURL: s.AWS.QueueURL(Queue(f)),
		BatchSize: catalog.BatchSize, ReportsItems: true,
	}
}
