package idempotency

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"signalbox/shared/catalog"
)

// DynamoDBAPI is the part of *dynamodb.Client that a ledger calls.
type DynamoDBAPI interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
}

// DynamoDB is a ledger in a DynamoDB table with the partition key
// catalog.LedgerKey and the time-to-live attribute catalog.LedgerTTL.
//
// Lease and at are milliseconds since 1970. A record also names its event, for
// those who read the table's stream.
type DynamoDB struct {
	api   DynamoDBAPI
	table string
	now   func() time.Time
}

var _ Store = (*DynamoDB)(nil)

// NewDynamoDB returns the ledger in that table; now is the clock.
func NewDynamoDB(api DynamoDBAPI, table string, now func() time.Time) *DynamoDB {
	return &DynamoDB{api: api, table: table, now: now}
}

type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func key(pk string) item { return item{catalog.LedgerKey: text(pk)} }

// Find implements Store.
func (d *DynamoDB) Find(ctx context.Context, e Entry) (Verdict, error) {
	r, exists, err := d.read(ctx, e)
	if err != nil {
		return Free, err
	}
	return found(r, exists, e, d.now()), nil
}

func (d *DynamoDB) read(ctx context.Context, e Entry) (Record, bool, error) {
	out, err := d.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &d.table, Key: key(e.Key()), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return Record{}, false, fmt.Errorf("read the ledger: %w", err)
	}
	return record(out.Item), len(out.Item) > 0, nil
}

// Record implements Store.
func (d *DynamoDB) Record(ctx context.Context, e Entry, owner string) (Verdict, error) {
	now := d.now()
	put := e.item(Completed, owner, now)
	_, err := d.api.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:           &d.table,
		Item:                put,
		ConditionExpression: aws.String("attribute_not_exists(#pk) OR #state <> :completed OR #expires <= :now"),
		ExpressionAttributeNames: map[string]string{
			"#pk": catalog.LedgerKey, "#state": "state", "#expires": catalog.LedgerTTL,
		},
		ExpressionAttributeValues:           item{":completed": text(string(Completed)), ":now": number(now.Unix())},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err == nil {
		return Free, nil
	}
	old, refused, err := d.refused(ctx, e.Key(), err)
	if err != nil || !refused {
		return Free, fmt.Errorf("record in the ledger: %w", err)
	}
	r := record(old)
	if r.Owner == owner {
		return Free, nil
	}
	if !r.matches(e) {
		return Mismatch, nil
	}
	return Done, nil
}

// Claim implements Store.
func (d *DynamoDB) Claim(ctx context.Context, e Entry, owner string, lease time.Time, grace time.Duration) (Claim, error) {
	now := d.now().Truncate(time.Millisecond)
	put := e.item(InProgress, owner, now)
	put["lease"] = number(lease.UnixMilli())
	takeable := "#state = :inprogress AND #lease <= :before"
	names := map[string]string{"#pk": catalog.LedgerKey, "#state": "state", "#lease": "lease", "#expires": catalog.LedgerTTL}
	values := item{
		":completed": text(string(Completed)), ":now": number(now.Unix()),
		":inprogress": text(string(InProgress)), ":before": number(now.Add(-grace).UnixMilli()),
	}
	if e.Hash != "" {
		takeable += " AND (#hash = :hash OR #hash = :none)"
		names["#hash"] = "hash"
		values[":hash"], values[":none"] = text(e.Hash), text("")
	}
	out, err := d.api.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &d.table,
		Item:      put,
		// The condition does not allow our own owner: a Put that the SDK repeats after a
		// lost answer must not look like one that found no record.
		ConditionExpression:                 aws.String("attribute_not_exists(#pk) OR (#state = :completed AND #expires <= :now) OR (" + takeable + ")"),
		ExpressionAttributeNames:            names,
		ExpressionAttributeValues:           values,
		ReturnValues:                        types.ReturnValueAllOld,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err == nil {
		return judge(record(out.Attributes), len(out.Attributes) > 0, e, owner, now, grace), nil
	}
	old, refused, err := d.refused(ctx, e.Key(), err)
	if err != nil || !refused {
		return Claim{}, fmt.Errorf("claim in the ledger: %w", err)
	}
	r := record(old)
	c := judge(r, len(old) > 0, e, owner, now, grace)
	if r.Owner != owner && (c.Verdict == Free || c.Verdict == Uncertain) {
		// The record changed between the refusal and the read.
		return Claim{Verdict: Busy, Until: now.Add(time.Second)}, nil
	}
	return c, nil
}

// Complete implements Store.
func (d *DynamoDB) Complete(ctx context.Context, e Entry, owner string) error {
	now := d.now()
	return d.update(ctx, e.Key(), &dynamodb.UpdateItemInput{
		UpdateExpression:    aws.String("SET #state = :completed, #at = :at, #expires = :expires REMOVE #lease"),
		ConditionExpression: aws.String("#owner = :owner"),
		ExpressionAttributeNames: map[string]string{
			"#state": "state", "#at": "at", "#expires": catalog.LedgerTTL, "#lease": "lease", "#owner": "owner",
		},
		ExpressionAttributeValues: item{
			":completed": text(string(Completed)), ":at": number(now.UnixMilli()),
			":expires": number(now.Add(Retention).Unix()), ":owner": text(owner),
		},
	})
}

// Release implements Store.
func (d *DynamoDB) Release(ctx context.Context, e Entry, owner string, mayExist bool) error {
	names := map[string]string{"#state": "state", "#owner": "owner"}
	values := item{":inprogress": text(string(InProgress)), ":owner": text(owner)}
	condition := aws.String("#owner = :owner AND #state = :inprogress")
	if mayExist {
		names["#lease"] = "lease"
		values[":lease"] = number(d.now().UnixMilli())
		return d.update(ctx, e.Key(), &dynamodb.UpdateItemInput{
			UpdateExpression:          aws.String("SET #lease = :lease"),
			ConditionExpression:       condition,
			ExpressionAttributeNames:  names,
			ExpressionAttributeValues: values,
		})
	}
	_, err := d.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &d.table, Key: key(e.Key()),
		ConditionExpression: condition, ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	})
	return lost(err)
}

func (d *DynamoDB) update(ctx context.Context, pk string, in *dynamodb.UpdateItemInput) error {
	in.TableName, in.Key = &d.table, key(pk)
	_, err := d.api.UpdateItem(ctx, in)
	return lost(err)
}

func lost(err error) error {
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		return ErrLost
	}
	if err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	return nil
}

// refused returns the record that made the condition fail, and false with the
// error if it was not a condition that failed.
func (d *DynamoDB) refused(ctx context.Context, pk string, err error) (item, bool, error) {
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) {
		return nil, false, err
	}
	if len(failed.Item) > 0 {
		return failed.Item, true, nil
	}
	out, err := d.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &d.table, Key: key(pk), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, false, err
	}
	return out.Item, true, nil
}

func (e Entry) item(s State, owner string, now time.Time) item {
	return item{
		catalog.LedgerKey: text(e.Key()),
		catalog.LedgerTTL: number(now.Add(Retention).Unix()),
		"state":           text(string(s)),
		"owner":           text(owner),
		"hash":            text(e.Hash),
		"at":              number(now.UnixMilli()),
		"function":        text(e.Function),
		"eventid":         text(e.EventID),
		"eventtype":       text(string(e.EventType)),
		"correlationid":   text(e.CorrelationID),
		"causationid":     text(e.CausationID),
	}
}

func record(i item) Record {
	return Record{
		State:   State(stringOf(i["state"])),
		Owner:   stringOf(i["owner"]),
		Hash:    stringOf(i["hash"]),
		Lease:   time.UnixMilli(numberOf(i["lease"])),
		Expires: time.Unix(numberOf(i[catalog.LedgerTTL]), 0),
	}
}

func stringOf(v types.AttributeValue) string {
	s, _ := v.(*types.AttributeValueMemberS)
	if s == nil {
		return ""
	}
	return s.Value
}

func numberOf(v types.AttributeValue) int64 {
	s, _ := v.(*types.AttributeValueMemberN)
	if s == nil {
		return 0
	}
	n, _ := strconv.ParseInt(s.Value, 10, 64)
	return n
}
