package queue

import (
	"context"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"golang.org/x/sync/errgroup"

	"signalbox/shared/fault"
)

const (
	backoffBase = 2 * time.Second
	backoffCap  = 15 * time.Minute
	// maxHidden is how long a message is hidden at most. SQS refuses more than
	// 12 hours counted from when it was received, which is some time ago:
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
	maxHidden = 12*time.Hour - 15*time.Minute
	// visibilityBatch is how many messages one request may hide.
	visibilityBatch = 10
)

// backoff is how long a failed record stays hidden: full jitter over a time
// that doubles per attempt, and not less than the other side asked for. What
// was asked for gets a tenth of jitter on top, so that not all come at once.
func backoff(attempt int, err error) time.Duration {
	ceiling := backoffCap
	if attempt < 10 {
		ceiling = min(backoffCap, backoffBase<<max(1, attempt))
	}
	delay := max(time.Second, rand.N(ceiling))
	if asked := fault.Of(err).RetryAfter; asked > delay {
		delay = asked + rand.N(asked/10+1)
	}
	return min(delay, maxHidden)
}

// hidden is one record that goes back to its queue.
type hidden struct {
	receipt string
	delay   time.Duration
}

// hide changes the visibility of the records that go back. It is a courtesy to
// the other side: a record that could not be hidden comes back after the
// queue's own visibility timeout.
func (c *consumer) hide(ctx context.Context, retries []hidden) {
	var requests errgroup.Group
	requests.SetLimit(8)
	for len(retries) > 0 {
		chunk := retries[:min(visibilityBatch, len(retries))]
		retries = retries[len(chunk):]
		entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(chunk))
		for i, r := range chunk {
			entries[i] = types.ChangeMessageVisibilityBatchRequestEntry{
				Id:                aws.String(strconv.Itoa(i)),
				ReceiptHandle:     aws.String(r.receipt),
				VisibilityTimeout: int32((r.delay + time.Second - 1) / time.Second),
			}
		}
		requests.Go(func() error {
			_, err := c.Queue.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &c.queueURL, Entries: entries})
			if err != nil {
				c.Log.DebugContext(ctx, "visibility not changed", "error", err)
			}
			return nil
		})
	}
	_ = requests.Wait()
}
