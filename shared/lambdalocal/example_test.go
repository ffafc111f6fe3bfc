package lambdalocal_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"signalbox/shared/lambdalocal"
)

// echo stands for a process of a compiled function, which Start would start.
type echo struct{ name string }

func (e echo) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	return fmt.Appendf(nil, "%s handled %s", e.name, payload), nil
}
func (echo) Kill()  {}
func (echo) Close() {}

// A function is kept warm and invoked; without Options.Start it is the compiled
// program of Function.Bootstrap that answers.
func ExampleLambda_Invoke() {
	lambda := lambdalocal.New(lambdalocal.Options{
		Start: func(f lambdalocal.Function) (lambdalocal.Environment, error) { return echo{f.Name}, nil },
	})
	defer lambda.Close(time.Second)
	if err := lambda.Keep(lambdalocal.Function{Name: "checkout"}); err != nil {
		fmt.Println(err)
		return
	}
	answer, err := lambda.Invoke(context.Background(), "checkout", []byte("a cart"))
	fmt.Println(string(answer), err)
	// Output: checkout handled a cart <nil>
}

// What a function answers to a batch says which of its messages stay in the queue.
func ExampleBatch_Failed() {
	batch := lambdalocal.Batch{{MessageId: aws.String("m-1")}, {MessageId: aws.String("m-2")}}
	fmt.Println(batch.Failed([]byte(`{"batchItemFailures":[{"itemIdentifier":"m-2"}]}`)))
	fmt.Println(batch.Failed([]byte(`{"batchItemFailures":[{"itemIdentifier":"m-7"}]}`)))
	// Output:
	// map[m-2:true] <nil>
	// map[] the answer names a message that is not of the batch
}
