package stage

import (
	"regexp"
	"strconv"
	"strings"

	"signalbox/shared/catalog"
)

// Kafka is the topic that commercetools delivers into: in MSK, or in any other
// cluster that takes SASL/PLAIN over TLS, such as Confluent Cloud's.
type Kafka struct {
	// Cluster is the ARN of a cluster in MSK that takes IAM.
	Cluster string `json:"cluster"`
	// Bootstrap are the addresses of any other cluster, "host:port".
	Bootstrap []string `json:"bootstrap"`
	// Secret is the whole ARN of the secret with the other cluster's username and
	// password, SecretKey that of its KMS key if it has one of its own.
	Secret    string `json:"secret"`
	SecretKey string `json:"secretKey"`
	Topic     string `json:"topic"`
	// BatchSize is how many records an invoke gets at most, default 100.
	BatchSize int `json:"batchSize"`
	// Pollers defaults to 1 to 5.
	Pollers Pollers `json:"pollers"`
}

// Pollers are how many of them read a source at once: never fewer than Min, which
// cost money while nothing happens, and more as there is more to read, up to Max.
type Pollers struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

var (
	clusterPattern    = regexp.MustCompile(`^arn:[a-z-]+:kafka:[a-z0-9-]+:[0-9]{12}:cluster/[A-Za-z0-9-]+/[a-z0-9-]+$`)
	bootstrapPattern  = regexp.MustCompile(`^[A-Za-z0-9.-]+:[0-9]{2,5}$`)
	kafkaTopicPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,249}$`)
	// A mapping is given the ARN with the six characters at its end.
	wholeSecretPattern = regexp.MustCompile(`^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}$`)
)

func (k *Kafka) setDefaults() {
	if k.BatchSize == 0 {
		k.BatchSize = 100
	}
	if k.Pollers == (Pollers{}) {
		k.Pollers = Pollers{Min: 1, Max: 5}
	}
}

func (c *checker) kafka(k *Kafka) {
	if k == nil {
		return
	}
	own := len(k.Bootstrap) > 0 || k.Secret != "" || k.SecretKey != ""
	c.that((k.Cluster != "") != own, "ingress.kafka", "either cluster or bootstrap and secret")
	c.that(k.Cluster == "" || clusterPattern.MatchString(k.Cluster), "ingress.kafka.cluster", "the ARN of a cluster in MSK")
	if own {
		c.that(len(k.Bootstrap) > 0, "ingress.kafka.bootstrap", "at least one address")
		c.that(wholeSecretPattern.MatchString(k.Secret), "ingress.kafka.secret", "the whole ARN of a secret, with the six characters at its end")
	}
	for i, address := range k.Bootstrap {
		c.that(bootstrapPattern.MatchString(address), "ingress.kafka.bootstrap."+strconv.Itoa(i), "host:port")
	}
	c.that(k.SecretKey == "" || keyPattern.MatchString(k.SecretKey), "ingress.kafka.secretKey", "the ARN of a KMS key")
	c.that(kafkaTopicPattern.MatchString(k.Topic), "ingress.kafka.topic", "the name of a topic")
	c.that(k.BatchSize >= 1 && k.BatchSize <= 10000, "ingress.kafka.batchSize", "1 to 10000")
	c.pollers("ingress.kafka.pollers", k.Pollers, 1, 200, 2000)
}

// pollers checks them against the bounds Lambda has for a source.
// https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedPollerConfig.html
func (c *checker) pollers(field string, p Pollers, least, mostMin, mostMax int) {
	c.that(p.Min >= least && p.Min <= mostMin, field+".min", strconv.Itoa(least)+" to "+strconv.Itoa(mostMin))
	c.that(p.Max >= max(least, p.Min) && p.Max <= mostMax, field+".max", "min to "+strconv.Itoa(mostMax))
}

// has reports whether the stage has what triggers the function and wants what it is for.
func (s Settings) has(f catalog.Function) bool {
	switch {
	case f.IsKafka():
		return s.Ingress.Kafka != nil
	case f.Subscribes() != "":
		return s.Ingress.Subscription.Key != ""
	case f.Refills() != "":
		return s.Ingress.Backfill
	}
	return true
}

// lacking names what a stage must have for the function.
func lacking(f catalog.Function) string {
	switch {
	case f.IsKafka():
		return "ingress.kafka"
	case f.Subscribes() != "":
		return "ingress.subscription"
	case f.Refills() != "":
		return "ingress.backfill"
	}
	return "one of " + strings.Join(f.Systems(), ", ")
}
