// Package firehose puts records into a delivery stream of Amazon Data Firehose,
// which writes them to the lake's bucket.
//
// # Delivery
//
// Records that are put at the same time travel in one PutRecordBatch. A batch may
// fail in part: only the records that were refused are sent again, a few times at
// once. A record whose answer was lost may be in the stream twice; it is told by
// what stands in it.
//
// # Errors
//
// What Firehose may take later is Retryable: "firehose-busy" for a record it refused,
// "firehose" with nobody knowing where the answer is missing. A record above its
// limit is Permanent, "record-too-large".
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
	// attempts bounds how often refused records are sent.
	attempts = 3
	// gathering is how long the first record waits for others of its batch.
	gathering = 5 * time.Millisecond
)

// API is what is needed of Firehose; *firehose.Client has it.
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
	// led tells that somebody sends what waits.
	led bool
}

// put is a record and where its fate is told.
type put struct {
	data []byte
	done chan error
}

// New returns a client of the stream that the settings name.
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

// Put returns nil only if Firehose has the record.
func (c *Client) Put(ctx context.Context, record []byte) error {
	if len(record) > maxRecord {
		return fault.Refuse("record-too-large", fmt.Errorf("the record has %d bytes, Firehose takes %d", len(record), maxRecord))
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

// lead sends what waits until nothing does. Whoever waits meanwhile is of the
// same invoke, or of one that runs beside it, so the leader is not held up for long.
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

// abandon ends a lead that a panic broke off, so that nobody waits for it.
func (c *Client) abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.waiting {
		p.done <- unknown(errors.New("the request was not made"))
	}
	c.waiting, c.led = nil, false
}

// take returns as much of what waits as one request may carry. It ends the lead
// when nothing waits.
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

// send puts the records, and again those that were refused, and tells each its fate.
func (c *Client) send(ctx context.Context, batch []*put) {
	fate := errors.New("the request was not made")
	defer func() {
		// Nobody waits for ever, whatever happened to the leader.
		for _, p := range batch {
			p.done <- unknown(fate)
		}
	}()
	for attempt := 1; len(batch) > 0; attempt++ {
		records := make([]types.Record, len(batch))
		for i, p := range batch {
			records[i] = types.Record{Data: p.data}
		}
		out, err := c.api.PutRecordBatch(ctx, &firehose.PutRecordBatchInput{DeliveryStreamName: &c.stream, Records: records})
		if err == nil && (out == nil || len(out.RequestResponses) != len(batch)) {
			err = errors.New("the answer does not have an entry per record")
		}
		if err != nil {
			fate = told(err)
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
			fate = ctx.Err()
			return
		}
	}
}

// told keeps of the service's error its code alone: a message may quote a request.
func told(err error) error {
	var refused smithy.APIError
	if errors.As(err, &refused) {
		return errors.New(refused.ErrorCode())
	}
	return err
}

func unknown(err error) error {
	return fault.Unknown("firehose", 0, fmt.Errorf("put records: %w", err))
}

// backoff is full jitter of 50 ms doubled per attempt.
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
