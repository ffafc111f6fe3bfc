package stack

import (
	"fmt"
	"maps"
	"os"
	"runtime"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/go-json-experiment/json"

	"signalbox/infra/stage"
)

// Options say what to synthesize and where to.
type Options struct {
	// Config is the path of cdk.json.
	Config string
	// Builds is the folder of the functions' binaries, see Bootstrap.
	Builds string
	// Outdir takes the templates; empty means CDK_OUTDIR, as the CDK CLI sets it.
	Outdir string
	// Context is laid over the context of cdk.json.
	Context map[string]any
	// Change edits the stage's settings before they are used.
	Change func(*stage.Settings)
}

// Synthesize writes the stacks of the stage that the context names. It takes the
// context of cdk.json itself, so that the bare program gives what the CDK CLI
// gives; what the CLI adds in CDK_CONTEXT_JSON goes before it. With the context
// value "strict" the stacks are checked by cdk-nag too.
//
// The library panics where it refuses something; that is returned as an error.
func Synthesize(o Options) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if bug, ok := p.(runtime.Error); ok {
				panic(bug)
			}
			err = fmt.Errorf("synthesize: %v", p)
		}
	}()
	text, err := os.ReadFile(o.Config)
	if err != nil {
		return err
	}
	var file struct {
		Context map[string]any `json:"context"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("%s: %w", o.Config, err)
	}
	// SAM CLI and the local run find a function's code by this metadata, which the
	// CDK CLI adds but the bare program does not.
	context := map[string]any{"aws:cdk:enable-path-metadata": true, "aws:cdk:enable-asset-metadata": true}
	maps.Copy(context, file.Context)
	maps.Copy(context, o.Context)
	props := awscdk.AppProps{Context: &context, AnalyticsReporting: jsii.Bool(false)}
	if o.Outdir != "" {
		props.Outdir = &o.Outdir
	}
	app := awscdk.NewApp(&props)
	value := func(key string) any { return app.Node().TryGetContext(&key) }

	stages, err := json.Marshal(value("stages"))
	if err != nil {
		return err
	}
	settings, err := stage.Read(fmt.Sprint(value("stage")), stages)
	if err != nil {
		return err
	}
	if arch, ok := value("arch").(string); ok {
		settings.Arch = stage.Arch(arch)
	}
	if o.Change != nil {
		o.Change(&settings)
	}
	if err := Build(app, settings, o.Builds); err != nil {
		return err
	}
	if value("strict") != nil {
		checkPractices(app)
	}
	app.Synth(nil)
	return nil
}

// Close ends the library's Node process. It is to be called once, at the end.
func Close() {
	// The library waits for its process twice and reports the second wait as an
	// abnormal exit, on every run; nothing else is said after this.
	os.Stderr.Close()
	jsii.Close()
}
