package consumer

import (
	"context"
	"encoding/base64"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/telemetry"
)

// maxMessage is what an SQS message may have in bytes, attributes included:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const maxMessage = 1 << 20

// maxAttribute bounds what an attribute of a dead letter quotes.
const maxAttribute = 256

// deadLetter sends what no repetition will help to the dead-letter queue, with
// its reason, and so acknowledges it. What cannot be sent stays in its queue,
// which dead-letters it itself after catalog.MaxReceive deliveries.
func (c *consumer) deadLetter(next Handler[jsontext.Value]) Handler[jsontext.Value] {
	return func(ctx context.Context, e event.Raw) error {
		err := next(ctx, e)
		if isDone(err) || fault.KindOf(err) == fault.Retryable {
			return err
		}
		d := deliveryOf(ctx)
		if d.reported.Load() {
			return err
		}
		sending, cancel := settling(ctx)
		defer cancel()
		if failed := c.sendDeadLetter(sending, e.Header, d, fault.Of(err)); failed != nil {
			return fault.Retry(fault.Of(err).Reason, 0, failed)
		}
		return &acknowledged{outcome: telemetry.DeadLetter, cause: err}
	}
}

func (c *consumer) sendDeadLetter(ctx context.Context, h event.Header, d *delivery, f *fault.Error) error {
	attributes := map[string]types.MessageAttributeValue{}
	body, encoding := string(d.record.Body), ""
	if !isText(d.record.Body) {
		body, encoding = base64.StdEncoding.EncodeToString(d.record.Body), "base64"
	}
	size := len(body)
	for _, a := range [][2]string{
		{"fault", f.Kind.String()},
		{"reason", f.Reason},
		{"function", c.function.Name},
		{"event-id", h.ID},
		{"event-type", string(h.Type)},
		{"path", d.record.path},
		{"encoding", encoding},
	} {
		if value := printable(a[1]); value != "" {
			attributes[a[0]] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
			size += len(a[0]) + len("String") + len(value)
		}
	}
	if size > maxMessage {
		return errors.New("the message and its reason are larger than the dead-letter queue takes")
	}
	in := &sqs.SendMessageInput{QueueUrl: &c.dlqURL, MessageBody: &body, MessageAttributes: attributes}
	if d.record.isFIFO() {
		in.MessageGroupId = aws.String(d.record.Attributes.MessageGroupID)
		in.MessageDeduplicationId = aws.String(d.record.MessageID)
	}
	if _, err := c.queue.SendMessage(ctx, in); err != nil {
		return errors.New("the dead-letter queue did not take the message")
	}
	return nil
}

// printable returns s if it is fit for an attribute: short printable ASCII. What
// stands in an event that was not valid is not trusted to be.
func printable(s string) string {
	if len(s) > maxAttribute {
		return "(too long)"
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return "(not printable)"
		}
	}
	return s
}
