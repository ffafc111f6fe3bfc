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

// Enter implements Store.
func (d *DynamoDB) Enter(ctx context.Context, t Turn) (Place, time.Time, error) {
	now := d.now().Truncate(time.Millisecond)
	_, err := d.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:        &d.table,
		Key:              key(t.Key()),
		UpdateExpression: aws.String("SET #owner = :owner, #lease = :lease, #pending = :sequence, #expires = :expires"),
		ConditionExpression: aws.String("(attribute_not_exists(#applied) OR #applied <= :sequence)" +
			" AND (attribute_not_exists(#pending) OR #pending <= :sequence)" +
			" AND (attribute_not_exists(#lease) OR #lease <= :now OR #owner = :owner)"),
		ExpressionAttributeNames: map[string]string{
			"#owner": "owner", "#lease": "lease", "#pending": "pending", "#applied": "applied", "#expires": catalog.LedgerTTL,
		},
		ExpressionAttributeValues: item{
			":owner": text(t.Owner), ":lease": number(t.Lease.UnixMilli()), ":sequence": number(t.Sequence),
			":now": number(now.UnixMilli()), ":expires": number(now.Add(Retention).Unix()),
		},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err == nil {
		return Mine, time.Time{}, nil
	}
	old, refused, err := d.refused(ctx, t.Key(), err)
	if err != nil || !refused {
		return Mine, time.Time{}, fmt.Errorf("enter in the ledger: %w", err)
	}
	p, until := place(subjectOf(old), t, now)
	if p == Mine {
		// The record changed between the refusal and our look at it.
		return Occupied, now.Add(time.Second), nil
	}
	return p, until, nil
}

// Leave implements Store.
func (d *DynamoDB) Leave(ctx context.Context, t Turn, f Fate) error {
	in := &dynamodb.UpdateItemInput{
		UpdateExpression:          aws.String("REMOVE #owner, #lease, #pending"),
		ConditionExpression:       aws.String("#owner = :owner"),
		ExpressionAttributeNames:  map[string]string{"#owner": "owner", "#lease": "lease", "#pending": "pending"},
		ExpressionAttributeValues: item{":owner": text(t.Owner)},
	}
	if f == Applied {
		in.UpdateExpression = aws.String("SET #applied = :sequence REMOVE #owner, #lease, #pending")
		in.ExpressionAttributeNames["#applied"] = "applied"
		in.ExpressionAttributeValues[":sequence"] = number(t.Sequence)
	}
	return d.update(ctx, t.Key(), in)
}

func subjectOf(i item) subject {
	s := subject{applied: numberOf(i["applied"]), pending: numberOf(i["pending"]), owner: stringOf(i["owner"])}
	if v, ok := i["lease"]; ok {
		s.lease = time.UnixMilli(numberOf(v))
	}
	return s
}
