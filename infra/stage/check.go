package stage

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/event"
)

// logDays are the retention periods CloudWatch Logs knows.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var logDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

var (
	namePattern    = regexp.MustCompile(`^[a-z][a-z0-9]{0,15}$`)
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	regionPattern  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	partnerPattern = regexp.MustCompile(`^aws\.partner/commercetools\.com/[^/]+/[^/]+$`)
	topicPattern   = regexp.MustCompile(`^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$`)
	keyPattern     = regexp.MustCompile(`^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$`)
	secretPattern  = regexp.MustCompile(`^(arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:)?[A-Za-z0-9/_+=.@-]+$`)
	// https://docs.commercetools.com/api/projects/subscriptions#subscriptiondraft
	subscriptionPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{2,256}$`)
	mailPattern         = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
)

// Check reports every setting that is wrong, by its path in cdk.json and with
// what was expected there.
func (s Settings) Check() error {
	c := checker{stage: s.Name}
	c.that(namePattern.MatchString(s.Name), "name", "a lower-case word of at most 16 letters and digits")
	c.that(s.Account == "" || accountPattern.MatchString(s.Account), "account", "12 digits")
	c.that(s.Region == "" || regionPattern.MatchString(s.Region), "region", "an AWS region such as eu-central-1")
	c.that(s.Arch == ARM64 || s.Arch == AMD64, "arch", "arm64 or amd64")
	c.that(s.Removal == Retain || s.Removal == Destroy, "removal", "retain or destroy")
	c.that(slices.Contains(logDays, s.LogDays), "logDays", "a period CloudWatch Logs knows, such as 7, 30, 90 or 365")
	c.that(s.ArchiveDays > 0 && s.ArchiveDays <= 3650, "archiveDays", "1 to 3650")
	c.that(s.LakeDays > 0 && s.LakeDays <= 3650, "lakeDays", "1 to 3650")
	c.ingress(s.Ingress)
	c.alarms(s.Alarms)
	c.systems(s.Systems)
	c.suppliers(s.Systems)
	c.functions(s)
	c.groups(s)
	c.surge(s)
	return errors.Join(c.problems...)
}

type checker struct {
	stage    string
	problems []error
}

func (c *checker) that(ok bool, field, expected string) {
	if !ok {
		c.problems = append(c.problems, fmt.Errorf("stage %s: %s: expected %s", c.stage, field, expected))
	}
}

func (c *checker) ingress(i Ingress) {
	c.that(i.EventBridge == "" || partnerPattern.MatchString(i.EventBridge), "ingress.eventbridge",
		"aws.partner/commercetools.com/<project key>/<subscription key>")
	c.that(i.HTTPConcurrency >= 1 && i.HTTPConcurrency <= 1000, "ingress.httpConcurrency", "1 to 1000")
	c.kafka(i.Kafka)
	c.that(i.SilenceMinutes >= 0 && i.SilenceMinutes <= 1440, "ingress.silenceMinutes", "0 to 1440")
	for _, kind := range slices.Sorted(maps.Keys(i.SilenceMinutesByType)) {
		c.that(brings(kind), "ingress.silenceMinutesByType."+kind, "a type of event that an ingress emits")
		c.that(i.SilenceMinutesByType[kind] >= 1 && i.SilenceMinutesByType[kind] <= 1440, "ingress.silenceMinutesByType."+kind, "1 to 1440 minutes")
	}
	c.subscription(i)
}

// brings reports whether an ingress emits events of that type.
func brings(kind string) bool {
	return slices.ContainsFunc(catalog.Functions, func(f catalog.Function) bool {
		return f.Source() != "" && slices.Contains(f.Emits, event.Type(kind))
	})
}

func (c *checker) subscription(i Ingress) {
	const field = "ingress.subscription"
	s := i.Subscription
	if s.Key == "" {
		c.that(s.Way == "" || s.Way == BySQS, field+".key", "a key, without which there is no subscription")
		return
	}
	c.that(subscriptionPattern.MatchString(s.Key), field+".key", "2 to 256 letters, digits, _ and -")
	c.that(slices.Contains([]string{BySQS, BySNS, ByEventBridge, ByKafka}, s.Way), field+".way", "sqs, sns, eventbridge or kafka")
	c.that(s.Way != BySNS || i.SNS, field+".way", "the topic that ingress.sns adds")
	c.that(s.Format == "Platform" || s.Format == "CloudEvents", field+".format", "Platform or CloudEvents")
	c.that(s.Way != ByKafka || i.Kafka != nil && len(i.Kafka.Bootstrap) == 1, field+".way", "the topic that ingress.kafka names, by one address at Confluent Cloud")
}

func (c *checker) alarms(a Alarms) {
	c.that(a.Mode == AllAlarms || a.Mode == EssentialAlarms, "alarms.mode", "all or essential")
	c.that(a.Topic == "" || topicPattern.MatchString(a.Topic), "alarms.topic", "the ARN of an SNS topic")
	c.that(a.Topic == "" || len(a.Email) == 0, "alarms.email", "none beside alarms.topic, whose owner subscribes")
	for i, address := range a.Email {
		c.that(mailPattern.MatchString(address), "alarms.email."+strconv.Itoa(i), "an e-mail address")
	}
}

func (c *checker) systems(systems map[string]System) {
	for _, id := range slices.Sorted(maps.Keys(systems)) {
		field := "systems." + id
		system, ok := catalog.SystemByID(id)
		if !ok {
			c.that(false, field, "a system of the catalog: "+strings.Join(systemIDs(), ", "))
			continue
		}
		given := systems[id]
		c.that(given.Secret == "" || secretPattern.MatchString(given.Secret), field+".secret", "the ARN or name of a secret")
		c.that(given.SecretKey == "" || given.Secret != "", field+".secretKey", "a key only beside an existing secret")
		c.that(given.SecretKey == "" || keyPattern.MatchString(given.SecretKey), field+".secretKey", "the ARN of a KMS key")
		base := catalog.Setting{Name: config.BaseURLName(id), Help: "address of the system"}
		c.settings(field+".settings", append([]catalog.Setting{base}, system.Settings...), given.Settings)
	}
}

// suppliers checks that no SKU has a supplier of both kinds: it would be ordered
// from both. What is no such JSON is reported elsewhere.
func (c *checker) suppliers(systems map[string]System) {
	named := func(id, setting string) map[string]bool {
		var suppliers map[string]struct {
			SKUs map[string]jsontext.Value `json:"skus"`
		}
		skus := map[string]bool{}
		if json.Unmarshal([]byte(systems[id].Settings[setting]), &suppliers) == nil {
			for _, s := range suppliers {
				for sku := range s.SKUs {
					skus[sku] = true
				}
			}
		}
		return skus
	}
	byWebhook := named("webhook", "WEBHOOK_SUPPLIERS")
	for _, sku := range slices.Sorted(maps.Keys(named("edi", "EDI_SUPPLIERS"))) {
		c.that(!byWebhook[sku], "systems.webhook.settings.WEBHOOK_SUPPLIERS", "no supplier of "+sku+", which EDI_SUPPLIERS has one of: it would be ordered from both")
	}
}

func (c *checker) functions(s Settings) {
	for _, name := range slices.Sorted(maps.Keys(s.Functions)) {
		f, ok := catalog.FunctionByName(name)
		c.that(ok, "functions."+name, "a function of the catalog")
		if ok {
			c.that(s.Uses(f), "functions."+name, "a function this stage deploys; it lacks "+lacking(f))
			c.shared("functions."+name, f, s.Functions[name])
		}
	}
	for _, f := range catalog.Functions {
		if s.Uses(f) {
			c.settings("functions."+f.Name, f.Settings, s.Functions[f.Name])
		}
	}
}

// shared refuses settings of a group that are given to one of its functions.
func (c *checker) shared(field string, f catalog.Function, given map[string]string) {
	for _, g := range f.Groups {
		for _, setting := range g.Settings {
			_, ok := given[setting.Name]
			c.that(!ok, field+"."+setting.Name, "it in groups."+g.Name+", which has one value for all its functions")
		}
	}
}

func (c *checker) groups(s Settings) {
	for _, name := range slices.Sorted(maps.Keys(s.Groups)) {
		_, ok := catalog.GroupByName(name)
		c.that(ok, "groups."+name, "a group of settings of the catalog")
	}
	for _, g := range catalog.Groups {
		field := "groups." + g.Name
		if slices.ContainsFunc(catalog.Sharing(g), s.Uses) {
			c.settings(field, g.Settings, s.Groups[g.Name])
		} else {
			_, given := s.Groups[g.Name]
			c.that(!given, field, "settings of functions that this stage deploys; it deploys none of the group's")
		}
	}
}

// settings checks given values against what the catalog declares.
func (c *checker) settings(field string, declared []catalog.Setting, given map[string]string) {
	for _, d := range declared {
		value, ok := given[d.Name]
		switch {
		case d.Required && value == "":
			c.that(false, field+"."+d.Name, d.Help+" (required)")
		case ok && value != "":
			expected := shape(d, value)
			c.that(expected == "", field+"."+d.Name, expected+": "+d.Help)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		known := slices.ContainsFunc(declared, func(d catalog.Setting) bool { return d.Name == name })
		c.that(known, field+"."+name, "a setting of the catalog")
	}
}

// shape says what was expected of a value that is not of the kind its example
// or default is, and "" of one that is.
func shape(d catalog.Setting, value string) string {
	model := d.Example
	if model == "" {
		model = d.Default
	}
	switch {
	case strings.HasPrefix(model, "{"):
		if v := jsontext.Value(value); !v.IsValid() || v.Kind() != '{' {
			return "a JSON object"
		}
	case strings.HasPrefix(model, "https://"), strings.HasSuffix(d.Name, "_URL"):
		if u, err := url.Parse(value); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
			return "an https address"
		}
	case mailPattern.MatchString(model):
		if !mailPattern.MatchString(value) {
			return "a value like " + model
		}
	case isNumber(model):
		if !isNumber(value) {
			return "digits"
		}
	}
	return ""
}

func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 64)
	return err == nil
}

func systemIDs() []string {
	var ids []string
	for _, s := range catalog.Systems {
		ids = append(ids, s.ID)
	}
	return ids
}
