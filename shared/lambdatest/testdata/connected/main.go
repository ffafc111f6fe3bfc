// Connected is what anyone's function costs that does nothing yet is ready to
// act: the bare handler, with the AWS clients that a reaction needs made, the
// vendor's secret read and the connection to the table open before the first event.
package main

import (
	"context"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// clients keeps the linker from leaving out what a reaction would call.
type clients struct {
	bus interface {
		PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
	}
	queue interface {
		SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	}
}

func main() {
	ctx := context.Background()
	c := aws.Config{
		Region:       os.Getenv("AWS_REGION"),
		BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL")),
		Credentials:  credentials.NewStaticCredentialsProvider(os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")),
	}
	made := clients{eventbridge.NewFromConfig(c), sqs.NewFromConfig(c)}
	secrets := secretsmanager.NewFromConfig(c)
	for _, entry := range os.Environ() {
		if name, arn, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "SIGNALBOX_SECRET_") {
			if _, err := secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn}); err != nil {
				panic(err)
			}
		}
	}
	_, err := dynamodb.NewFromConfig(c).GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(os.Getenv("SIGNALBOX_LEDGER")),
		Key:       map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "connected"}},
	})
	if err != nil {
		panic(err)
	}
	lambda.Start(func(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		if len(e.Records) == 0 {
			_, err := made.queue.SendMessage(ctx, &sqs.SendMessageInput{})
			if err == nil {
				_, err = made.bus.PutEvents(ctx, &eventbridge.PutEventsInput{})
			}
			return events.SQSEventResponse{}, err
		}
		return events.SQSEventResponse{}, nil
	})
}
