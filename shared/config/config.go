// Package config loads the settings and secrets of a function. It is the only
// caller of os.Getenv.
//
//	values, err := config.Load(ctx, function, secretReader) // err names everything that is missing
//	account := values.String("FEDEX_ACCOUNT")
//	grams, err := values.Int("FEDEX_DEFAULT_WEIGHT_GRAMS")
//	secret := values.Secret("fedex", "client_secret") // prints as [secret]
//	request.SetBasicAuth(id, secret.Reveal())
//
//	values := config.Static(settings, secrets) // in tests
//
// Settings are environment variables that the catalog declares and a stage sets.
// Secrets are JSON objects of strings, one per system, read once at init.
package config

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"signalbox/shared/catalog"
	"signalbox/shared/strictjson"
)

// Names of the variables that a stage sets for every function; a queue's variables
// only for a function that has the queue.
const (
	Stage    = "SIGNALBOX_STAGE"
	Bus      = "SIGNALBOX_BUS"
	Ledger   = "SIGNALBOX_LEDGER"
	QueueURL = "SIGNALBOX_QUEUE_URL"
	DLQURL   = "SIGNALBOX_DLQ_URL"
	// Stream is the delivery stream of the lake, for functions that write to it.
	Stream = "SIGNALBOX_STREAM"
)

const (
	// TimerGroup is the group of the schedules of a function that keeps timers.
	TimerGroup = "SIGNALBOX_TIMER_GROUP"
	// TimerRole is the role that Scheduler assumes to deliver them.
	TimerRole = "SIGNALBOX_TIMER_ROLE"
	// TimerQueue is the ARN of the queue they are delivered to, the function's own.
	TimerQueue = "SIGNALBOX_TIMER_QUEUE"
	// TimerDLQ is the ARN of the queue of those that cannot be delivered.
	TimerDLQ = "SIGNALBOX_TIMER_DLQ"
)

const (
	// IngressQueueURL is set for functions that refill a source's queue.
	IngressQueueURL = "SIGNALBOX_INGRESS_QUEUE_URL"
	// Arrivals is set to "note" for an ingress that records the arrival of messages.
	Arrivals = "SIGNALBOX_ARRIVALS"
)

// SecretName is the variable that holds the ARN of a system's secret.
func SecretName(system string) string { return "SIGNALBOX_SECRET_" + strings.ToUpper(system) }

// BaseURLName is the setting that replaces a system's address.
func BaseURLName(system string) string { return strings.ToUpper(system) + "_BASE_URL" }

// Secret is a value that must not be shown. It always prints as "[secret]".
type Secret string

// Reveal returns the value, for the code that sends it.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string               { return "[secret]" }
func (s Secret) GoString() string             { return "[secret]" }
func (s Secret) LogValue() slog.Value         { return slog.StringValue("[secret]") }
func (s Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// SecretReader returns the text of the secret with the given ARN or name.
type SecretReader func(ctx context.Context, arn string) (string, error)

// Values are the settings and secrets of one function. They are immutable.
type Values struct {
	settings map[string]string
	secrets  map[string]map[string]string
}

// Static returns the given values instead of loading them, for tests and tools.
// Secrets are keyed by system ID, then by key.
func Static(settings map[string]string, secrets map[string]map[string]string) Values {
	return Values{settings: settings, secrets: secrets}
}

// Load reads f's settings from the environment and its secrets with read. The
// error names every missing setting and every missing key of a secret.
func Load(ctx context.Context, f catalog.Function, read SecretReader) (Values, error) {
	v := Values{settings: map[string]string{}, secrets: map[string]map[string]string{}}
	var problems []error
	v.settings[Arrivals] = os.Getenv(Arrivals)
	for _, name := range given(f) {
		v.settings[name] = os.Getenv(name)
		if v.settings[name] == "" {
			problems = append(problems, fmt.Errorf("%s is not set", name))
		}
	}
	take := func(s catalog.Setting) {
		value := os.Getenv(s.Name)
		if value == "" {
			value = s.Default
		}
		if value == "" && s.Required {
			problems = append(problems, fmt.Errorf("%s is not set: %s", s.Name, s.Help))
		}
		v.settings[s.Name] = value
	}
	for _, s := range f.AllSettings() {
		take(s)
	}
	for _, id := range f.Systems() {
		system, ok := catalog.SystemByID(id)
		if !ok {
			problems = append(problems, fmt.Errorf("system %s: expected an entry in the catalog", id))
			continue
		}
		take(catalog.Setting{Name: BaseURLName(id), Default: system.BaseURL})
		for _, s := range system.Settings {
			take(s)
		}
		if len(system.Secret) == 0 {
			continue
		}
		keys, err := readSecret(ctx, system, read)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		v.secrets[id] = keys
	}
	return v, errors.Join(problems...)
}

// given returns the variables that a stage sets for every function with f's
// trigger and system.
func given(f catalog.Function) []string {
	names := []string{Stage, Bus, Ledger}
	if f.IsQueue() {
		names = append(names, QueueURL)
	}
	if f.DeadLetters() {
		names = append(names, DLQURL)
	}
	if f.WritesLake() {
		names = append(names, Stream)
	}
	if f.Timers() {
		names = append(names, TimerGroup, TimerRole, TimerQueue, TimerDLQ)
	}
	if f.Refills() != "" {
		names = append(names, IngressQueueURL)
	}
	return names
}

func readSecret(ctx context.Context, system catalog.System, read SecretReader) (map[string]string, error) {
	arn := os.Getenv(SecretName(system.ID))
	if arn == "" {
		return nil, fmt.Errorf("%s is not set", SecretName(system.ID))
	}
	text, err := read(ctx, arn)
	if err != nil {
		return nil, fmt.Errorf("read the secret of %s: %w", system.ID, err)
	}
	var keys map[string]string
	if err := strictjson.Unmarshal("secret of "+system.ID, []byte(text), &keys); err != nil {
		return nil, err
	}
	for _, key := range system.Secret {
		if keys[key] == "" {
			return nil, fmt.Errorf("secret of %s: key %s is missing", system.ID, key)
		}
	}
	return keys, nil
}

// String returns a setting; "" if it is unset.
func (v Values) String(name string) string { return v.settings[name] }

// Int returns a setting that is a whole number.
func (v Values) Int(name string) (int64, error) {
	n, err := strconv.ParseInt(v.settings[name], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: expected a whole number", name)
	}
	return n, nil
}

// OneOf returns a setting that must be one of the given words.
func (v Values) OneOf(name string, words ...string) (string, error) {
	for _, w := range words {
		if v.settings[name] == w {
			return w, nil
		}
	}
	return "", fmt.Errorf("%s: expected one of %s", name, strings.Join(words, ", "))
}

// JSON decodes a setting that is a JSON object.
func (v Values) JSON(name string, into any) error {
	return strictjson.Unmarshal(name, []byte(v.settings[name]), into)
}

// BaseURL returns the address of a system.
func (v Values) BaseURL(system string) string { return v.settings[BaseURLName(system)] }

// Secret returns one key of a system's secret.
func (v Values) Secret(system, key string) Secret { return Secret(v.secrets[system][key]) }
