// Package local runs the whole of Signalbox on this machine: the synthesized
// stacks in the local engine, the compiled functions behind their queues, and
// doubles instead of every outside system. There is nothing of AWS in it and
// nothing leaves the machine.
//
// The topology is read from the templates. What is added here only watches: a
// queue that sees every event on the bus, and one behind each topic.
package local

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"golang.org/x/sync/errgroup"

	"signalbox/infra/local/build"
	"signalbox/infra/local/deployment"
	"signalbox/infra/local/engine"
	"signalbox/infra/local/recorder"
	"signalbox/infra/local/terminal"
	"signalbox/shared/catalog"
	"signalbox/shared/lambdalocal"
	"signalbox/shared/reconcile"
)

// Options say what to run.
type Options struct {
	// Root is the checkout.
	Root string
	// Stage is the stage of cdk.json whose stacks are run.
	Stage string
	// Engine is the endpoint of an engine that runs already; empty means our own.
	Engine string
	// Progress shows what is being done.
	Progress *terminal.Progress
	// Observe is called with every log line about a record, as it comes; may be nil.
	Observe func(recorder.Line)
	// Crash is called for every invoke that failed as a whole; may be nil.
	Crash func(function string, err error)
	// Receive is called with every message a function is given; may be nil.
	Receive func(function string, m lambdalocal.Message)
}

// crashed is how long the messages of a crashed invoke stay hidden here; the
// queues' own time is minutes.
const crashed = 3 * time.Second

// System is everything that runs. Close it.
type System struct {
	Topology deployment.Topology
	Vendors  *Vendors
	// Recorder collects what is seen, Lambda runs the functions.
	Recorder *recorder.Recorder
	Lambda   *lambdalocal.Lambda
	// Config is the SDK configuration of a client of the engine.
	Config aws.Config
	// EngineURL is the endpoint of the engine.
	EngineURL string
	// Trouble receives what must not happen: a queue that cannot be polled, the
	// engine's end.
	Trouble chan error

	options Options
	// accountable are the functions whose events are reconciled.
	accountable []reconcile.Function
	engine      *engine.Engine
	stacks      []deployment.Stack
	queues      *sqs.Client
	front       *httpFront
	timers      *timers
	observers   []*observer
	stop        context.CancelFunc
	observing   sync.WaitGroup
	lastMu      sync.Mutex
	last        map[string]string
	// tested counts the test notifications that commercetools sent.
	tested atomic.Int64
}

// Start brings everything up, making first what is missing. If it fails nothing
// is left running.
func Start(ctx context.Context, o Options) (*System, error) {
	s := &System{options: o, Trouble: make(chan error, 16), last: map[string]string{}}
	if err := s.start(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *System) start(ctx context.Context) error {
	together, making := errgroup.WithContext(ctx)
	together.Go(func() error { return s.startEngine(making) })
	together.Go(func() error { return Make(making, s.options) })
	if err := together.Wait(); err != nil {
		return err
	}
	s.Config = s.engine.Config()
	s.EngineURL = s.engine.URL
	s.queues = sqs.NewFromConfig(s.Config)
	progress := s.options.Progress
	if err := progress.Run("deploy the stacks", func() (string, error) { return s.deploy(ctx) }); err != nil {
		return err
	}
	if err := progress.Run("stand in for vendors", func() (string, error) { return s.standIn(ctx) }); err != nil {
		return err
	}
	if err := progress.Run("start the functions", func() (string, error) { return s.startFunctions(ctx) }); err != nil {
		return err
	}
	if len(s.Topology.Resources) == 0 {
		return nil
	}
	return progress.Run("settle the resources", func() (string, error) { return s.settleResources(ctx) })
}

// Make builds the functions and synthesizes the stacks, as far as something changed.
func Make(ctx context.Context, o Options) error {
	err := o.Progress.Run("build the functions", func() (string, error) {
		changed, err := build.Functions(ctx, o.Root)
		if len(changed) == 0 {
			return "unchanged", err
		}
		return fmt.Sprintf("%d changed", len(changed)), err
	})
	if err != nil {
		return err
	}
	stacks := build.NewStacks(o.Root, o.Stage)
	current, err := stacks.Current()
	if err != nil {
		return err
	}
	if current {
		return o.Progress.Run("synthesize the stacks", func() (string, error) { return "unchanged", nil })
	}
	if err := o.Progress.Run("build the CDK app", func() (string, error) { return "", stacks.App(ctx) }); err != nil {
		return err
	}
	return o.Progress.Run("synthesize the stacks", func() (string, error) { return "stage " + o.Stage, stacks.Synth(ctx) })
}

// EngineDir is where the engine is installed in a checkout.
func EngineDir(root string) string { return filepath.Join(root, ".local", "engine") }

func (s *System) startEngine(ctx context.Context) error {
	progress := s.options.Progress
	if s.options.Engine != "" {
		e, err := engine.At(s.options.Engine)
		s.engine = e
		return err
	}
	dir := EngineDir(s.options.Root)
	if !engine.Installed(ctx, dir) {
		err := progress.Run("install the engine", func() (string, error) { return "", engine.Install(ctx, dir) })
		if err != nil {
			return err
		}
	}
	return progress.Run("start the engine", func() (string, error) {
		e, err := engine.Start(ctx, dir)
		if err != nil {
			return "", err
		}
		s.engine = e
		return e.URL, nil
	})
}

func (s *System) deploy(ctx context.Context) (string, error) {
	stacks, err := deployment.ReadAssembly(build.NewStacks(s.options.Root, s.options.Stage).Assembly())
	if err != nil {
		return "", err
	}
	s.stacks = stacks
	if s.Topology, err = deployment.Deploy(ctx, s.Config, stacks); err != nil {
		return "", err
	}
	var entries []catalog.Function
	for _, f := range s.Topology.Functions {
		entry, ok := catalog.FunctionByName(f.Name)
		if !ok {
			return "", fmt.Errorf("the templates have a function %s that is not in the catalog", f.Name)
		}
		if entry.IsSchedule() {
			continue
		}
		entries = append(entries, entry)
	}
	s.accountable = reconcile.FromCatalog(entries)
	s.Recorder = recorder.New()
	if err := s.observeAll(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d stacks, %d functions, %d queues, %d rules", len(stacks), len(s.Topology.Functions), len(s.Topology.Queues), len(s.Topology.Rules)), nil
}

func (s *System) standIn(ctx context.Context) (string, error) {
	needed := map[string]bool{}
	for _, f := range s.Topology.Functions {
		entry, _ := catalog.FunctionByName(f.Name)
		for _, id := range entry.Systems() {
			needed[id] = true
		}
	}
	ids := slices.Sorted(maps.Keys(needed))
	v, err := serve(ids)
	if err != nil {
		return "", err
	}
	s.Vendors = v
	return fmt.Sprintf("%d doubles", len(ids)), v.handOverSecrets(ctx, s.Config, s.Topology)
}

func (s *System) trouble(err error) {
	select {
	case s.Trouble <- err:
	default:
	}
}

// EngineEnded is closed when our own engine ended; nil for another's.
func (s *System) EngineEnded() <-chan struct{} { return s.engine.Exited() }

// EngineOutput is the last of what the engine printed.
func (s *System) EngineOutput() string { return s.engine.Output() }

// Close stops everything that Start started, in the order in which nothing is
// cut off: pollers, functions, doubles, the engine last.
func (s *System) Close() {
	if s.stop != nil {
		s.stop()
	}
	if s.front != nil {
		s.front.close()
	}
	if s.timers != nil {
		_ = s.timers.server.Close()
	}
	if s.Lambda != nil {
		s.Lambda.Close(2 * time.Second)
	}
	s.observing.Wait()
	if s.Vendors != nil {
		s.Vendors.close()
	}
	if s.engine == nil {
		return
	}
	if s.options.Engine != "" && len(s.stacks) > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := errors.Join(s.removeObservers(ctx), deployment.Remove(ctx, s.Config, s.stacks)); err != nil {
			s.trouble(err)
		}
	}
	s.engine.Stop()
}
