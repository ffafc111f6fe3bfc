// The CDK app: it synthesizes the stacks of one stage. The stage is the context
// value "stage", which `-c stage=prod` sets; what a stage is stands in cdk.json.
package main

import (
	"fmt"
	"os"

	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/stack"
)

func main() {
	defer jsii.Close()
	if err := stack.Synthesize(stack.Options{Config: "cdk.json", Builds: "dist"}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		jsii.Close()
		os.Exit(1)
	}
}
