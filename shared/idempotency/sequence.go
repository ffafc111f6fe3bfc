package idempotency

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"signalbox/shared/catalog"
)

// AcquireSequence implements Store.
func (d *DynamoDB) AcquireSequence(ctx context.Context, l SequenceLock) (SequenceVerdict, time.Time, error) {
	now := d.now().Truncate(time.Millisecond)
	_, err := d.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:        &d.table,
		Key:              key(l.Key()),
		UpdateExpression: aws.String("SET #owner = :owner, #lease = :lease, #pending = :sequence, #expires = :expires"),
		ConditionExpression: aws.String("(attribute_not_exists(#applied) OR #applied <= :sequence)" +
			" AND (attribute_not_exists(#pending) OR #pending <= :sequence)" +
			" AND (attribute_not_exists(#lease) OR #lease <= :now OR #owner = :owner)"),
		ExpressionAttributeNames: map[string]string{
			"#owner": "owner", "#lease": "lease", "#pending": "pending", "#applied": "applied", "#expires": catalog.LedgerTTL,
		},
		ExpressionAttributeValues: item{
			":owner": text(l.Owner), ":lease": number(l.Lease.UnixMilli()), ":sequence": number(l.Sequence),
			":now": number(now.UnixMilli()), ":expires": number(now.Add(Retention).Unix()),
		},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err == nil {
		return Acquired, time.Time{}, nil
	}
	old, refused, err := d.refused(ctx, l.Key(), err)
	if err != nil || !refused {
		return Acquired, time.Time{}, fmt.Errorf("lock a sequence in the ledger: %w", err)
	}
	p, until := judgeSequence(subjectOf(old), l, now)
	if p == Acquired {
		// The record changed between the refusal and the read.
		return Locked, now.Add(time.Second), nil
	}
	return p, until, nil
}

// ReleaseSequence implements Store.
func (d *DynamoDB) ReleaseSequence(ctx context.Context, l SequenceLock, r Result) error {
	in := &dynamodb.UpdateItemInput{
		UpdateExpression:          aws.String("REMOVE #owner, #lease, #pending"),
		ConditionExpression:       aws.String("#owner = :owner"),
		ExpressionAttributeNames:  map[string]string{"#owner": "owner", "#lease": "lease", "#pending": "pending"},
		ExpressionAttributeValues: item{":owner": text(l.Owner)},
	}
	if r == Applied {
		in.UpdateExpression = aws.String("SET #applied = :sequence REMOVE #owner, #lease, #pending")
		in.ExpressionAttributeNames["#applied"] = "applied"
		in.ExpressionAttributeValues[":sequence"] = number(l.Sequence)
	}
	return d.update(ctx, l.Key(), in)
}

func subjectOf(i item) subject {
	s := subject{applied: numberOf(i["applied"]), pending: numberOf(i["pending"]), owner: stringOf(i["owner"])}
	if v, ok := i["lease"]; ok {
		s.lease = time.UnixMilli(numberOf(v))
	}
	return s
}
