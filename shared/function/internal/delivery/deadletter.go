package delivery

import (
	"context"
	"encoding/base64"
	"errors"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/telemetry"
)

// MaxMessage is what an SQS message may have in bytes, attributes included:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const MaxMessage = 1 << 20

// MaxAttribute bounds what an attribute of a dead letter quotes.
const MaxAttribute = 256

// DeadLetter sends what no repetition will help to the dead-letter queue, with
// its reason, and so acknowledges it. What cannot be sent stays in its queue,
// which dead-letters it itself after catalog.MaxReceive deliveries.
func (r *Recorder) DeadLetter(next Handler) Handler {
	return func(ctx context.Context, e event.Raw) error {
		err := next(ctx, e)
		if IsDone(err) || fault.KindOf(err) == fault.Retryable {
			return err
		}
		d := Of(ctx)
		if d.reported.Load() {
			return err
		}
		sending, cancel := Finalizing(ctx)
		defer cancel()
		if failed := r.SendDeadLetter(sending, e.Header, d, fault.Of(err)); failed != nil {
			return fault.Retry(fault.Of(err).Reason, 0, failed)
		}
		return &Acknowledged{Outcome: telemetry.DeadLetter, Cause: err}
	}
}

// SendDeadLetter puts the record, with its fault in the attributes, into the
// function's dead-letter queue.
func (r *Recorder) SendDeadLetter(ctx context.Context, h event.Header, d *Delivery, f *fault.Error) error {
	attributes := map[string]types.MessageAttributeValue{}
	body, encoding := string(d.Body), ""
	if !IsText(d.Body) {
		body, encoding = base64.StdEncoding.EncodeToString(d.Body), "base64"
	}
	size := len(body)
	for _, a := range [][2]string{
		{"fault", f.Kind.String()},
		{"reason", f.Reason},
		{"function", r.Function.Name},
		{"event-id", h.ID},
		{"event-type", string(h.Type)},
		{"path", d.Path},
		{"encoding", encoding},
	} {
		if value := printable(a[1]); value != "" {
			attributes[a[0]] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
			size += len(a[0]) + len("String") + len(value)
		}
	}
	if size > MaxMessage {
		return errors.New("the message and its reason are larger than the dead-letter queue takes")
	}
	in := &sqs.SendMessageInput{QueueUrl: &r.DLQURL, MessageBody: &body, MessageAttributes: attributes}
	if d.FIFO {
		in.MessageGroupId = aws.String(d.GroupID)
		in.MessageDeduplicationId = aws.String(d.MessageID)
	}
	if _, err := r.Queue.SendMessage(ctx, in); err != nil {
		return errors.New("the dead-letter queue did not take the message")
	}
	return nil
}

// printable returns s if it is fit for an attribute: short printable ASCII. What
// stands in an event that was not valid is not trusted to be.
func printable(s string) string {
	if len(s) > MaxAttribute {
		return "(too long)"
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return "(not printable)"
		}
	}
	return s
}

// IsText reports whether SQS takes the body as it is, which holds text alone:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
func IsText(body []byte) bool {
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		switch {
		case r == utf8.RuneError && size == 1, r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0xFFFE, r == 0xFFFF:
			return false
		}
		i += size
	}
	return true
}
