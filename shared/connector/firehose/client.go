// Package firehose puts records into a delivery stream of Amazon Data Firehose,
// which writes them to the lake's bucket.
//
//	client, err := firehose.New(awsConfig, values)
//	if err := client.Put(ctx, record); err != nil {
//		return err
//	}
//
// # Delivery
//
// Concurrent calls of Put share one PutRecordBatch. If Firehose refuses some
// records of a batch, only those are sent again, a few times, after a short
// back-off. A record whose answer was lost may be in the stream twice; its content
// identifies it.
//
// # Errors
//
// Failures that may pass are Retryable: "firehose-busy" for a refused record,
// "firehose", ambiguous, for a missing answer. A record above the limit is
// Permanent, "record-too-large".
//
// # Limits
//
// 500 records and 4 MiB a request, 1,000 KiB a record:
// https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
package firehose

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"
	"github.com/aws/smithy-go"

	"signalbox/shared/config"
	"signalbox/shared/fault"
)

// System is the ID of Firehose in the catalog.
const System = "firehose"

const (
	maxRecords = 500
	maxBytes   = 4 << 20
	maxRecord  = 1000 << 10
	// attempts is how often a refused record is sent at most.
	attempts = 3
	// gathering is how long the first record waits for others of its batch.
	gathering = 5 * time.Millisecond
)

// API is the part of *firehose.Client that a Client calls.
type API interface {
	PutRecordBatch(context.Context, *firehose.PutRecordBatchInput, ...func(*firehose.Options)) (*firehose.PutRecordBatchOutput, error)
}

// Client puts records into one stream. It is safe for concurrent use.
type Client struct {
	api    API
	stream string
	pause  func(context.Context, time.Duration) error

	mu      sync.Mutex
	waiting []*put
	// led: a call of Put sends the waiting records.
	led bool
}

// put is a record and the channel for its result.
type put struct {
	data []byte
	done chan error
}

// New returns a client for the stream in the settings.
func New(c aws.Config, v config.Values) (*Client, error) {
	stream := v.String(config.Stream)
	if stream == "" {
		return nil, fmt.Errorf("%s is not set", config.Stream)
	}
	return newClient(firehose.NewFromConfig(c, func(o *firehose.Options) {
		if address := v.BaseURL(System); address != "" {
			o.BaseEndpoint = &address
		}
	}), stream), nil
}

func newClient(api API, stream string) *Client {
	return &Client{api: api, stream: stream, pause: pause}
}

// Put returns nil only if Firehose accepted the record.
func (c *Client) Put(ctx context.Context, record []byte) error {
	if len(record) > maxRecord {
		return fault.Refuse("record-too-large", fmt.Errorf("record of %d bytes: expected at most %d", len(record), maxRecord))
	}
	p := &put{data: record, done: make(chan error, 1)}
	c.mu.Lock()
	c.waiting = append(c.waiting, p)
	leads := !c.led
	c.led = true
	c.mu.Unlock()
	if leads {
		c.lead(ctx)
	}
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		return unknown(ctx.Err())
	}
}

// lead sends waiting records until there are none. They belong to the same invoke or
// to a concurrent one, so the leader returns soon.
func (c *Client) lead(ctx context.Context) {
	ended := false
	defer func() {
		if !ended {
			c.abandon()
		}
	}()
	_ = c.pause(ctx, gathering)
	for {
		batch := c.take()
		if len(batch) == 0 {
			ended = true
			return
		}
		c.send(ctx, batch)
	}
}

// abandon ends a lead after a panic, so that no call waits for it forever.
func (c *Client) abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.waiting {
		p.done <- unknown(errors.New("the request was not sent"))
	}
	c.waiting, c.led = nil, false
}

// take returns as many waiting records as one request may hold. It ends the lead
// when there are none.
func (c *Client) take() []*put {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, bytes := 0, 0
	for n < len(c.waiting) && n < maxRecords && bytes+len(c.waiting[n].data) <= maxBytes {
		bytes += len(c.waiting[n].data)
		n++
	}
	batch := c.waiting[:n:n]
	c.waiting = c.waiting[n:]
	c.led = n > 0
	return batch
}

// send puts the records, repeats the refused ones, and returns each one's result on
// its channel.
func (c *Client) send(ctx context.Context, batch []*put) {
	failure := errors.New("the request was not sent")
	defer func() {
		// No call waits forever, even if the leader panics.
		for _, p := range batch {
			p.done <- unknown(failure)
		}
	}()
	for attempt := 1; len(batch) > 0; attempt++ {
		records := make([]types.Record, len(batch))
		for i, p := range batch {
			records[i] = types.Record{Data: p.data}
		}
		out, err := c.api.PutRecordBatch(ctx, &firehose.PutRecordBatchInput{DeliveryStreamName: &c.stream, Records: records})
		if err == nil && (out == nil || len(out.RequestResponses) != len(batch)) {
			err = errors.New("answer: expected one entry per record")
		}
		if err != nil {
			failure = codeOf(err)
			return
		}
		last := attempt == attempts
		var refused []*put
		for i, p := range batch {
			switch code := out.RequestResponses[i].ErrorCode; {
			case code == nil:
				p.done <- nil
			case last:
				p.done <- fault.Retry("firehose-busy", 0, fmt.Errorf("put record: %s", *code))
			default:
				refused = append(refused, p)
			}
		}
		batch = refused
		if len(batch) > 0 && c.pause(ctx, backoff(attempt)) != nil {
			failure = ctx.Err()
			return
		}
	}
}

// codeOf reduces the service's error to its code: a message may quote the request.
func codeOf(err error) error {
	var refused smithy.APIError
	if errors.As(err, &refused) {
		return errors.New(refused.ErrorCode())
	}
	return err
}

func unknown(err error) error {
	return fault.Unknown("firehose", 0, fmt.Errorf("put records: %w", err))
}

// backoff returns a random delay with full jitter: up to 50 ms, doubled with every attempt.
func backoff(attempt int) time.Duration {
	return time.Millisecond + rand.N(50*time.Millisecond<<attempt)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
