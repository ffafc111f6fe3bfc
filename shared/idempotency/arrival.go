package idempotency

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"signalbox/shared/catalog"
)

// Arrivals records which messages of a source arrived, for Retention. It is safe for
// concurrent use by any number of processes. An error means that the ledger did not
// answer.
type Arrivals interface {
	// Arrive records the key.
	Arrive(ctx context.Context, key string) error
	// Arrived returns those of the keys that were recorded.
	Arrived(ctx context.Context, keys []string) (map[string]bool, error)
}

var (
	_ Arrivals = (*DynamoDB)(nil)
	_ Arrivals = (*Memory)(nil)
)

// ArrivalKey is the key of a source's message: "<source>#arrived#<message id>".
func ArrivalKey(source, id string) string { return source + "#arrived#" + id }

const (
	// keysPerBatch is the limit of one request:
	// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
	keysPerBatch = 100
	// batchAttempts is how often the unprocessed rest of a batch is requested at most.
	batchAttempts = 6
)

// Arrive implements Arrivals.
func (d *DynamoDB) Arrive(ctx context.Context, pk string) error {
	_, err := d.api.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &d.table, Item: item{catalog.LedgerKey: text(pk), catalog.LedgerTTL: number(d.now().Add(Retention).Unix())},
	})
	if err != nil {
		return fmt.Errorf("record an arrival: %w", err)
	}
	return nil
}

// Arrived implements Arrivals.
func (d *DynamoDB) Arrived(ctx context.Context, keys []string) (map[string]bool, error) {
	arrived := map[string]bool{}
	for chunk := range slices.Chunk(keys, keysPerBatch) {
		wanted := make([]map[string]types.AttributeValue, len(chunk))
		for i, pk := range chunk {
			wanted[i] = key(pk)
		}
		rest := map[string]types.KeysAndAttributes{d.table: {Keys: wanted, ConsistentRead: aws.Bool(true)}}
		for attempt := 0; len(rest[d.table].Keys) > 0; attempt++ {
			if attempt == batchAttempts {
				return nil, errors.New("read arrivals: the table throttles")
			}
			if attempt > 0 {
				if err := wait(ctx, rand.N(25*time.Millisecond<<attempt)); err != nil {
					return nil, err
				}
			}
			out, err := d.api.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: rest})
			if err != nil {
				return nil, fmt.Errorf("read arrivals: %w", err)
			}
			for _, found := range out.Responses[d.table] {
				if d.now().Unix() < numberOf(found[catalog.LedgerTTL]) {
					arrived[stringOf(found[catalog.LedgerKey])] = true
				}
			}
			rest = out.UnprocessedKeys
		}
	}
	return arrived, nil
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Arrive implements Arrivals.
func (m *Memory) Arrive(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.arrivals[key] = m.now().Truncate(time.Second).Add(Retention)
	return nil
}

// Arrived implements Arrivals.
func (m *Memory) Arrived(_ context.Context, keys []string) (map[string]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	arrived := map[string]bool{}
	for _, key := range keys {
		if m.now().Before(m.arrivals[key]) {
			arrived[key] = true
		}
	}
	return arrived, nil
}
