// The probe is a function that does what its event tells it to.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type order struct {
	Sleep time.Duration
	Print string
	Fail  string
	Exit  bool
	Panic bool
}

type report struct {
	PID, Invoke       int
	Remaining         time.Duration
	RequestID, ARN    string
	Name, Memory, Env string
	Inherited         string
}

func main() {
	if os.Getenv("PROBE_INIT") == "exit" {
		os.Exit(3)
	}
	if os.Getenv("PROBE_INIT") == "hang" {
		select {}
	}
	invokes := 0
	lambda.Start(func(ctx context.Context, o order) (report, error) {
		invokes++
		if o.Print != "" {
			fmt.Print(o.Print)
		}
		time.Sleep(o.Sleep)
		switch {
		case o.Exit:
			os.Exit(1)
		case o.Panic:
			panic("asked to")
		case o.Fail != "":
			return report{}, errors.New(o.Fail)
		}
		deadline, _ := ctx.Deadline()
		lc, _ := lambdacontext.FromContext(ctx)
		return report{
			PID: os.Getpid(), Invoke: invokes, Remaining: time.Until(deadline), RequestID: lc.AwsRequestID, ARN: lc.InvokedFunctionArn,
			Name: lambdacontext.FunctionName, Memory: strconv.Itoa(lambdacontext.MemoryLimitInMB), Env: os.Getenv("PROBE"), Inherited: os.Getenv("HOME"),
		}, nil
	})
}
