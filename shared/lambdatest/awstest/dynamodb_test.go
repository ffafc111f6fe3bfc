package awstest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/lambdatest/awstest"
)

func serve(t *testing.T, o awstest.Options) (*awstest.Server, aws.Config) {
	t.Helper()
	s, err := awstest.Serve(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, aws.Config{
		Region:       awstest.Region,
		BaseEndpoint: aws.String(s.URL),
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
		HTTPClient:   &http.Client{},
	}
}

func ledger(t *testing.T) (*awstest.Server, *dynamodb.Client) {
	t.Helper()
	s, config := serve(t, awstest.Options{})
	s.CreateTable("ledger", "pk")
	return s, dynamodb.NewFromConfig(config, func(o *dynamodb.Options) { o.RetryMaxAttempts = 1 })
}

type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue   { return &types.AttributeValueMemberS{Value: s} }
func number(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func TestConditionsAreEvaluatedAsDynamoDBDoes(t *testing.T) {
	stored := item{"pk": text("a"), "state": text("INPROGRESS"), "owner": text("me"), "lease": number("100"), "note": text("10")}
	for _, c := range []struct {
		name      string
		key       string
		condition string
		want      bool
	}{
		{"an attribute that is there exists", "a", "attribute_exists(lease)", true},
		{"an attribute that is not there does not exist", "a", "attribute_not_exists(absent)", true},
		{"a new item has no key yet", "new", "attribute_not_exists(pk)", true},
		{"a stored item has its key", "a", "attribute_not_exists(pk)", false},
		{"equal strings are equal", "a", "#state = :inprogress", true},
		{"numbers are compared by value", "a", "lease = :hundred", true},
		{"a number is above a smaller one, although its text sorts before", "a", "lease > :twenty", true},
		{"a number is not below a smaller one", "a", "lease < :twenty", false},
		{"at least includes equality", "a", "lease >= :hundred", true},
		{"at most includes equality", "a", "lease <= :hundred", true},
		{"a string is never equal to a number", "a", "note = :ten", false},
		{"a string is not ordered with a number", "a", "note < :twenty", false},
		{"an attribute that is not there is not ordered", "a", "absent < :twenty", false},
		{"an attribute that is not there differs from every value", "a", "absent <> :twenty", true},
		{"AND binds closer than OR", "a", "attribute_exists(pk) OR attribute_exists(pk) AND attribute_exists(absent)", true},
		{"parentheses come first", "a", "(attribute_exists(pk) OR attribute_exists(pk)) AND attribute_exists(absent)", false},
		{"NOT turns one condition", "a", "NOT attribute_exists(absent) AND attribute_exists(pk)", true},
		{"keywords have no case", "a", "not attribute_exists(absent) and attribute_exists(pk)", true},
		{"the claim of a free key", "new", "attribute_not_exists(pk) OR (#state = :inprogress AND lease < :twenty)", true},
		{"the claim of a held key", "a", "attribute_not_exists(pk) OR (#state = :inprogress AND lease < :twenty)", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, client := ledger(t)
			ctx := context.Background()
			if _, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("ledger"), Item: stored}); err != nil {
				t.Fatal(err)
			}
			in := &dynamodb.PutItemInput{TableName: aws.String("ledger"), Item: item{"pk": text(c.key)}, ConditionExpression: &c.condition}
			in.ExpressionAttributeNames, in.ExpressionAttributeValues = placeholders(c.condition)
			_, err := client.PutItem(ctx, in)
			if got := err == nil; got != c.want || err != nil && code(err) != "ConditionalCheckFailedException" {
				t.Errorf("%s: got %v (%v), want %v", c.condition, got, err, c.want)
			}
		})
	}
}

func placeholders(expression string) (map[string]string, item) {
	names, values := map[string]string{}, item{}
	for name, to := range map[string]string{"#state": "state"} {
		if strings.Contains(expression, name) {
			names[name] = to
		}
	}
	for name, to := range map[string]types.AttributeValue{":inprogress": text("INPROGRESS"), ":hundred": number("1e2"), ":twenty": number("20"), ":ten": number("10")} {
		if strings.Contains(expression, name) {
			values[name] = to
		}
	}
	if len(names) == 0 {
		names = nil
	}
	if len(values) == 0 {
		values = nil
	}
	return names, values
}

func TestWrongRequestsAreRefusedWhateverIsStored(t *testing.T) {
	put := func(in dynamodb.PutItemInput) func(*dynamodb.Client) error {
		return func(c *dynamodb.Client) error {
			if in.TableName == nil {
				in.TableName = aws.String("ledger")
			}
			if in.Item == nil {
				in.Item = item{"pk": text("a")}
			}
			_, err := c.PutItem(context.Background(), &in)
			return err
		}
	}
	for _, c := range []struct {
		name string
		call func(*dynamodb.Client) error
		want string
	}{
		{"a reserved word needs a placeholder", put(dynamodb.PutItemInput{ConditionExpression: aws.String("attribute_exists(state)")}), "ValidationException"},
		{"an unknown value placeholder", put(dynamodb.PutItemInput{ConditionExpression: aws.String("pk = :x")}), "ValidationException"},
		{"an unknown name placeholder", put(dynamodb.PutItemInput{ConditionExpression: aws.String("attribute_exists(#x)")}), "ValidationException"},
		{"a value placeholder nobody uses", put(dynamodb.PutItemInput{ExpressionAttributeValues: item{":x": text("x")}}), "ValidationException"},
		{"a name placeholder nobody uses", put(dynamodb.PutItemInput{ExpressionAttributeNames: map[string]string{"#x": "x"}}), "ValidationException"},
		{"half a condition", put(dynamodb.PutItemInput{ConditionExpression: aws.String("attribute_exists(pk) AND")}), "ValidationException"},
		{"a condition with a tail", put(dynamodb.PutItemInput{ConditionExpression: aws.String("attribute_exists(pk) pk")}), "ValidationException"},
		{"the wrong side of an OR that already holds", put(dynamodb.PutItemInput{ConditionExpression: aws.String("attribute_not_exists(pk) OR size(pk) > pk")}), "ValidationException"},
		{"a table that does not exist", put(dynamodb.PutItemInput{TableName: aws.String("other")}), "ResourceNotFoundException"},
		{"an item without its key", put(dynamodb.PutItemInput{Item: item{"id": text("a")}}), "ValidationException"},
		{"an empty key", put(dynamodb.PutItemInput{Item: item{"pk": text("")}}), "ValidationException"},
		{"an item above 400 KB", put(dynamodb.PutItemInput{Item: item{"pk": text("a"), "note": text(strings.Repeat("x", 400<<10))}}), "ValidationException"},
		{"ALL_NEW of a put", put(dynamodb.PutItemInput{ReturnValues: types.ReturnValueAllNew}), "ValidationException"},
		{"an operation that is not served", func(c *dynamodb.Client) error {
			_, err := c.Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String("ledger")})
			return err
		}, "UnknownOperationException"},
		{"a field that is not served", func(c *dynamodb.Client) error {
			_, err := c.GetItem(context.Background(), &dynamodb.GetItemInput{TableName: aws.String("ledger"), Key: item{"pk": text("a")}, AttributesToGet: []string{"pk"}})
			return err
		}, "SerializationException"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, client := ledger(t)
			if err := c.call(client); code(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if got := s.Items("ledger"); len(got) != 0 {
				t.Errorf("stored %v", got)
			}
		})
	}
}

func TestFailedConditionReturnsTheItemItMet(t *testing.T) {
	_, client := ledger(t)
	ctx := context.Background()
	in := &dynamodb.PutItemInput{
		TableName: aws.String("ledger"), Item: item{"pk": text("a"), "owner": text("first")},
		ConditionExpression:                 aws.String("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if _, err := client.PutItem(ctx, in); err != nil {
		t.Fatal(err)
	}
	in.Item = item{"pk": text("a"), "owner": text("second")}
	_, err := client.PutItem(ctx, in)
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) {
		t.Fatalf("got %v", err)
	}
	if owner, ok := failed.Item["owner"].(*types.AttributeValueMemberS); !ok || owner.Value != "first" {
		t.Errorf("got the item %v, want the first owner's", failed.Item)
	}
}

func TestUpdateReadsTheItemAsItWasBefore(t *testing.T) {
	s, client := ledger(t)
	ctx := context.Background()
	update := func(expression string, names map[string]string, values item) {
		t.Helper()
		_, err := client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: aws.String("ledger"), Key: item{"pk": text("a")}, UpdateExpression: &expression,
			ExpressionAttributeNames: names, ExpressionAttributeValues: values, ReturnValues: types.ReturnValueAllNew,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	update("SET #owner = :me, tries = if_not_exists(tries, :zero) + :one", map[string]string{"#owner": "owner"}, item{":me": text("me"), ":zero": number("0"), ":one": number("1")})
	update("SET tries = if_not_exists(tries, :zero) + :one, earlier = tries REMOVE #owner ADD seen :one", map[string]string{"#owner": "owner"}, item{":zero": number("0"), ":one": number("1")})
	got := map[string]string{}
	for name, a := range s.Items("ledger")[0] {
		got[name] = a.Text()
	}
	want := map[string]string{"pk": "a", "tries": "2", "earlier": "1", "seen": "1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDeleteReturnsWhatItRemoved(t *testing.T) {
	s, client := ledger(t)
	ctx := context.Background()
	value := "x"
	s.PutItem("ledger", awstest.Item{"pk": {S: &value}})
	out, err := client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String("ledger"), Key: item{"pk": text("x")}, ReturnValues: types.ReturnValueAllOld,
		ConditionExpression: aws.String("attribute_exists(pk)"),
	})
	if err != nil || len(out.Attributes) != 1 {
		t.Fatalf("got %v, %v", out, err)
	}
	if got := s.Items("ledger"); len(got) != 0 {
		t.Errorf("left %v", got)
	}
	read, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("ledger"), Key: item{"pk": text("x")}, ConsistentRead: aws.Bool(true)})
	if err != nil || read.Item != nil {
		t.Errorf("read %v, %v", read.Item, err)
	}
}

func TestScriptedFaultsHideOrPreventTheEffect(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  awstest.Fault
		stored int
		code   string
	}{
		{"a throttled write is not made", awstest.Throttled, 0, "ProvisionedThroughputExceededException"},
		{"a broken write is not made", awstest.Broken, 0, "InternalServerError"},
		{"a write may break after it was made", awstest.BrokenAfter, 1, "InternalServerError"},
		{"a write whose reply is lost was made", awstest.LostReply, 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, client := ledger(t)
			s.Script(func(call awstest.Call) *awstest.Fault {
				if call.Operation == "PutItem" {
					return &c.fault
				}
				return nil
			})
			_, err := client.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String("ledger"), Item: item{"pk": text("a")}})
			if err == nil || code(err) != c.code {
				t.Errorf("got %v, want %q", err, c.code)
			}
			if got := len(s.Items("ledger")); got != c.stored {
				t.Errorf("stored %d items, want %d", got, c.stored)
			}
			if got := s.Calls("PutItem"); got != 1 {
				t.Errorf("counted %d calls, want 1", got)
			}
		})
	}
}

func TestChancesAreTheSameForTheSameSeed(t *testing.T) {
	draw := func(seed uint64) (hits []bool) {
		plan := awstest.Chances(seed, awstest.Chance{Operation: "PutItem", Share: 0.3, Fault: awstest.Throttled})
		for range 64 {
			hits = append(hits, plan(awstest.Call{Operation: "PutItem"}) != nil)
		}
		if plan(awstest.Call{Operation: "GetItem"}) != nil {
			t.Error("another operation was met")
		}
		return hits
	}
	if diff := cmp.Diff(draw(1), draw(1)); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(draw(1), draw(2)) {
		t.Error("two seeds gave the same draws")
	}
}

func TestBatchOfItems(t *testing.T) {
	_, client := ledger(t)
	for _, pk := range []string{"a", "b"} {
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("ledger"), Item: item{"pk": text(pk)}}); err != nil {
			t.Fatal(err)
		}
	}
	get := func(keys ...string) (int, error) {
		var wanted []map[string]types.AttributeValue
		for _, pk := range keys {
			wanted = append(wanted, item{"pk": text(pk)})
		}
		out, err := client.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{"ledger": {Keys: wanted, ConsistentRead: aws.Bool(true)}},
		})
		if err != nil {
			return 0, err
		}
		return len(out.Responses["ledger"]), nil
	}
	if n, err := get("a", "c", "b"); err != nil || n != 2 {
		t.Errorf("%d items, %v", n, err)
	}
	if _, err := get("a", "a"); code(err) != "ValidationException" {
		t.Errorf("a key that stands twice: %v", err)
	}
	var many []string
	for i := range 101 {
		many = append(many, strings.Repeat("k", i+1))
	}
	if _, err := get(many...); code(err) != "ValidationException" {
		t.Errorf("101 keys: %v", err)
	}
}
