// Package stage holds what one customer says about one stage: which systems it
// uses, how events come in, who gets alarms, how long things are kept. The settings
// stand in cdk.json, are decoded into one typed struct and checked against the
// catalog before anything is synthesized.
package stage

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
)

// Arch is the processor the functions are built for and run on, in Go's words.
type Arch string

// The architectures.
const (
	ARM64 Arch = "arm64"
	AMD64 Arch = "amd64"
)

// Removal says what becomes of stateful resources when their stack goes.
type Removal string

// The removals.
const (
	Retain  Removal = "retain"
	Destroy Removal = "destroy"
)

// AlarmMode says how many alarms a function gets.
type AlarmMode string

const (
	// AllAlarms watches every sign of trouble.
	AllAlarms AlarmMode = "all"
	// EssentialAlarms watches only for events that are lost, dead-lettered or late.
	EssentialAlarms AlarmMode = "essential"
)

// Settings are all a stage says. The zero value of a field means its default.
type Settings struct {
	// Name is the stage's name, "dev"; it is part of every stack's name.
	Name string `json:"-"`
	// Account is the AWS account, 12 digits; empty means that of the credentials.
	Account string `json:"account"`
	// Region is the AWS region; empty means that of the credentials.
	Region string `json:"region"`
	// Arch defaults to ARM64.
	Arch Arch `json:"arch"`
	// Systems are the systems of record this stage has, by catalog ID. A function
	// that writes to or reads from any other system is not deployed.
	Systems map[string]System `json:"systems"`
	// Functions are values of the functions' own settings, by function and name.
	Functions map[string]map[string]string `json:"functions"`
	// Groups are values of settings that several functions share, by group and name.
	Groups map[string]map[string]string `json:"groups"`
	// Surge says for single functions how their queues are read.
	Surge   map[string]Surge `json:"surge"`
	Ingress Ingress          `json:"ingress"`
	Alarms  Alarms           `json:"alarms"`
	// LogDays is how long log lines are kept; one of the periods CloudWatch knows,
	// default 30.
	LogDays int `json:"logDays"`
	// ArchiveDays is how long the bus keeps events for a replay, default 30.
	ArchiveDays int `json:"archiveDays"`
	// LakeDays is how long the lake keeps events, default 400. There is a lake where
	// the stage has the system firehose.
	LakeDays int `json:"lakeDays"`
	// Removal defaults to Retain. Destroy also switches deletion protection off.
	Removal Removal `json:"removal"`
	// Tags are put on every stack and resource.
	Tags map[string]string `json:"tags"`
}

// System is what a stage says about one system of record.
type System struct {
	// Secret is the ARN or name of an existing Secrets Manager secret. Empty
	// means that Signalbox creates one for the operator to fill.
	Secret string `json:"secret"`
	// SecretKey is the ARN of the KMS key of an existing secret, if it has one of
	// its own.
	SecretKey string `json:"secretKey"`
	// Settings are the catalog's settings of the system and its <ID>_BASE_URL.
	Settings map[string]string `json:"settings"`
}

// Ingress says by which ways commercetools delivers besides its queue, which is
// always there.
type Ingress struct {
	// SNS adds a topic that feeds the queue.
	SNS bool `json:"sns"`
	// EventBridge is the name of the partner event source that commercetools
	// made, "aws.partner/commercetools.com/<project>/<subscription>".
	EventBridge string `json:"eventbridge"`
	// Kafka is the topic that commercetools delivers into, if any.
	Kafka *Kafka `json:"kafka"`
	// SilenceMinutes is how long nothing may come in before an alarm; 0 is never.
	SilenceMinutes int `json:"silenceMinutes"`
	// HTTPConcurrency is how many requests each function with an address of its own
	// answers at once, default 20. It is reserved, so strangers who try the address
	// take nothing from the other functions; the account must have 100 more left.
	HTTPConcurrency int `json:"httpConcurrency"`
	// SilenceMinutesByType is how many minutes no event of one type may come in before an alarm,
	// by the types that commercetools causes; a type that is not named is not
	// watched.
	SilenceMinutesByType map[string]int `json:"silenceMinutesByType"`
	// Subscription has the stacks keep the subscription at commercetools.
	Subscription Subscription `json:"subscription"`
	// Backfill sweeps what commercetools keeps of its messages, and sends those in
	// again that never arrived. It costs one write to the ledger per message.
	Backfill bool `json:"backfill"`
}

// Subscription says how the subscription at commercetools is made. Without a key
// the stacks make none.
type Subscription struct {
	Key string `json:"key"`
	// Way is sqs, which is the default, sns, eventbridge or kafka: the topic that
	// Ingress.Kafka reads, with the keys of the secret of commercetools.
	Way string `json:"way"`
	// Format is Platform, which is the default, or CloudEvents.
	Format string `json:"format"`
}

// The ways of a subscription.
const (
	BySQS         = "sqs"
	BySNS         = "sns"
	ByEventBridge = "eventbridge"
	ByKafka       = "kafka"
)

// Alarms says which alarms there are and who gets them.
type Alarms struct {
	// Mode defaults to AllAlarms.
	Mode AlarmMode `json:"mode"`
	// Email are addresses that get every alarm.
	Email []string `json:"email"`
	// Topic is the ARN of an existing SNS topic to use in place of our own.
	Topic string `json:"topic"`
	// Runbook is the address of the README whose runbooks the alarms link to.
	Runbook string `json:"runbook"`
}

// Read returns the settings of the named stage from the value of the context
// key "stages" as JSON. The error names every field that is wrong and what was
// expected there.
func Read(name string, stages []byte) (Settings, error) {
	var all map[string]jsontext.Value
	if err := json.Unmarshal(stages, &all); err != nil {
		return Settings{}, fmt.Errorf("stages: expected an object of stages: %w", err)
	}
	raw, ok := all[name]
	if !ok {
		return Settings{}, fmt.Errorf("stage %q: expected one of %s", name, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	var s Settings
	if err := json.Unmarshal(raw, &s, json.RejectUnknownMembers(true)); err != nil {
		return Settings{}, fmt.Errorf("stage %s: %w", name, describe(err))
	}
	s.Name = name
	s = s.withDefaults()
	if err := s.Check(); err != nil {
		return Settings{}, err
	}
	return s, nil
}

func describe(err error) error {
	var semantic *json.SemanticError
	if !errors.As(err, &semantic) {
		return err
	}
	field := strings.ReplaceAll(strings.TrimPrefix(string(semantic.JSONPointer), "/"), "/", ".")
	if errors.Is(err, json.ErrUnknownName) {
		return fmt.Errorf("%s: no such setting", field)
	}
	return fmt.Errorf("%s: expected %s", field, semantic.GoType)
}

func (s Settings) withDefaults() Settings {
	set := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	set(&s.LogDays, 30)
	set(&s.ArchiveDays, 30)
	set(&s.Ingress.HTTPConcurrency, 20)
	set(&s.LakeDays, 400)
	if s.Ingress.Kafka != nil {
		s.Ingress.Kafka.setDefaults()
	}
	if s.Arch == "" {
		s.Arch = ARM64
	}
	if s.Removal == "" {
		s.Removal = Retain
	}
	if s.Alarms.Mode == "" {
		s.Alarms.Mode = AllAlarms
	}
	if s.Ingress.Subscription.Way == "" {
		s.Ingress.Subscription.Way = BySQS
	}
	if s.Ingress.Subscription.Format == "" {
		s.Ingress.Subscription.Format = "Platform"
	}
	if s.Alarms.Runbook == "" {
		s.Alarms.Runbook = "README.md"
	}
	return s
}

// Uses reports whether the stage has every system the function talks to, and
// wants what the function is for, and so whether the function is deployed.
func (s Settings) Uses(f catalog.Function) bool {
	if !s.has(f) {
		return false
	}
	for _, id := range f.Systems() {
		if _, ok := s.Systems[id]; !ok {
			return false
		}
	}
	return true
}

// Deployed returns the catalog's functions that this stage deploys.
func (s Settings) Deployed() []catalog.Function {
	var fs []catalog.Function
	for _, f := range catalog.Functions {
		if s.Uses(f) {
			fs = append(fs, f)
		}
	}
	return fs
}

// Environment returns the settings of the function, its groups and its systems
// that the stage gives values for, by name.
func (s Settings) Environment(f catalog.Function) map[string]string {
	env := maps.Clone(s.Functions[f.Name])
	if env == nil {
		env = map[string]string{}
	}
	for _, g := range f.Groups {
		maps.Copy(env, s.Groups[g.Name])
	}
	for _, id := range f.Systems() {
		maps.Copy(env, s.Systems[id].Settings)
	}
	if f.Subscribes() != "" {
		env["SUBSCRIPTION_KEY"] = s.Ingress.Subscription.Key
	}
	return env
}
