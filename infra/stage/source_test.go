package stage

import (
	"strings"
	"testing"

	"signalbox/shared/catalog"
)

// refused reads the valid stage with more in it and returns what is wrong with it.
func refused(t *testing.T, more string) string {
	t.Helper()
	_, err := read(strings.Replace(valid, `"logDays": 90`, `"logDays": 90, `+more, 1))
	if err == nil {
		return ""
	}
	return err.Error()
}

func kafka(inner string) string {
	return strings.Replace(valid, `"sns": true`, `"sns": true, "kafka": {`+inner+`}`, 1)
}

const (
	confluent = `"bootstrap": ["pkc-1.eu-central-1.aws.confluent.cloud:9092"], "topic": "orders", "secret": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:confluent-AbCdEf"`
	msk       = `"cluster": "arn:aws:kafka:eu-central-1:111122223333:cluster/shop/6a7b-1", "topic": "orders"`
)

func TestATopicIsReadWhereTheStageHasOne(t *testing.T) {
	f, _ := catalog.FunctionByName("kafka")
	for name, c := range map[string]struct {
		stage string
		uses  bool
	}{"none": {valid, false}, "Confluent": {kafka(confluent), true}, "MSK": {kafka(msk), true}} {
		s, err := read(c.stage)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Uses(f) != c.uses {
			t.Errorf("%s: deployed %v", name, s.Uses(f))
		}
		if k := s.Ingress.Kafka; k != nil && (k.BatchSize != 100 || k.Pollers != Pollers{1, 5}) {
			t.Errorf("%s: defaults %+v", name, k)
		}
	}
}

func TestTopicsThatCannotBeReadAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ inner, want string }{
		"neither cluster nor addresses": {`"topic": "orders"`, "ingress.kafka: expected either cluster or bootstrap and secret"},
		"both":                          {msk + `, "bootstrap": ["a:9092"]`, "ingress.kafka: expected either cluster or bootstrap and secret"},
		"a cluster that is no ARN":      {`"cluster": "shop", "topic": "orders"`, "ingress.kafka.cluster: expected the ARN of a cluster in MSK"},
		"an address without a port":     {strings.Replace(confluent, ":9092", "", 1), "ingress.kafka.bootstrap.0: expected host:port"},
		"no secret":                     {`"bootstrap": ["a:9092"], "topic": "orders"`, "ingress.kafka.secret: expected the whole ARN"},
		"a secret by name":              {strings.Replace(confluent, "arn:aws:secretsmanager:eu-central-1:111122223333:secret:confluent-AbCdEf", "confluent", 1), "ingress.kafka.secret: expected the whole ARN"},
		"a secret without its end":      {strings.Replace(confluent, "-AbCdEf", "", 1), "ingress.kafka.secret: expected the whole ARN"},
		"a key that is no ARN":          {confluent + `, "secretKey": "mine"`, "ingress.kafka.secretKey: expected the ARN of a KMS key"},
		"no topic":                      {strings.Replace(msk, `"orders"`, `""`, 1), "ingress.kafka.topic: expected the name of a topic"},
		"too many records":              {msk + `, "batchSize": 10001`, "ingress.kafka.batchSize: expected 1 to 10000"},
		"more pollers than most":        {msk + `, "pollers": {"min": 5, "max": 2}`, "ingress.kafka.pollers.max: expected min to 2000"},
		"no poller":                     {msk + `, "pollers": {"min": 0, "max": 2}`, "ingress.kafka.pollers.min: expected 1 to 200"},
	} {
		if _, err := read(kafka(c.inner)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSurgeKeepsToWhatLambdaAndTheVendorAllow(t *testing.T) {
	for name, c := range map[string]struct{ surge, want string }{
		"less than the rate allows":    {`{"order-created-fraud": {"concurrency": 2}}`, ""},
		"a surge of our own":           {`{"commercetools": {"concurrency": 500, "batchSize": 100, "windowSeconds": 1}}`, ""},
		"pollers":                      {`{"commercetools": {"pollers": {"min": 2, "max": 200}}}`, ""},
		"more, said so":                {`{"order-created-fraud": {"concurrency": 50, "beyondRate": true}}`, ""},
		"more than the rate allows":    {`{"order-created-fraud": {"concurrency": 50}}`, "surge.order-created-fraud: expected at most 2 concurrent invokes, which is what the rate of stripe allows"},
		"pollers beyond the rate":      {`{"order-created-fraud": {"pollers": {"min": 2, "max": 2}}}`, "surge.order-created-fraud: expected at most 2 concurrent invokes"},
		"both":                         {`{"commercetools": {"concurrency": 5, "pollers": {"min": 2, "max": 2}}}`, "surge.commercetools: expected either concurrency or pollers"},
		"one invoke":                   {`{"commercetools": {"concurrency": 1}}`, "surge.commercetools.concurrency: expected 2 to 1000"},
		"one poller":                   {`{"commercetools": {"pollers": {"min": 1, "max": 2}}}`, "surge.commercetools.pollers.min: expected 2 to 200"},
		"an unknown function":          {`{"order-created-tax": {}}`, "surge.order-created-tax: expected a function of the catalog"},
		"a function not deployed":      {`{"order-paid-finance": {}}`, "surge.order-paid-finance: expected a function that this stage deploys"},
		"a topic":                      {`{"kafka": {}}`, "surge.kafka: expected a function that this stage deploys behind a queue"},
		"a large batch without window": {`{"commercetools": {"batchSize": 11}}`, "surge.commercetools.windowSeconds: expected at least 1 where batchSize is above 10"},
		"a window without end":         {`{"commercetools": {"windowSeconds": 301}}`, "surge.commercetools.windowSeconds: expected 0 to 300"},
		"too large a batch":            {`{"commercetools": {"batchSize": 10001, "windowSeconds": 1}}`, "surge.commercetools.batchSize: expected 1 to 10000"},
		"a misspelt setting":           {`{"commercetools": {"batch": 10}}`, "surge.commercetools.batch: no such setting"},
	} {
		if got := refused(t, `"surge": `+c.surge); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := refused(t, `"lakeDays": 4000`); !strings.Contains(got, "lakeDays: expected 1 to 3650") {
		t.Errorf("a lake that forgets nothing: %s", got)
	}
}
