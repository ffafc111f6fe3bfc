// The CDK app: it synthesizes the stacks of one stage. The stage is the context
// value "stage", which `-c stage=prod` sets; what a stage is stands in cdk.json.
package main

import (
	"fmt"
	"os"

	"signalbox/infra/stack"
)

func main() {
	err := stack.Synthesize(stack.Options{Config: "cdk.json", Builds: "dist"})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	stack.Close()
	if err != nil {
		os.Exit(1)
	}
}
