package awstest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"signalbox/shared/lambdatest/awstest"
)

func queue(t *testing.T, o awstest.Options, q awstest.Queue) (*awstest.Server, *sqs.Client, *string) {
	t.Helper()
	s, config := serve(t, o)
	s.CreateQueue(awstest.Queue{Name: "work-dlq"})
	q.Name = "work"
	url := s.CreateQueue(q)
	return s, sqs.NewFromConfig(config, func(o *sqs.Options) { o.RetryMaxAttempts = 1 }), &url
}

func TestMessageTravelsWithItsAttributes(t *testing.T) {
	_, client, url := queue(t, awstest.Options{}, awstest.Queue{})
	ctx := context.Background()
	sent, err := client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: url, MessageBody: aws.String("{}"),
		MessageAttributes: map[string]types.MessageAttributeValue{"reason": {DataType: aws.String("String"), StringValue: aws.String("fedex-429")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url})
	if err != nil || len(got.Messages) != 1 {
		t.Fatalf("got %v, %v", got, err)
	}
	m := got.Messages[0]
	if *m.MessageId != *sent.MessageId || *m.Body != "{}" || *m.MessageAttributes["reason"].StringValue != "fedex-429" || m.Attributes["ApproximateReceiveCount"] != "1" {
		t.Errorf("got %+v", m)
	}
}

func TestReceivedMessageIsHiddenAndComesBack(t *testing.T) {
	s, _, _ := queue(t, awstest.Options{Speed: 100}, awstest.Queue{Visibility: 5 * time.Second})
	if err := s.Send("work", "x"); err != nil {
		t.Fatal(err)
	}
	if got := s.Receive("work", 10); len(got) != 1 {
		t.Fatalf("received %d messages", len(got))
	}
	if got := s.Receive("work", 10); len(got) != 0 {
		t.Fatal("a hidden message was received")
	}
	again := await(t, s)
	if again.Received != 2 {
		t.Errorf("received %d times, want 2", again.Received)
	}
}

// await receives the one message of the queue as soon as it can be had.
func await(t *testing.T, s *awstest.Server) awstest.Message {
	t.Helper()
	for range 400 {
		if got := s.Receive("work", 10); len(got) == 1 {
			return got[0]
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the message did not come back")
	return awstest.Message{}
}

func TestOldReceiptDeletesNothing(t *testing.T) {
	s, client, url := queue(t, awstest.Options{Speed: 100}, awstest.Queue{Visibility: time.Second})
	if err := s.Send("work", "x"); err != nil {
		t.Fatal(err)
	}
	first := await(t, s)
	second := await(t, s)
	if _, err := client.DeleteMessage(context.Background(), &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: &first.Receipt}); err != nil {
		t.Fatal(err)
	}
	if s.Depth("work") != 1 {
		t.Error("an old receipt deleted the message")
	}
	if n := s.Delete("work", second.Receipt); n != 1 || s.Depth("work") != 0 {
		t.Errorf("the last receipt deleted %d, %d are left", n, s.Depth("work"))
	}
}

func TestTooOftenReceivedMessageIsDeadLettered(t *testing.T) {
	s, _, _ := queue(t, awstest.Options{Speed: 1000}, awstest.Queue{Visibility: time.Second, MaxReceive: 3, DeadLetter: "work-dlq"})
	if err := s.Send("work", "x"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		await(t, s)
	}
	time.Sleep(10 * time.Millisecond)
	if got := s.Receive("work", 10); len(got) != 0 {
		t.Fatalf("received a fourth time: %v", got)
	}
	dead := s.Messages("work-dlq")
	if s.Depth("work") != 0 || len(dead) != 1 || dead[0].DeadLetteredFrom != "work" || dead[0].Received != 3 {
		t.Errorf("the dead-letter queue holds %+v", dead)
	}
}

func TestVisibilityIsChangedWhileInFlightAlone(t *testing.T) {
	s, client, url := queue(t, awstest.Options{Speed: 100}, awstest.Queue{Visibility: time.Second})
	ctx := context.Background()
	if err := s.Send("work", "x"); err != nil {
		t.Fatal(err)
	}
	first := await(t, s)
	change := func(seconds int32) error {
		_, err := client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: url, ReceiptHandle: &first.Receipt, VisibilityTimeout: seconds})
		return err
	}
	before := time.Now()
	if err := change(20); err != nil {
		t.Fatal(err)
	}
	if hidden := s.Messages("work")[0].VisibleAt.Sub(before); hidden < 195*time.Millisecond || hidden > 300*time.Millisecond {
		t.Errorf("hidden for %v, want 20 s at 100 times the speed", hidden)
	}
	if err := change(43201); code(err) != "InvalidParameterValue" {
		t.Errorf("more than 12 h: %v", err)
	}
	if err := change(0); err != nil {
		t.Fatal(err)
	}
	if err := change(20); code(err) != "MessageNotInflight" {
		t.Errorf("a visible message was changed: %v", err)
	}
}

func TestBatchEntriesFailAlone(t *testing.T) {
	s, client, url := queue(t, awstest.Options{}, awstest.Queue{})
	s.Script(func(c awstest.Call) *awstest.Fault {
		return &awstest.Fault{Entry: func(i int) string {
			if i == 1 {
				return "InternalError"
			}
			return ""
		}}
	})
	var entries []types.SendMessageBatchRequestEntry
	for i, body := range []string{"a", "b", "c\x01"} {
		entries = append(entries, types.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), MessageBody: aws.String(body)})
	}
	out, err := client.SendMessageBatch(context.Background(), &sqs.SendMessageBatchInput{QueueUrl: url, Entries: entries})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Successful) != 1 || len(out.Failed) != 2 || *out.Failed[0].Code != "InternalError" || *out.Failed[1].Code != "InvalidMessageContents" {
		t.Errorf("got %+v", out)
	}
	if s.Depth("work") != 1 {
		t.Errorf("the queue holds %d", s.Depth("work"))
	}
}

func TestWhatSQSRefusesIsRefused(t *testing.T) {
	attribute := func(name, value string) map[string]types.MessageAttributeValue {
		return map[string]types.MessageAttributeValue{name: {DataType: aws.String("String"), StringValue: &value}}
	}
	for _, c := range []struct {
		name string
		in   sqs.SendMessageInput
		want string
	}{
		{"a body above 1 MiB", sqs.SendMessageInput{MessageBody: aws.String(strings.Repeat("x", 1<<20+1))}, "InvalidParameterValue"},
		{"a body that is 1 MiB with an attribute on top", sqs.SendMessageInput{MessageBody: aws.String(strings.Repeat("x", 1<<20)), MessageAttributes: attribute("reason", "x")}, "InvalidParameterValue"},
		{"a control character", sqs.SendMessageInput{MessageBody: aws.String("\x00")}, "InvalidMessageContents"},
		{"an empty body", sqs.SendMessageInput{MessageBody: aws.String("")}, "MissingParameter"},
		{"an empty attribute", sqs.SendMessageInput{MessageBody: aws.String("x"), MessageAttributes: attribute("reason", "")}, "InvalidParameterValue"},
		{"an attribute with a blank in its name", sqs.SendMessageInput{MessageBody: aws.String("x"), MessageAttributes: attribute("the reason", "x")}, "InvalidParameterValue"},
		{"an attribute of AWS", sqs.SendMessageInput{MessageBody: aws.String("x"), MessageAttributes: attribute("AWS.reason", "x")}, "InvalidParameterValue"},
		{"a queue that does not exist", sqs.SendMessageInput{QueueUrl: aws.String("http://127.0.0.1/000000000000/other"), MessageBody: aws.String("x")}, "QueueDoesNotExist"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, client, url := queue(t, awstest.Options{}, awstest.Queue{})
			if c.in.QueueUrl == nil {
				c.in.QueueUrl = url
			}
			_, err := client.SendMessage(context.Background(), &c.in)
			if code(err) != c.want || s.Depth("work") != 0 {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestQueuePromisesNoOrder(t *testing.T) {
	order := func(o awstest.Options) string {
		s, _, _ := queue(t, o, awstest.Queue{})
		for _, body := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			if err := s.Send("work", body); err != nil {
				t.Fatal(err)
			}
		}
		var got strings.Builder
		for range 8 {
			for _, m := range s.Receive("work", 1) {
				got.WriteString(m.Body)
			}
		}
		return got.String()
	}
	if got := order(awstest.Options{}); got != "abcdefgh" {
		t.Errorf("without disorder: %s", got)
	}
	disorder := order(awstest.Options{Disorder: 7})
	if disorder == "abcdefgh" || len(disorder) != 8 || disorder != order(awstest.Options{Disorder: 7}) {
		t.Errorf("with disorder: %s, %s", disorder, order(awstest.Options{Disorder: 7}))
	}
}
