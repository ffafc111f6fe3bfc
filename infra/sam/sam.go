// Package sam runs one function in SAM CLI, from the synthesized template.
//
// The container is the real one: SAM CLI, its image and the deployed binary. What
// the function calls from there is this machine's: an AWS in memory and the
// doubles of its systems, reached through command relay. A double accepts plain
// http, which the function's clients refuse except on loopback; the relay brings
// them onto the container's loopback, so no rule has to be loosened.
//
// Everything of a run is kept in .local/sam/<function>: the template, the code,
// the environment and the event.
package sam

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"signalbox/infra/local/build"
	"signalbox/shared/catalog"
	"signalbox/shared/lambdalocal"
	"signalbox/shared/lambdatest"
	"signalbox/shared/sample"
)

// Version is the version of SAM CLI this was tried with.
const Version = "1.170.0"

// Options say what is run.
type Options struct {
	// Root is the checkout.
	Root string
	// Function is the function's name.
	Function string
	// Sample names the sample it handles, such as "order.created.guest"; empty is
	// the first.
	Sample string
	// Stage is the stage of cdk.json whose template is used.
	Stage string
	// Getenv reads this process' environment.
	Getenv func(string) string
	// Out receives the result, Progress what is being done and SAM CLI's output.
	Out, Progress io.Writer
}

// runTime bounds one run of SAM CLI; the function's own timeout is shorter.
const runTime = 5 * time.Minute

// Run builds, synthesizes, and runs the function on its sample. It returns what
// the function did to the systems, a line each. The error says what is missing,
// or what the function did wrong.
func Run(ctx context.Context, o Options) (effects []string, err error) {
	f, ok := catalog.FunctionByName(o.Function)
	if !ok {
		return nil, fmt.Errorf("there is no function %q; there are %s", o.Function, strings.Join(functionNames(), ", "))
	}
	if !f.IsQueue() {
		return nil, fmt.Errorf("%s is not behind a queue, and only such functions are rehearsed; make local gives it an address", f.Name)
	}
	all, err := sample.Load(filepath.Join(o.Root, "events-samples"))
	if err != nil {
		return nil, err
	}
	chosen, err := choose(all, f, o.Sample)
	if err != nil {
		return nil, err
	}
	tools, err := check(ctx, o.Getenv)
	if err != nil {
		return nil, err
	}
	stacks, err := synthesize(ctx, o)
	if err != nil {
		return nil, err
	}
	found, err := find(stacks.Assembly(), f.Name)
	if err != nil {
		return nil, err
	}
	g, err := serve(f, all)
	if err != nil {
		return nil, err
	}
	defer g.Close()
	r := run{options: o, tools: tools, resources: g, found: found, folder: filepath.Join(o.Root, ".local", "sam", f.Name)}
	if err := r.prepare(ctx, chosen); err != nil {
		return nil, err
	}
	fmt.Fprintf(o.Progress, "%s handles %s/%s in SAM CLI\n", f.Name, chosen.Source, chosen.Name)
	answer, err := r.invoke(ctx)
	if err != nil {
		return nil, err
	}
	if text := bytes.TrimSpace(answer); len(text) > 0 {
		fmt.Fprintf(o.Out, "answer: %s\n", text)
	}
	effects = g.effects()
	for _, line := range effects {
		fmt.Fprintln(o.Out, line)
	}
	if err := judge(r.batch, answer); err != nil {
		return effects, err
	}
	if len(effects) == 0 {
		fmt.Fprintln(o.Out, "nothing left the function; its log line above says why")
	}
	if len(g.deadLetters()) > 0 {
		return effects, errors.New("the function sent the event to its dead-letter queue")
	}
	return effects, nil
}

// Rehearsed names the function that is run where none is asked for: the first that
// an event triggers.
func Rehearsed() string {
	for _, f := range catalog.Queued() {
		if f.Event() != "" {
			return f.Name
		}
	}
	return ""
}

func functionNames() []string {
	var names []string
	for _, f := range catalog.Queued() {
		names = append(names, f.Name)
	}
	return names
}

// choose returns the named sample, or else the first of the function's event, as
// the body of a message of its queue.
func choose(all []sample.Sample, f catalog.Function, name string) (sample.Sample, error) {
	fitting, err := sample.For(all, f)
	if err != nil {
		return sample.Sample{}, err
	}
	wanted := strings.TrimSuffix(filepath.Base(name), ".json")
	if name == "" {
		wanted = string(f.Event())
		switch f.Event() {
		case "":
			wanted = "order-created"
		case catalog.AnyEvent:
			wanted = "order.created"
		}
	}
	var names []string
	for _, s := range fitting {
		if s.Name == wanted {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return sample.Sample{}, fmt.Errorf("%s has no sample %q; it has %s", f.Name, wanted, strings.Join(names, ", "))
}

// synthesize builds the functions and brings the stage's stacks up to date.
func synthesize(ctx context.Context, o Options) (build.Stacks, error) {
	stacks := build.NewStacks(o.Root, o.Stage)
	fmt.Fprintln(o.Progress, "building the functions")
	if _, err := build.Functions(ctx, o.Root); err != nil {
		return stacks, err
	}
	current, err := stacks.Current()
	if err != nil || current {
		return stacks, err
	}
	fmt.Fprintln(o.Progress, "synthesizing the stacks, which takes some minutes the first time")
	if err := stacks.App(ctx); err != nil {
		return stacks, err
	}
	return stacks, stacks.Synth(ctx)
}

// run is one invocation that is being prepared.
type run struct {
	options   Options
	tools     tools
	resources *resources
	found     found
	folder    string

	template, asset, event, env string
	// batch is what the function is given.
	batch lambdalocal.Batch
}

// prepare writes the run's folder. The template is the synthesized one, byte for
// byte; the code's folder, which it names, holds the relay before the function.
func (r *run) prepare(ctx context.Context, chosen sample.Sample) error {
	name := filepath.Base(r.found.asset)
	if r.found.asset != filepath.Join(filepath.Dir(r.found.template), name) {
		return fmt.Errorf("%s: expected the code of %s beside the template", r.found.template, r.options.Function)
	}
	if r.found.arch != runtime.GOARCH {
		return fmt.Errorf("the template is for %s, this machine is %s", r.found.arch, runtime.GOARCH)
	}
	if err := os.RemoveAll(r.folder); err != nil {
		return err
	}
	r.asset = filepath.Join(r.folder, name)
	if err := os.MkdirAll(r.asset, 0o755); err != nil {
		return err
	}
	r.template = filepath.Join(r.folder, filepath.Base(r.found.template))
	r.event, r.env = filepath.Join(r.folder, "event.json"), filepath.Join(r.folder, "env.json")
	named, rest, err := split(r.found.variables, r.resources.env)
	if err != nil {
		return err
	}
	pass, err := r.resources.open(r.tools.gateway, r.tools.local)
	if err != nil {
		return err
	}
	batch, payload, err := r.resources.batch(ctx, chosen.Body)
	if err != nil {
		return err
	}
	r.batch = batch
	program := filepath.Join(r.options.Root, "dist", runtime.GOARCH, r.options.Function, "bootstrap")
	return errors.Join(
		copyFile(r.found.template, r.template, 0o644),
		copyFile(program, filepath.Join(r.asset, "function"), 0o755),
		writeJSON(filepath.Join(r.asset, "relay.json"), map[string]any{"forward": pass, "env": rest}),
		writeJSON(r.env, map[string]any{r.options.Function: named}),
		os.WriteFile(r.event, payload, 0o644),
		r.buildRelay(ctx),
	)
}

func (r *run) buildRelay(ctx context.Context) error {
	c := exec.CommandContext(ctx, "go", slices.Concat([]string{"build"}, lambdatest.Flags(),
		[]string{"-o", filepath.Join(r.asset, "bootstrap"), "./infra/sam/relay"})...)
	c.Dir = r.options.Root
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+runtime.GOARCH)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("build the relay: %w\n%s", err, bytes.TrimSpace(out))
	}
	return nil
}

// command is the SAM CLI command of the run.
func (r *run) command() []string {
	args := []string{"local", "invoke", r.options.Function, "--template", r.template, "--event", r.event, "--env-vars", r.env,
		"--add-host", machine + ":host-gateway"}
	if r.tools.hasImage {
		args = append(args, "--skip-pull-image")
	}
	return args
}

// invoke runs SAM CLI and returns what the function answered. No container of
// the run is left behind.
func (r *run) invoke(ctx context.Context) ([]byte, error) {
	within, cancel := context.WithTimeout(ctx, runTime)
	defer cancel()
	c := exec.CommandContext(within, r.tools.sam, r.command()...)
	c.Dir = r.folder
	c.Env = r.environ()
	// An interrupt goes to SAM CLI and whatever it started.
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGINT) }
	c.WaitDelay = 10 * time.Second
	var stdout bytes.Buffer
	progress := &quiet{w: r.options.Progress}
	c.Stdout, c.Stderr = &stdout, progress
	err := errors.Join(c.Run(), progress.Close())
	if left := r.removeContainers(within.Err() != nil); left != nil {
		err = errors.Join(err, left)
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case within.Err() != nil:
		return nil, fmt.Errorf("SAM CLI did not end within %s", runTime)
	case err != nil:
		return nil, fmt.Errorf("sam local invoke: %w", err)
	}
	return stdout.Bytes(), nil
}

// environ keeps SAM CLI away from AWS: its credentials are nobody's, and the
// account it asks for by STS is not asked for twice.
func (r *run) environ() []string {
	var env []string
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if !slices.Contains([]string{"AWS_PROFILE", "AWS_SESSION_TOKEN"}, name) {
			env = append(env, pair)
		}
	}
	for name, value := range map[string]string{
		"DOCKER_HOST":               r.tools.engine.host,
		"SAM_CLI_TELEMETRY":         "0",
		"AWS_ACCESS_KEY_ID":         "local",
		"AWS_SECRET_ACCESS_KEY":     "local",
		"AWS_DEFAULT_REGION":        r.resources.env["AWS_REGION"],
		"AWS_REGION":                r.resources.env["AWS_REGION"],
		"AWS_ENDPOINT_URL_STS":      "http://127.0.0.1:1",
		"AWS_MAX_ATTEMPTS":          "1",
		"AWS_EC2_METADATA_DISABLED": "true",
	} {
		env = append(env, name+"="+value)
	}
	return env
}

// late is how long after its client is gone the engine may still make a container.
const late = 2 * time.Second

// removeContainers takes away what SAM CLI left. Where it was interrupted, the
// engine may only be making the container.
func (r *run) removeContainers(interrupted bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var problems []error
	for end := time.Now().Add(late); ; time.Sleep(200 * time.Millisecond) {
		ids, err := r.tools.engine.functionContainers(ctx, r.asset)
		for _, id := range ids {
			err = errors.Join(err, r.tools.engine.removeContainer(ctx, id))
		}
		problems = append(problems, err)
		if err != nil || !interrupted || time.Now().After(end) {
			return errors.Join(problems...)
		}
	}
}

func copyFile(from, to string, mode os.FileMode) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, mode)
}

func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
