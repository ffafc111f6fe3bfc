package awstest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"signalbox/shared/lambdatest/awstest"
)

func entry(source, detailType, detail string) types.PutEventsRequestEntry {
	return types.PutEventsRequestEntry{EventBusName: aws.String("bus"), Source: &source, DetailType: &detailType, Detail: &detail}
}

func TestBusRoutesByExactDetailType(t *testing.T) {
	s, config := serve(t, awstest.Options{})
	for _, name := range []string{"created", "held", "topic"} {
		s.CreateQueue(awstest.Queue{Name: name})
	}
	s.CreateBus("bus",
		awstest.Rule{Source: "signalbox", DetailTypes: []string{"order.created"}, Queue: "created"},
		awstest.Rule{Source: "signalbox", DetailTypes: []string{"order.held"}, Queue: "held"},
		awstest.Rule{Source: "signalbox", DetailTypes: []string{"order.created"}, Queue: "topic", DetailAlone: true},
	)
	client := eventbridge.NewFromConfig(config)
	_, err := client.PutEvents(context.Background(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{
		entry("signalbox", "order.created", `{"id":"e1"}`), entry("other", "order.held", `{"id":"e2"}`),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Messages("created"); len(got) != 1 || !strings.Contains(got[0].Body, `"detail-type":"order.created"`) || !strings.Contains(got[0].Body, `"detail":{"id":"e1"}`) {
		t.Errorf("the rule's queue holds %+v", got)
	}
	if got := s.Messages("held"); len(got) != 0 {
		t.Errorf("an event of another source was routed: %+v", got)
	}
	if got := s.Messages("topic"); len(got) != 1 || got[0].Body != `{"id":"e1"}` {
		t.Errorf("InputPath $.detail gave %+v", got)
	}
	if got := s.Published("bus"); len(got) != 2 {
		t.Errorf("%d events published, want 2", len(got))
	}
}

func TestEntriesOfPutEventsFailAlone(t *testing.T) {
	s, config := serve(t, awstest.Options{})
	s.CreateBus("bus")
	client := eventbridge.NewFromConfig(config)
	put := func(entries ...types.PutEventsRequestEntry) (*eventbridge.PutEventsOutput, error) {
		return client.PutEvents(context.Background(), &eventbridge.PutEventsInput{Entries: entries})
	}
	out, err := put(entry("signalbox", "a", `{}`), entry("signalbox", "a", `{"id":`), entry("signalbox", "a", `[]`), entry("signalbox", "", `{}`))
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, e := range out.Entries {
		codes = append(codes, aws.ToString(e.ErrorCode))
	}
	if got := strings.Join(codes, " "); got != " MalformedDetail MalformedDetail InvalidArgument" || out.FailedEntryCount != 3 {
		t.Errorf("got %q, %d failed", got, out.FailedEntryCount)
	}
	s.Script(func(awstest.Call) *awstest.Fault {
		return &awstest.Fault{Entry: func(i int) string { return []string{"ThrottlingException", ""}[i] }}
	})
	if out, err = put(entry("signalbox", "a", `{}`), entry("signalbox", "b", `{}`)); err != nil || out.FailedEntryCount != 1 {
		t.Fatalf("got %+v, %v", out, err)
	}
	if got := s.Published("bus"); len(got) != 2 || got[1].DetailType != "b" {
		t.Errorf("published %+v", got)
	}
	s.Script(nil)
	big := `{"x":"` + strings.Repeat("x", 1<<20) + `"}`
	if _, err := put(entry("signalbox", "a", big)); code(err) != "ValidationException" {
		t.Errorf("more than 1 MiB: %v", err)
	}
}

func TestSecretIsReadByItsARN(t *testing.T) {
	s, config := serve(t, awstest.Options{})
	arn := s.CreateSecret("fedex", `{"client_id":"x"}`)
	client := secretsmanager.NewFromConfig(config)
	out, err := client.GetSecretValue(context.Background(), &secretsmanager.GetSecretValueInput{SecretId: &arn})
	if err != nil || *out.SecretString != `{"client_id":"x"}` {
		t.Fatalf("got %+v, %v", out, err)
	}
	if _, err := client.GetSecretValue(context.Background(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("other")}); code(err) != "ResourceNotFoundException" {
		t.Errorf("another secret: %v", err)
	}
}
