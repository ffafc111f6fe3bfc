// Naive is what a function looks like that nobody thought about: it does its
// effect and hopes. By its name it also loses, by swallowing errors, or it is
// careful enough to pass. NAIVE_PATIENCE is how long it waits for an answer.
package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/go-json-experiment/json"
)

func main() { lambda.Start(handle) }

func handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	var failed events.SQSEventResponse
	for _, m := range batch.Records {
		err := effect(ctx, m.Body)
		if err != nil && os.Getenv("AWS_LAMBDA_FUNCTION_NAME") != "loses" {
			failed.BatchItemFailures = append(failed.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return failed, nil
}

func effect(ctx context.Context, body string) error {
	var wrapper struct {
		Detail struct {
			Subject string `json:"subject"`
		} `json:"detail"`
	}
	if err := json.Unmarshal([]byte(body), &wrapper); err != nil {
		return err
	}
	if patience, err := time.ParseDuration(os.Getenv("NAIVE_PATIENCE")); err == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, os.Getenv("COUNTER_BASE_URL")+"/effects", strings.NewReader(wrapper.Detail.Subject))
	if err != nil {
		return err
	}
	if os.Getenv("AWS_LAMBDA_FUNCTION_NAME") == "careful" {
		request.Header.Set("Idempotency-Key", wrapper.Detail.Subject)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}
