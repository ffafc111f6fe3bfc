// Package rehearsal runs compiled functions together, as they are deployed: each
// behind its queue, the bus between them, doubles instead of the vendors. It breaks
// them on purpose and reconciles what became of every event.
//
//	stage, err := rehearsal.NewStage(rehearsal.Options{Functions: functions})
//	defer stage.Close()
//	run, err := stage.Perform(ctx, rehearsal.Plan{Bootstrap: bootstrap, Kill: 0.03}, items)
//	report := run.Reconcile(expected) // learned from an undisturbed run: run.Learn()
//	fmt.Println(report)
package rehearsal

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/doubles"
	"signalbox/shared/lambdalocal"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/strictjson"
)

// Names of what every function shares.
const (
	Bus    = "bus"
	Ledger = "ledger"
)

// Queue, DeadLetter and TimerDeadLetter name a function's queues, the last that of
// timers that cannot be delivered, and TopicQueue the queue that stands for the
// subscribers of a topic.
func Queue(f catalog.Function) string           { return f.Name }
func DeadLetter(f catalog.Function) string      { return f.Name + deadLetterSuffix }
func TimerDeadLetter(f catalog.Function) string { return f.Name + "-timers" }

func TopicQueue(t catalog.Topic) string { return "topic-" + t.Name }

const deadLetterSuffix = "-dlq"

// Options say how a stage is set up.
type Options struct {
	// Functions are what stands on it; nil means all that a queue triggers.
	Functions []catalog.Function
	// Doubles make the stand-ins by system; nil means those of all systems.
	Doubles map[string]func() connectortest.Double
	// AWS are the settings of the AWS in memory.
	AWS awstest.Options
	// Visibility hides a received message, in the queue's own time; 0 means what
	// the catalog says.
	Visibility time.Duration
}

// Stage is everything around the functions: bus, queues, ledger, secrets, and
// the doubles of the systems its functions use.
type Stage struct {
	AWS       *awstest.Server
	Doubles   map[string]*connectortest.Server
	Functions []catalog.Function

	speed float64
}

// NewStage sets one up on loopback. Close it.
func NewStage(o Options) (*Stage, error) {
	if o.Functions == nil {
		o.Functions = catalog.Queued()
	}
	if o.Doubles == nil {
		o.Doubles = doubles.All()
	}
	aws, err := awstest.Serve(o.AWS)
	if err != nil {
		return nil, err
	}
	s := &Stage{AWS: aws, Doubles: map[string]*connectortest.Server{}, Functions: o.Functions, speed: max(1, o.AWS.Speed)}
	aws.CreateTable(Ledger, catalog.LedgerKey)
	aws.CreateBus(Bus)
	for _, f := range o.Functions {
		visibility := f.Visibility()
		if o.Visibility > 0 {
			visibility = o.Visibility
		}
		if f.DeadLetters() {
			aws.CreateQueue(awstest.Queue{Name: DeadLetter(f)})
		}
		if f.IsQueue() {
			aws.CreateQueue(awstest.Queue{Name: Queue(f), Visibility: visibility, MaxReceive: catalog.MaxReceive, DeadLetter: DeadLetter(f)})
		}
		if f.Timers() {
			aws.CreateQueue(awstest.Queue{Name: TimerDeadLetter(f)})
		}
		if f.Event() != "" {
			rule := awstest.Rule{Source: "signalbox", Queue: Queue(f)}
			if f.Event() != catalog.AnyEvent {
				rule.DetailTypes = []string{string(f.Event())}
			}
			aws.CreateBus(Bus, rule)
		}
		for _, system := range f.Systems() {
			if err := s.serve(system, o.Doubles[system]); err != nil {
				s.Close()
				return nil, err
			}
		}
	}
	for _, t := range catalog.Topics {
		aws.CreateQueue(awstest.Queue{Name: TopicQueue(t)})
		aws.CreateBus(Bus, awstest.Rule{Source: "signalbox", DetailTypes: []string{string(t.Event)}, Queue: TopicQueue(t), DetailAlone: true})
	}
	return s, nil
}

func (s *Stage) serve(system string, double func() connectortest.Double) error {
	if s.Doubles[system] != nil {
		return nil
	}
	if double == nil {
		return fmt.Errorf("no double stands in for %s", system)
	}
	s.Doubles[system] = connectortest.Serve(double())
	return nil
}

// Close stops everything.
func (s *Stage) Close() {
	for _, d := range s.Doubles {
		d.Close()
	}
	s.AWS.Close()
}

// Notify gives the doubles that must know of it what a notification is about.
func (s *Stage) Notify(body []byte) error {
	for _, d := range s.Doubles {
		if n, ok := d.Double.(doubles.Notified); ok {
			if err := n.PutNotification(body); err != nil {
				return err
			}
		}
	}
	return nil
}

// Environment is what a stage gives to f, as NAME=value.
func (s *Stage) Environment(f catalog.Function) ([]string, error) {
	env := map[string]string{
		config.Stage:  "test",
		config.Bus:    Bus,
		config.Ledger: Ledger,
	}
	if f.IsQueue() {
		env[config.QueueURL] = s.AWS.QueueURL(Queue(f))
	}
	if f.DeadLetters() {
		env[config.DLQURL] = s.AWS.QueueURL(DeadLetter(f))
	}
	if f.Timers() {
		env[config.TimerGroup], env[config.TimerRole] = "timers", "arn:aws:iam::"+awstest.Account+":role/timers"
		env[config.TimerQueue], env[config.TimerDLQ] = awstest.QueueARN(Queue(f)), awstest.QueueARN(TimerDeadLetter(f))
	}
	for _, other := range s.Functions {
		if f.Refills() != "" && other.Source() == f.Refills() {
			env[config.IngressQueueURL] = s.AWS.QueueURL(Queue(other))
		}
	}
	take := func(settings []catalog.Setting) {
		for _, setting := range settings {
			env[setting.Name] = setting.Default
			if setting.Default == "" && setting.Required {
				env[setting.Name] = setting.Example
			}
		}
	}
	take(f.AllSettings())
	for _, id := range f.Systems() {
		system, _ := catalog.SystemByID(id)
		take(system.Settings)
		// An address of the function's own, by which its effects are known.
		served, address := s.Doubles[id], s.Doubles[id].AddressOf(f.Name)
		maps.Copy(env, served.Double.Settings(address))
		if env[config.BaseURLName(id)] == "" {
			env[config.BaseURLName(id)] = address
		}
		secret, err := strictjson.Marshal(served.Double.Secret())
		if err != nil {
			return nil, err
		}
		env[config.SecretName(id)] = s.AWS.CreateSecret(id, string(secret))
	}
	pairs := s.AWS.Environment()
	for _, name := range slices.Sorted(maps.Keys(env)) {
		pairs = append(pairs, name+"="+env[name])
	}
	return pairs, nil
}

// Deploy completes what is special about the program of f with what the catalog and
// the stage say of it.
func (s *Stage) Deploy(f catalog.Function, program lambdalocal.Function) (lambdalocal.Function, error) {
	env, err := s.Environment(f)
	if err != nil {
		return program, err
	}
	program.Name = f.Name
	program.MemoryMB = f.MemoryOrDefault()
	program.Env = append(env, program.Env...)
	if program.Timeout == 0 {
		program.Timeout = f.TimeoutOrDefault()
	}
	return program, nil
}

// Start starts a process of f on the stage; program says what is special about it.
func (s *Stage) Start(f catalog.Function, program lambdalocal.Function) (*lambdalocal.Process, error) {
	deployed, err := s.Deploy(f, program)
	if err != nil {
		return nil, err
	}
	return lambdalocal.Start(deployed)
}
