// Command tiny is a function whose messages tell it what to do.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(_ context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		var failed events.SQSEventResponse
		for _, r := range e.Records {
			fmt.Println(filepath.Base(os.Args[0]), r.Body)
			switch r.Body {
			case "fail":
				failed.BatchItemFailures = append(failed.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: r.MessageId})
			case "unknown":
				failed.BatchItemFailures = append(failed.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: "nobody's"})
			case "error":
				return failed, fmt.Errorf("asked to")
			case "hang":
				time.Sleep(time.Minute)
			case "exit":
				os.Exit(3)
			case "slow":
				time.Sleep(300 * time.Millisecond)
			}
		}
		return failed, nil
	})
}
