package awstest

import (
	"crypto/md5"
	"encoding/hex"
	"regexp"
	"strings"
	"time"
)

// SQS's limits. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const (
	maxMessageBytes = 1 << 20
	maxBatch        = 10
	maxAttributes   = 10
	maxVisibility   = 12 * time.Hour
)

type messageAttribute struct {
	DataType    string
	StringValue *string `json:",omitzero"`
}

type sendEntry struct {
	ID                string `json:"Id"`
	MessageBody       string
	DelaySeconds      int
	MessageAttributes map[string]messageAttribute
}

type sendReply struct {
	ID               string `json:"Id,omitzero"`
	MD5OfMessageBody string
	MessageID        string `json:"MessageId"`
}

type batchError struct {
	ID          string `json:"Id"`
	Code        string
	Message     string
	SenderFault bool
}

type batchReply[T any] struct {
	Successful []T
	Failed     []batchError
}

func (s *Server) sendMessage(in struct {
	QueueURL          string `json:"QueueUrl"`
	MessageBody       string
	DelaySeconds      int
	MessageAttributes map[string]messageAttribute
}) (sendReply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queue(in.QueueURL)
	if err != nil {
		return sendReply{}, err
	}
	return s.send(q, sendEntry{MessageBody: in.MessageBody, DelaySeconds: in.DelaySeconds, MessageAttributes: in.MessageAttributes})
}

func (s *Server) sendMessageBatch(entry func(int) string) func(struct {
	QueueURL string `json:"QueueUrl"`
	Entries  []sendEntry
}) (batchReply[sendReply], error) {
	return func(in struct {
		QueueURL string `json:"QueueUrl"`
		Entries  []sendEntry
	}) (batchReply[sendReply], error) {
		bytes := 0
		for _, e := range in.Entries {
			bytes += e.size()
		}
		if bytes > maxMessageBytes {
			return batchReply[sendReply]{}, refuse("com.amazonaws.sqs#BatchRequestTooLong", "Batch requests cannot be longer than %d bytes.", maxMessageBytes)
		}
		return batch(s, in.QueueURL, in.Entries, entry, func(e sendEntry) string { return e.ID }, func(q *queue, e sendEntry) (sendReply, error) {
			reply, err := s.send(q, e)
			reply.ID = e.ID
			return reply, err
		})
	}
}

func (e sendEntry) size() int {
	n := len(e.MessageBody)
	for name, a := range e.MessageAttributes {
		n += len(name) + len(a.DataType)
		if a.StringValue != nil {
			n += len(*a.StringValue)
		}
	}
	return n
}

func (s *Server) send(q *queue, e sendEntry) (sendReply, error) {
	if err := e.check(); err != nil {
		return sendReply{}, err
	}
	attributes := map[string]string{}
	for name, a := range e.MessageAttributes {
		attributes[name] = *a.StringValue
	}
	m := s.enqueue(q, e.MessageBody, attributes, time.Duration(e.DelaySeconds)*time.Second)
	return sendReply{MD5OfMessageBody: sum5(e.MessageBody), MessageID: m.ID}, nil
}

var attributeName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,255}$`)

func (e sendEntry) check() error {
	wrong := func(format string, a ...any) error { return refuse("InvalidParameterValue", format, a...) }
	switch {
	case e.MessageBody == "":
		return refuse("MissingParameter", "The request must contain the parameter MessageBody.")
	case e.size() > maxMessageBytes:
		return wrong("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", maxMessageBytes)
	case !characters(e.MessageBody):
		return refuse("com.amazonaws.sqs#InvalidMessageContents", "Invalid characters found in the message body.")
	case e.DelaySeconds < 0 || e.DelaySeconds > 900:
		return wrong("Value %d for parameter DelaySeconds is invalid.", e.DelaySeconds)
	case len(e.MessageAttributes) > maxAttributes:
		return wrong("Number of message attributes [%d] exceeds the allowed maximum [%d].", len(e.MessageAttributes), maxAttributes)
	}
	for name, a := range e.MessageAttributes {
		lower := strings.ToLower(name)
		switch {
		case !attributeName.MatchString(name) || strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon."):
			return wrong("The message attribute name %q is invalid.", name)
		case a.DataType != "String" || a.StringValue == nil:
			return wrong("The message attribute %q has a type that is not served here.", name)
		case *a.StringValue == "":
			return wrong("The message attribute %q must contain a non-empty value.", name)
		case !characters(*a.StringValue):
			return wrong("The message attribute %q contains invalid characters.", name)
		}
	}
	return nil
}

// characters reports whether SQS takes the text: XML's characters alone.
func characters(text string) bool {
	for _, r := range text {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return false
		}
	}
	return true
}

func sum5(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

type receiveReply struct {
	Messages []receivedMessage `json:",omitzero"`
}

type receivedMessage struct {
	MessageID         string `json:"MessageId"`
	ReceiptHandle     string
	Body              string
	MD5OfBody         string
	Attributes        map[string]string
	MessageAttributes map[string]messageAttribute `json:",omitzero"`
}

func (s *Server) receiveMessage(in struct {
	QueueURL                    string `json:"QueueUrl"`
	MaxNumberOfMessages         int
	VisibilityTimeout           *int
	WaitTimeSeconds             int
	AttributeNames              []string
	MessageAttributeNames       []string
	MessageSystemAttributeNames []string
}) (receiveReply, error) {
	n := max(1, in.MaxNumberOfMessages)
	if n > maxBatch {
		return receiveReply{}, refuse("InvalidParameterValue", "Value %d for parameter MaxNumberOfMessages is invalid.", n)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	until := s.hide(time.Duration(in.WaitTimeSeconds) * time.Second)
	for {
		q, err := s.queue(in.QueueURL)
		if err != nil {
			return receiveReply{}, err
		}
		visibility := q.Visibility
		if in.VisibilityTimeout != nil {
			visibility = time.Duration(*in.VisibilityTimeout) * time.Second
		}
		if taken := s.receive(q, n, visibility); len(taken) > 0 || !time.Now().Before(until) {
			var reply receiveReply
			for _, m := range taken {
				reply.Messages = append(reply.Messages, m.wire())
			}
			return reply, nil
		}
		s.mu.Unlock()
		time.Sleep(2 * time.Millisecond)
		s.mu.Lock()
	}
}

func (m Message) wire() receivedMessage {
	w := receivedMessage{MessageID: m.ID, ReceiptHandle: m.Receipt, Body: m.Body, MD5OfBody: sum5(m.Body), Attributes: m.SystemAttributes()}
	for name, value := range m.Attributes {
		if w.MessageAttributes == nil {
			w.MessageAttributes = map[string]messageAttribute{}
		}
		w.MessageAttributes[name] = messageAttribute{DataType: "String", StringValue: &value}
	}
	return w
}
