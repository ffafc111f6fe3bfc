package stage

import (
	"os"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
)

// valid is a stage with every system; each case changes it.
const valid = `{
	"account": "111122223333", "region": "eu-central-1", "arch": "amd64",
	"systems": {
		"commercetools": {"settings": {"COMMERCETOOLS_PROJECT": "acme", "COMMERCETOOLS_REGION": "eu-central-1.aws"}},
		"fedex": {"secret": "acme/fedex", "settings": {"FEDEX_ACCOUNT": "510087020", "FEDEX_DEFAULT_PHONE": "9015551234", "FEDEX_SHIPPER": "{\"person\":\"a\"}"}},
		"salesforce": {"settings": {"SALESFORCE_USERNAME": "integration@acme.example"}},
		"stripe": {}, "klaviyo": {}
	},
	"functions": {"order-created-fraud": {"FRAUD_HOLD_LEVEL": "elevated"}},
	"ingress": {"sns": true, "eventbridge": "aws.partner/commercetools.com/acme/signalbox", "silenceMinutes": 60},
	"alarms": {"mode": "essential", "email": ["oncall@acme.example"], "runbook": "https://example.com/readme"},
	"logDays": 90, "archiveDays": 90, "removal": "destroy", "tags": {"owner": "commerce"}
}`

func read(stage string) (Settings, error) { return Read("dev", []byte(`{"dev":`+stage+`}`)) }

func TestReadTakesEverySetting(t *testing.T) {
	s, err := read(valid)
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "dev" || s.Account != "111122223333" || s.Arch != AMD64 || s.Removal != Destroy || !s.Ingress.SNS ||
		s.Ingress.SilenceMinutes != 60 || s.Alarms.Mode != EssentialAlarms || s.LogDays != 90 || s.ArchiveDays != 90 || s.Tags["owner"] != "commerce" ||
		s.Systems["fedex"].Secret != "acme/fedex" || s.Alarms.Runbook != "https://example.com/readme" {
		t.Errorf("Read = %+v", s)
	}
	fraud, _ := catalog.FunctionByName("order-created-fraud")
	if env := s.Environment(fraud); env["FRAUD_HOLD_LEVEL"] != "elevated" {
		t.Errorf("Environment = %v", env)
	}
	tracking, _ := catalog.FunctionByName("shipment-created-tracking")
	if env := s.Environment(tracking); env["COMMERCETOOLS_PROJECT"] != "acme" || env["FRAUD_HOLD_LEVEL"] != "" {
		t.Errorf("Environment = %v", env)
	}
}

func TestReadFillsInDefaults(t *testing.T) {
	s, err := read(`{}`)
	if err != nil {
		t.Fatal(err)
	}
	if s.Arch != ARM64 || s.Removal != Retain || s.Alarms.Mode != AllAlarms || s.LogDays != 30 || s.ArchiveDays != 30 || s.Alarms.Runbook != "README.md" {
		t.Errorf("Read = %+v", s)
	}
}

func TestReadNamesWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"an account with letters":                {`"111122223333"`, `"acme"`, "account: expected 12 digits"},
		"a region that is none":                  {`"eu-central-1"`, `"Frankfurt"`, "region: expected an AWS region"},
		"an unknown processor":                   {`"amd64"`, `"x86"`, "arch: expected arm64 or amd64"},
		"an unknown removal":                     {`"destroy"`, `"keep"`, "removal: expected retain or destroy"},
		"a retention CloudWatch does not know":   {`"logDays": 90`, `"logDays": 89`, "logDays: expected a period"},
		"a negative retention":                   {`"archiveDays": 90`, `"archiveDays": -1`, "archiveDays: expected 1 to 3650"},
		"a number as text":                       {`"logDays": 90`, `"logDays": "90"`, "logDays: expected int"},
		"a misspelt setting":                     {`"logDays"`, `"logdays"`, "logdays: no such setting"},
		"a misspelt setting further in":          {`"silenceMinutes"`, `"silence"`, "ingress.silence: no such setting"},
		"a partner source of somebody else":      {`aws.partner/commercetools.com/acme/signalbox`, `aws.partner/shopify.com/1/x`, "ingress.eventbridge: expected aws.partner/commercetools.com/"},
		"a silence longer than a day":            {`"silenceMinutes": 60`, `"silenceMinutes": 1441`, "ingress.silenceMinutes: expected 0 to 1440"},
		"a silence of what nobody brings":        {`"silenceMinutes": 60`, `"silenceMinutesByType": {"order.approved": 60}`, "ingress.silenceMinutesByType.order.approved: expected a type of event that an ingress emits"},
		"a type's silence longer than a day":     {`"silenceMinutes": 60`, `"silenceMinutesByType": {"order.created": 1441}`, "ingress.silenceMinutesByType.order.created: expected 1 to 1440 minutes"},
		"a subscription of a bad key":            {`"silenceMinutes": 60`, `"subscription": {"key": "a b"}`, "ingress.subscription.key: expected 2 to 256 letters"},
		"a subscription without a key":           {`"silenceMinutes": 60`, `"subscription": {"way": "sns"}`, "ingress.subscription.key: expected a key"},
		"a way there is not":                     {`"silenceMinutes": 60`, `"subscription": {"key": "ab", "way": "fax"}`, "ingress.subscription.way: expected sqs, sns, eventbridge or kafka"},
		"a topic that the stage has not":         {`"sns": true`, `"sns": false, "subscription": {"key": "ab", "way": "sns"}`, "ingress.subscription.way: expected the topic that ingress.sns adds"},
		"an unknown format":                      {`"silenceMinutes": 60`, `"subscription": {"key": "ab", "format": "XML"}`, "ingress.subscription.format: expected Platform or CloudEvents"},
		"Kafka without a topic":                  {`"silenceMinutes": 60`, `"subscription": {"key": "ab", "way": "kafka"}`, "ingress.subscription.way: expected the topic that ingress.kafka names"},
		"an unknown mode of alarms":              {`"essential"`, `"few"`, "alarms.mode: expected all or essential"},
		"an address that is none":                {`oncall@acme.example`, `oncall`, "alarms.email.0: expected an e-mail address"},
		"a topic that is no ARN":                 {`"mode": "essential"`, `"topic": "pager"`, "alarms.topic: expected the ARN"},
		"addresses beside a topic":               {`"mode": "essential"`, `"topic": "arn:aws:sns:eu-central-1:111122223333:pager"`, "alarms.email: expected none beside alarms.topic"},
		"an unknown system":                      {`"klaviyo": {}`, `"mailchimp": {}`, "systems.mailchimp: expected a system of the catalog: commercetools"},
		"a required setting that is missing":     {`"FEDEX_ACCOUNT": "510087020", `, ``, "systems.fedex.settings.FEDEX_ACCOUNT: expected account number that ships and pays (required)"},
		"a required setting that is empty":       {`"510087020"`, `""`, "systems.fedex.settings.FEDEX_ACCOUNT: expected"},
		"letters where the example has digits":   {`"510087020"`, `"five"`, "systems.fedex.settings.FEDEX_ACCOUNT: expected digits"},
		"text where the example is JSON":         {`"{\"person\":\"a\"}"`, `"Warehouse 7"`, "systems.fedex.settings.FEDEX_SHIPPER: expected a JSON object"},
		"a word where the example is an address": {`integration@acme.example`, `integration`, "systems.salesforce.settings.SALESFORCE_USERNAME: expected a value like"},
		"an unknown setting of a system":         {`"stripe": {}`, `"stripe": {"settings": {"STRIPE_MODE": "x"}}`, "systems.stripe.settings.STRIPE_MODE: expected a setting of the catalog"},
		"a plain text address":                   {`"stripe": {}`, `"stripe": {"settings": {"STRIPE_BASE_URL": "http://stripe.example"}}`, "STRIPE_BASE_URL: expected an https address"},
		"an address with a password":             {`"stripe": {}`, `"stripe": {"settings": {"STRIPE_BASE_URL": "https://a:b@stripe.example"}}`, "STRIPE_BASE_URL: expected an https address"},
		"a secret with a blank":                  {`"acme/fedex"`, `"acme fedex"`, "systems.fedex.secret: expected the ARN or name"},
		"a key without a secret":                 {`"secret": "acme/fedex"`, `"secretKey": "arn:aws:kms:eu-central-1:111122223333:key/1-a"`, "systems.fedex.secretKey: expected a key only beside"},
		"a key that is no ARN":                   {`"secret": "acme/fedex"`, `"secret": "acme/fedex", "secretKey": "mine"`, "systems.fedex.secretKey: expected the ARN of a KMS key"},
		"an unknown function":                    {`order-created-fraud`, `order-created-tax`, "functions.order-created-tax: expected a function of the catalog"},
		"an unknown setting of a function":       {`FRAUD_HOLD_LEVEL`, `FRAUD_LEVEL`, "functions.order-created-fraud.FRAUD_LEVEL: expected a setting of the catalog"},
		"settings of a back-fill there is not":   {`order-created-fraud": {"FRAUD_HOLD_LEVEL"`, `backfill": {"BACKFILL_RATE"`, "functions.backfill: expected a function this stage deploys; it lacks ingress.backfill"},
		"settings of a function not deployed":    {`"stripe": {}, `, ``, "functions.order-created-fraud: expected a function this stage deploys"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(valid, c.old, c.new, 1)
			if text == valid {
				t.Fatalf("the case changes nothing: %s", c.old)
			}
			_, err := read(text)
			if err == nil || !strings.Contains(err.Error(), "stage dev: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Read = %v, expected %q", err, c.want)
			}
		})
	}
}

func TestASKUHasOneKindOfSupplier(t *testing.T) {
	stage := func(byWebhook string) string {
		return `{"systems": {
			"edi": {"settings": {"EDI_SENDER": "{}", "EDI_SHIP_TO": "{}", "EDI_SUPPLIERS": "{\"campfire\":{\"skus\":{\"STOVE\":{},\"KETTLE\":{}}}}"}},
			"webhook": {"settings": {"WEBHOOK_SUPPLIERS": "{\"lumen\":{\"skus\":{\"` + byWebhook + `\":{}}}}"}}}}`
	}
	if _, err := read(stage("LANTERN")); err != nil {
		t.Error(err)
	}
	want := "systems.webhook.settings.WEBHOOK_SUPPLIERS: expected no supplier of KETTLE, which EDI_SUPPLIERS has one of"
	if _, err := read(stage("KETTLE")); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Read = %v, expected %q", err, want)
	}
}

func TestAGroupHasOneValueForAllItsFunctions(t *testing.T) {
	s, err := read(`{"groups": {"demand": {"DEMAND_SLOW": "6"}}}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"order-created-demand", "inventory-changed-demand"} {
		f, _ := catalog.FunctionByName(name)
		if env := s.Environment(f); env["DEMAND_SLOW"] != "6" {
			t.Errorf("%s: Environment = %v", name, env)
		}
	}
	other, _ := catalog.FunctionByName("inventory-changed-watch")
	if env := s.Environment(other); len(env) != 0 {
		t.Errorf("a function without the group is given %v", env)
	}
	for stage, want := range map[string]string{
		`{"functions": {"order-created-demand": {"DEMAND_SLOW": "5"}}}`: "functions.order-created-demand.DEMAND_SLOW: expected it in groups.demand",
		`{"groups": {"mood": {}}}`:                                      "groups.mood: expected a group of settings of the catalog",
		`{"groups": {"demand": {"DEMAND_LOW": "5"}}}`:                   "groups.demand.DEMAND_LOW: expected a setting of the catalog",
		`{"groups": {"demand": {"DEMAND_SLOW": "x"}}}`:                  "groups.demand.DEMAND_SLOW: expected digits",
		`{"groups": {"promotion": {}}}`:                                 "groups.promotion: expected settings of functions that this stage deploys",
	} {
		if _, err := read(stage); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: Read = %v", stage, err)
		}
	}
}

func TestReadReportsEveryProblemAtOnce(t *testing.T) {
	_, err := read(`{"arch": "x86", "removal": "keep", "systems": {"fedex": {}}}`)
	for _, want := range []string{"arch", "removal", "FEDEX_ACCOUNT", "FEDEX_SHIPPER", "FEDEX_DEFAULT_PHONE"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Read = %v, expected it to name %s", err, want)
		}
	}
}

func TestReadNamesTheStagesThereAre(t *testing.T) {
	_, err := Read("test", []byte(`{"dev": {}, "prod": {}}`))
	if err == nil || !strings.Contains(err.Error(), `stage "test": expected one of dev, prod`) {
		t.Errorf("Read = %v", err)
	}
	if _, err := Read("Dev-1", []byte(`{"Dev-1": {}}`)); err == nil || !strings.Contains(err.Error(), "name: expected a lower-case word") {
		t.Errorf("Read = %v", err)
	}
}

func TestAFunctionIsDeployedOnlyWithEverySystemItTalksTo(t *testing.T) {
	f := catalog.Function{Name: "x", System: "fedex", Reads: []string{"commercetools"}}
	for name, c := range map[string]struct {
		systems []string
		want    bool
	}{
		"both systems":           {[]string{"fedex", "commercetools"}, true},
		"only the one it reads":  {[]string{"commercetools"}, false},
		"only the one it writes": {[]string{"fedex"}, false},
		"none":                   {nil, false},
	} {
		s := Settings{Systems: map[string]System{}}
		for _, id := range c.systems {
			s.Systems[id] = System{}
		}
		if got := s.Uses(f); got != c.want {
			t.Errorf("%s: Uses = %t", name, got)
		}
	}
	if !(Settings{}).Uses(catalog.Function{Name: "y"}) {
		t.Error("a function of the bus alone needs no system")
	}
}

func TestTheStagesOfTheCheckoutAreValid(t *testing.T) {
	text, err := os.ReadFile("../../cdk.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Context struct {
			Stages map[string]jsontext.Value `json:"stages"`
		} `json:"context"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	stages, err := json.Marshal(file.Context.Stages)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"dev", "prod"} {
		if _, err := Read(name, stages); err != nil {
			t.Error(err)
		}
	}
}
