package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// engineVariable names an engine to use instead of our own.
const engineVariable = "SIGNALBOX_ENGINE"

// stageFlags declares what every command that runs the system has.
func stageFlags(flags *flag.FlagSet, stage, engine *string) {
	endpoint, _ := os.LookupEnv(engineVariable)
	flags.StringVar(stage, "stage", "dev", "`stage` of cdk.json whose stacks are run")
	*engine = endpoint
	flags.Func("engine", "`URL` of an AWS endpoint to use instead of our own engine;\n"+engineVariable+" sets it too", func(url string) error {
		*engine = url
		return nil
	})
}

func printJSON(w io.Writer, v any) error {
	text, err := json.Marshal(v, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, string(text))
	return err
}
