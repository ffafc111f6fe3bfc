package sample

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// Part of every envelope; no real account.
const (
	account = "000000000000"
	region  = "eu-central-1"
)

// delivered is the sending time in every envelope. It is fixed, so that the same
// sample always gives the same bytes.
var delivered = time.Date(2026, 3, 4, 16, 21, 9, 0, time.UTC)

// Record is one record of an SQS batch.
type Record struct {
	Body string
	// MessageID is derived from Body if it is empty.
	MessageID string
	// Receipt is derived from MessageID if it is empty.
	Receipt string
	// Received is how often the message was received; 0 means once.
	Received int
	// SentAt is the time of sending; zero means a fixed time.
	SentAt time.Time
	// Queue is the name of the queue; "" means "queue".
	Queue string
	// Attributes are additional system attributes, such as AWSTraceHeader or
	// MessageGroupId.
	Attributes map[string]string
}

type sqsRecord struct {
	MessageID         string            `json:"messageId"`
	ReceiptHandle     string            `json:"receiptHandle"`
	Body              string            `json:"body"`
	Attributes        map[string]string `json:"attributes"`
	MessageAttributes map[string]string `json:"messageAttributes"`
	MD5OfBody         string            `json:"md5OfBody"`
	EventSource       string            `json:"eventSource"`
	EventSourceARN    string            `json:"eventSourceARN"`
	Region            string            `json:"awsRegion"`
}

// SQS returns the event with which Lambda passes a batch of the given bodies.
func SQS(bodies ...[]byte) []byte {
	records := make([]Record, len(bodies))
	for i, body := range bodies {
		records[i] = Record{Body: string(body), MessageID: id("message", strconv.Itoa(i), string(body))}
	}
	return Batch(records...)
}

// Batch returns the event with which Lambda passes a batch of an SQS queue.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
func Batch(records ...Record) []byte {
	wrapped := make([]sqsRecord, len(records))
	for i, r := range records {
		if r.MessageID == "" {
			r.MessageID = id("message", r.Body)
		}
		if r.Receipt == "" {
			r.Receipt = id("receipt", r.MessageID, strconv.Itoa(r.Received))
		}
		if r.SentAt.IsZero() {
			r.SentAt = delivered
		}
		if r.Queue == "" {
			r.Queue = "queue"
		}
		attributes := map[string]string{
			"ApproximateReceiveCount":          strconv.Itoa(max(1, r.Received)),
			"SentTimestamp":                    strconv.FormatInt(r.SentAt.UnixMilli(), 10),
			"SenderId":                         "AIDAEXAMPLE",
			"ApproximateFirstReceiveTimestamp": strconv.FormatInt(r.SentAt.UnixMilli()+20, 10),
		}
		for name, value := range r.Attributes {
			attributes[name] = value
		}
		sum := md5.Sum([]byte(r.Body))
		wrapped[i] = sqsRecord{
			MessageID: r.MessageID, ReceiptHandle: r.Receipt, Body: r.Body, Attributes: attributes,
			MessageAttributes: map[string]string{}, MD5OfBody: hex.EncodeToString(sum[:]), EventSource: "aws:sqs",
			EventSourceARN: fmt.Sprintf("arn:aws:sqs:%s:%s:%s", region, account, r.Queue), Region: region,
		}
	}
	return encode(struct{ Records []sqsRecord }{wrapped})
}

// SNS returns the body of an SQS message from an SNS topic without raw message
// delivery.
// https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
func SNS(message []byte) []byte {
	topic := "arn:aws:sns:" + region + ":" + account + ":commercetools"
	return encode(struct {
		Type, MessageId, TopicArn, Message, Timestamp               string
		SignatureVersion, Signature, SigningCertURL, UnsubscribeURL string
	}{
		"Notification", id("sns", string(message)), topic, string(message), delivered.Format("2006-01-02T15:04:05.000Z"),
		"1", "bm90IGEgc2lnbmF0dXJl",
		"https://sns." + region + ".amazonaws.com/SimpleNotificationService-0000000000000000000000000000000.pem",
		"https://sns." + region + ".amazonaws.com/?Action=Unsubscribe&SubscriptionArn=" + topic + ":" + id("subscription"),
	})
}

type busEvent struct {
	Version    string         `json:"version"`
	ID         string         `json:"id"`
	DetailType string         `json:"detail-type"`
	Source     string         `json:"source"`
	Account    string         `json:"account"`
	Time       string         `json:"time"`
	Region     string         `json:"region"`
	Resources  []string       `json:"resources"`
	Replay     string         `json:"replay-name,omitzero"`
	Detail     jsontext.Value `json:"detail"`
}

// EventBridge returns one of Signalbox's own events as a rule of the bus sends it
// to a queue. A body that is not an event is wrapped unchanged.
func EventBridge(own []byte) []byte { return Replay(own, "") }

// Replay is EventBridge for an event that an archive replay sends again.
func Replay(own []byte, name string) []byte {
	return bus("signalbox", detailType(own, "type"), name, own)
}

// Partner returns a commercetools notification as a rule of its partner event
// bus sends it to a queue.
// https://docs.commercetools.com/api/projects/subscriptions
func Partner(notification []byte) []byte {
	return bus("aws.partner/commercetools.com/acme-dev/orders", detailType(notification, "type"), "", notification)
}

// Topic is the name of the topic in Kafka events.
const Topic = "commercetools"

type kafkaRecord struct {
	Topic         string             `json:"topic"`
	Partition     int                `json:"partition"`
	Offset        int64              `json:"offset"`
	Timestamp     int64              `json:"timestamp"`
	TimestampType string             `json:"timestampType"`
	Key           []byte             `json:"key"`
	Value         []byte             `json:"value"`
	Headers       []map[string][]int `json:"headers"`
}

// Kafka returns the event with which Lambda passes a batch of a topic whose
// partitions hold the given values. Offsets begin at 100.
// https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html
func Kafka(partitions ...[][]byte) []byte {
	records := map[string][]kafkaRecord{}
	for p, values := range partitions {
		name := Topic + "-" + strconv.Itoa(p)
		for i, value := range values {
			records[name] = append(records[name], kafkaRecord{
				Topic: Topic, Partition: p, Offset: int64(100 + i), Timestamp: delivered.UnixMilli(), TimestampType: "CREATE_TIME",
				Key: []byte("order"), Value: value, Headers: []map[string][]int{},
			})
		}
	}
	return encode(struct {
		EventSource string                   `json:"eventSource"`
		Bootstrap   string                   `json:"bootstrapServers"`
		Records     map[string][]kafkaRecord `json:"records"`
	}{"SelfManagedKafka", "pkc-0000.eu-central-1.aws.confluent.cloud:9092", records})
}

func bus(source, detailType, replay string, detail []byte) []byte {
	return encode(busEvent{
		Version: "0", ID: id("event", string(detail)), DetailType: detailType, Source: source, Account: account,
		Time: delivered.Format(time.RFC3339), Region: region, Resources: []string{}, Replay: replay, Detail: detail,
	})
}

func detailType(body []byte, field string) string {
	var members map[string]jsontext.Value
	if json.Unmarshal(body, &members) != nil {
		return "unknown"
	}
	var name string
	if json.Unmarshal(members[field], &name) != nil || name == "" {
		return "unknown"
	}
	return name
}

func id(parts ...string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(fmt.Sprintf("%q", parts))).String()
}

func encode(v any) []byte {
	text, err := json.Marshal(v, json.Deterministic(true), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if err != nil {
		panic("sample: " + err.Error())
	}
	return text
}
