package stack

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/go-json-experiment/json"

	"signalbox/infra/stage"
	"signalbox/shared/catalog"
)

// TestMain runs the tests without the library's own validation, which takes most
// of a synthesis and which `make synth STRICT=1` runs. The library's Node process
// takes its environment when this program starts, so the program starts again.
func TestMain(m *testing.M) {
	if os.Getenv("CDK_VALIDATION") == "" {
		self, err := os.Executable()
		if err != nil {
			panic(err)
		}
		env := append(os.Environ(), "CDK_VALIDATION=false", "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20")
		panic(syscall.Exec(self, os.Args, env))
	}
	code := m.Run()
	Close()
	if assemblies.root != "" {
		os.RemoveAll(assemblies.root)
	}
	os.Exit(code)
}

// Stages under test: the two of cdk.json, and variants of them that use what
// these do not.
var variants = []struct {
	name   string
	stage  string
	change func(*stage.Settings)
}{
	{name: "dev", stage: "dev"},
	{name: "prod", stage: "prod"},
	{name: "everything", stage: "prod", change: func(s *stage.Settings) {
		s.Account, s.Region, s.Arch = "111122223333", "eu-central-1", stage.AMD64
		s.Ingress = stage.Ingress{SNS: true, EventBridge: "aws.partner/commercetools.com/acme/signalbox", SilenceMinutes: 60, HTTPConcurrency: 7,
			SilenceMinutesByType: map[string]int{"order.created": 60}, Backfill: true,
			Subscription: stage.Subscription{Key: "signalbox", Way: stage.BySNS, Format: "CloudEvents"}}
		s.Ingress.Kafka = &stage.Kafka{
			Bootstrap: []string{"pkc-1.eu-central-1.aws.confluent.cloud:9092"}, Topic: "commercetools", BatchSize: 100, Pollers: stage.Pollers{Min: 1, Max: 5},
			Secret: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:confluent-AbCdEf", SecretKey: "arn:aws:kms:eu-central-1:111122223333:key/1234-abcd",
		}
		s.Surge = map[string]stage.Surge{
			"order-created-marketing": {Pollers: &stage.Pollers{Min: 2, Max: 20}, BeyondRate: true},
			"order-created-fraud":     {Concurrency: 2},
			"analytics":               {BatchSize: 200, WindowSeconds: 5},
		}
		s.Alarms.Email = nil
		s.Alarms.Topic = "arn:aws:sns:eu-central-1:111122223333:pager"
		own := s.Systems["klaviyo"]
		own.Secret, own.SecretKey = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:klaviyo-AbCdEf", "arn:aws:kms:eu-central-1:111122223333:key/1234-abcd"
		s.Systems["klaviyo"] = own
		named := s.Systems["stripe"]
		named.Secret = "acme/stripe"
		s.Systems["stripe"] = named
	}},
	{name: "msk", stage: "dev", change: func(s *stage.Settings) {
		s.Functions, s.Groups = nil, nil
		s.Systems = map[string]stage.System{"commercetools": s.Systems["commercetools"]}
		s.Ingress.Kafka = &stage.Kafka{
			Cluster: "arn:aws:kafka:eu-central-1:111122223333:cluster/shop/6a7b-1", Topic: "commercetools", BatchSize: 10, Pollers: stage.Pollers{Min: 2, Max: 20},
		}
	}},
	{name: "by kafka", stage: "dev", change: func(s *stage.Settings) {
		s.Ingress.Backfill = false
		s.Ingress.Kafka = &stage.Kafka{
			Bootstrap: []string{"pkc-1.eu-central-1.aws.confluent.cloud:9092"}, Topic: "orders", BatchSize: 100, Pollers: stage.Pollers{Min: 1, Max: 5},
			Secret: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:confluent-AbCdEf",
		}
		s.Ingress.Subscription = stage.Subscription{Key: "signalbox", Way: stage.ByKafka, Format: "Platform"}
	}},
	{name: "by a partner bus", stage: "dev", change: func(s *stage.Settings) {
		s.Ingress = stage.Ingress{HTTPConcurrency: 20, Subscription: stage.Subscription{Key: "signalbox", Way: stage.ByEventBridge, Format: "Platform"}}
	}},
	{name: "without a subscription", stage: "dev", change: func(s *stage.Settings) { s.Ingress = stage.Ingress{HTTPConcurrency: 20} }},
	{name: "without fedex", stage: "dev", change: func(s *stage.Settings) { delete(s.Systems, "fedex") }},
	{name: "only klaviyo", stage: "dev", change: func(s *stage.Settings) {
		s.Systems, s.Functions, s.Groups = map[string]stage.System{"klaviyo": {}}, nil, nil
	}},
}

// assemblies are synthesized once; jsii serves one caller at a time.
var assemblies struct {
	once sync.Once
	root string
	err  error
	made map[string]assembly
}

// synthesized returns the assembly of a variant.
func synthesized(t *testing.T, variant string) assembly {
	t.Helper()
	assemblies.once.Do(func() {
		assemblies.made = map[string]assembly{}
		if assemblies.root, assemblies.err = os.MkdirTemp("", "signalbox-stack"); assemblies.err != nil {
			return
		}
		for _, v := range variants {
			made, err := synthesize(assemblies.root, v.name, v.stage, v.change)
			if err != nil {
				assemblies.err = fmt.Errorf("%s: %w", v.name, err)
				return
			}
			assemblies.made[v.name] = made
		}
	})
	if assemblies.err != nil {
		t.Fatal(assemblies.err)
	}
	a, ok := assemblies.made[variant]
	if !ok {
		t.Fatalf("there is no variant %q", variant)
	}
	return a
}

// synthesize gives each function a stand-in for its binary, since only its place matters.
func synthesize(root, name, stageName string, change func(*stage.Settings)) (a assembly, err error) {
	builds, out := filepath.Join(root, "dist"), filepath.Join(root, name)
	for _, arch := range []stage.Arch{stage.ARM64, stage.AMD64} {
		for _, f := range catalog.Functions {
			path := Bootstrap(builds, arch, f.Name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return a, err
			}
			if err := os.WriteFile(path, []byte(f.Name), 0o755); err != nil {
				return a, err
			}
		}
	}
	a = assembly{variant: name, outdir: out, stacks: map[string]template{}}
	err = Synthesize(Options{
		Config: "../../cdk.json", Builds: builds, Outdir: out,
		Context: map[string]any{"stage": stageName, "strict": true},
		Change: func(s *stage.Settings) {
			if change != nil {
				change(s)
			}
			a.settings = *s
		},
	})
	if err != nil {
		return a, err
	}
	files, err := filepath.Glob(filepath.Join(out, "*.template.json"))
	if err != nil {
		return a, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return a, err
		}
		var t template
		if err := json.Unmarshal(text, &t); err != nil {
			return a, err
		}
		a.stacks[filepath.Base(file[:len(file)-len(".template.json")])] = t
	}
	return a, nil
}
