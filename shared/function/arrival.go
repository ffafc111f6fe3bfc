package function

import (
	"cmp"
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"signalbox/shared/config"
	"signalbox/shared/fault"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/idempotency"
)

// RecordArrival records that a message of the function's source arrived, for as
// long as the ledger remembers events.
func (e Env) RecordArrival(ctx context.Context, id string) error {
	if err := e.arrivals.Arrive(ctx, idempotency.ArrivalKey(e.arrivalSource(), id)); err != nil {
		return delivery.LedgerFault(err, true)
	}
	return nil
}

// Arrived returns which messages of the source arrived.
func (e Env) Arrived(ctx context.Context, ids []string) (map[string]bool, error) {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = idempotency.ArrivalKey(e.arrivalSource(), id)
	}
	noted, err := e.arrivals.Arrived(ctx, keys)
	if err != nil {
		return nil, delivery.LedgerFault(err, false)
	}
	arrived := make(map[string]bool, len(noted))
	for i, id := range ids {
		if noted[keys[i]] {
			arrived[id] = true
		}
	}
	return arrived, nil
}

// arrivalSource is the source that the function opens, or refills.
func (e Env) arrivalSource() string { return cmp.Or(e.Function.Source(), e.Function.Refills()) }

// Refill puts a message into the queue of the source that the function refills,
// as if the source had delivered it.
func (e Env) Refill(ctx context.Context, body []byte) error {
	_, err := e.queue.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: aws.String(e.Config.String(config.IngressQueueURL)), MessageBody: aws.String(string(body)),
	})
	if err != nil {
		return fault.Unknown("queue", 0, errors.New("the source's queue did not take the message"))
	}
	return nil
}
