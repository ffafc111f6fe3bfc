package local

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"signalbox/infra/local/build"
	"signalbox/infra/local/deployment"
	"signalbox/infra/local/recorder"
	"signalbox/shared/catalog"
	"signalbox/shared/lambdalocal"
)

func (s *System) startFunctions(context.Context) (string, error) {
	if err := s.openTimers(); err != nil {
		return "", err
	}
	s.Lambda = lambdalocal.New(lambdalocal.Options{Queues: s.queues, Observe: s.observe, Crashed: crashed})
	var all errgroup.Group
	for _, f := range s.Topology.Functions {
		all.Go(func() error {
			if err := s.startFunction(f); err != nil {
				return fmt.Errorf("%w%s", err, s.lastWords(f.Name))
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return "", err
	}
	if err := s.openHTTPFront(); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d warm", len(s.Topology.Functions)), nil
}

// startFunction starts the function behind what triggers it.
func (s *System) startFunction(f deployment.Function) error {
	entry, _ := catalog.FunctionByName(f.Name)
	program := lambdalocal.Function{
		Name: f.Name, Bootstrap: build.Bootstrap(s.options.Root, f.Name), Env: s.environment(f),
		Timeout: f.Timeout, MemoryMB: f.MemoryMB, Stdout: lineWriter{function: f.Name, system: s},
	}
	if !entry.IsQueue() {
		return s.Lambda.Keep(program)
	}
	mapping, ok := s.Topology.MappingOf(f.Name)
	if !ok {
		return fmt.Errorf("no queue feeds the function %s", f.Name)
	}
	return s.Lambda.Run(program, mapping.EventSource)
}

// environment is what the template gives the function, the engine instead of AWS,
// and the doubles instead of the vendors.
func (s *System) environment(f deployment.Function) []string {
	env := maps.Clone(f.Env)
	entry, _ := catalog.FunctionByName(f.Name)
	for _, id := range entry.Systems() {
		maps.Copy(env, s.Vendors.environment(id, f.Name))
	}
	pairs := s.engine.Env()
	if entry.Timers() {
		pairs = append(pairs, "AWS_ENDPOINT_URL_SCHEDULER="+s.timers.url)
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		pairs = append(pairs, name+"="+env[name])
	}
	return pairs
}

// lineWriter takes what a function prints, a line at a time.
type lineWriter struct {
	function string
	system   *System
}

func (w lineWriter) Write(line []byte) (int, error) {
	s := w.system
	if l, ok := recorder.ParseLine(line); ok {
		s.Recorder.Line(l)
		if s.options.Observe != nil {
			s.options.Observe(l)
		}
		return len(line), nil
	}
	s.lastMu.Lock()
	defer s.lastMu.Unlock()
	s.last[w.function] = string(line)
	return len(line), nil
}

func (s *System) lastWords(function string) string {
	s.lastMu.Lock()
	defer s.lastMu.Unlock()
	if s.last[function] == "" {
		return ""
	}
	return "\nits last line: " + s.last[function]
}

func (s *System) observe(o lambdalocal.Observation) {
	switch o.Kind {
	case lambdalocal.Received:
		for _, m := range o.Messages {
			s.Recorder.Received(o.Function, m.ID)
			if s.options.Receive != nil {
				s.options.Receive(o.Function, m)
			}
		}
	case lambdalocal.Crashed:
		s.Recorder.Crashed(o.Function)
		if s.options.Crash != nil {
			s.options.Crash(o.Function, o.Err)
		}
	case lambdalocal.Unreachable:
		s.trouble(fmt.Errorf("%s: %w", o.Function, o.Err))
	}
}

// Swap makes the function run the program that was built last.
func (s *System) Swap(function string) error {
	return s.Lambda.Swap(function, build.Bootstrap(s.options.Root, function))
}
