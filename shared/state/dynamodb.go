package state

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

// DynamoDBAPI is what a store needs of DynamoDB; *dynamodb.Client has it.
type DynamoDBAPI interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
}

// DynamoDB is a Store in a DynamoDB table with the partition key catalog.LedgerKey
// and the time-to-live attribute catalog.LedgerTTL. An item has the attributes note,
// the JSON text, and revision.
type DynamoDB struct {
	api   DynamoDBAPI
	table string
	now   func() time.Time
}

var (
	_ Store = (*DynamoDB)(nil)
	_ Store = (*Memory)(nil)
)

// NewDynamoDB returns the store in that table; now is the clock.
func NewDynamoDB(api DynamoDBAPI, table string, now func() time.Time) *DynamoDB {
	return &DynamoDB{api: api, table: table, now: now}
}

const (
	attributeText     = "note"
	attributeRevision = "revision"
)

type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// Read implements Store.
func (d *DynamoDB) Read(ctx context.Context, key string) (Record, error) {
	out, err := d.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &d.table, Key: item{catalog.LedgerKey: text(key)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return Record{}, fmt.Errorf("read state: %w", err)
	}
	var r Record
	if s, ok := out.Item[attributeText].(*types.AttributeValueMemberS); ok {
		r.Text = s.Value
	}
	r.Revision = numberOf(out.Item[attributeRevision])
	if expires, ok := out.Item[catalog.LedgerTTL]; ok && d.now().Unix() >= numberOf(expires) {
		// The revision goes on: the item may still be there when it is written.
		r.Text = ""
	}
	return r, nil
}

// Swap implements Store.
func (d *DynamoDB) Swap(ctx context.Context, key string, old Record, next string, keep time.Duration) (bool, error) {
	put := item{catalog.LedgerKey: text(key), attributeText: text(next), attributeRevision: number(old.Revision + 1)}
	if keep != Forever {
		put[catalog.LedgerTTL] = number(d.now().Add(keep).Unix())
	}
	in := &dynamodb.PutItemInput{
		TableName: &d.table, Item: put,
		ConditionExpression:      aws.String("attribute_not_exists(#pk)"),
		ExpressionAttributeNames: map[string]string{"#pk": catalog.LedgerKey},
	}
	if old.Revision > 0 {
		in.ConditionExpression = aws.String("#revision = :revision")
		in.ExpressionAttributeNames = map[string]string{"#revision": attributeRevision}
		in.ExpressionAttributeValues = item{":revision": number(old.Revision)}
	}
	_, err := d.api.PutItem(ctx, in)
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("write state: %w", err)
	}
	return true, nil
}

func numberOf(v types.AttributeValue) int64 {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	i, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		return 0
	}
	return i
}
