package config_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
)

var function = catalog.Function{
	Name: "order-created-crm", Trigger: catalog.EventQueue{}, System: "salesforce", Reads: []string{"klaviyo"},
	Settings: []catalog.Setting{{Name: "CRM_MODE", Default: "upsert"}, {Name: "CRM_LIMIT", Required: true, Help: "how many"}},
}

// environment sets everything the function needs.
func environment(t *testing.T) map[string]string {
	t.Helper()
	for name, value := range map[string]string{
		config.Stage: "dev", config.Bus: "bus", config.Ledger: "ledger", config.QueueURL: "https://queue", config.DLQURL: "https://dlq",
		"CRM_LIMIT": "7", "SALESFORCE_USERNAME": "user", "SIGNALBOX_SECRET_SALESFORCE": "arn:s", "SIGNALBOX_SECRET_KLAVIYO": "arn:k",
		"SALESFORCE_BASE_URL": "", "KLAVIYO_BASE_URL": "http://127.0.0.1:1", "CRM_MODE": "",
	} {
		t.Setenv(name, value)
	}
	return map[string]string{"arn:s": `{"consumer_key":"ck","private_key":"pk"}`, "arn:k": `{"api_key":"ak"}`}
}

func read(secrets map[string]string) config.SecretReader {
	return func(_ context.Context, arn string) (string, error) {
		text, ok := secrets[arn]
		if !ok {
			return "", errors.New("AccessDeniedException")
		}
		return text, nil
	}
}

func TestLoadReadsSettingsDefaultsAndSecrets(t *testing.T) {
	v, err := config.Load(t.Context(), function, read(environment(t)))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		config.Bus: "bus", "CRM_MODE": "upsert", "CRM_LIMIT": "7", "SALESFORCE_USERNAME": "user", "SALESFORCE_ORDER_OBJECT": "Order__c", "UNKNOWN": "",
	} {
		if got := v.String(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := v.BaseURL("salesforce"); got != "https://login.salesforce.com" {
		t.Errorf("the catalog's address: %q", got)
	}
	if got := v.BaseURL("klaviyo"); got != "http://127.0.0.1:1" {
		t.Errorf("the stage's address: %q", got)
	}
	if v.Secret("salesforce", "private_key").Reveal() != "pk" || v.Secret("klaviyo", "api_key").Reveal() != "ak" {
		t.Error("the secret differs")
	}
	if n, err := v.Int("CRM_LIMIT"); n != 7 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := v.Int("CRM_MODE"); err == nil || strings.Contains(err.Error(), "upsert") {
		t.Errorf("a word as a number: %v", err)
	}
	if w, err := v.OneOf("CRM_MODE", "insert", "upsert"); w != "upsert" || err != nil {
		t.Errorf("%q, %v", w, err)
	}
	if _, err := v.OneOf("CRM_MODE", "insert", "delete"); err == nil || !strings.Contains(err.Error(), "CRM_MODE: expected one of insert, delete") {
		t.Errorf("another word: %v", err)
	}
}

func TestLoadNamesEverythingThatIsMissing(t *testing.T) {
	secrets := environment(t)
	for _, name := range []string{config.Ledger, config.DLQURL, "CRM_LIMIT", "SALESFORCE_USERNAME", "SIGNALBOX_SECRET_KLAVIYO"} {
		t.Setenv(name, "")
	}
	secrets["arn:s"] = `{"consumer_key":"k4n4r13","private_key":""}`
	_, err := config.Load(t.Context(), function, read(secrets))
	if err == nil {
		t.Fatal("loaded")
	}
	for _, want := range []string{
		"SIGNALBOX_LEDGER is not set", "SIGNALBOX_DLQ_URL is not set", "CRM_LIMIT is not set: how many",
		"SALESFORCE_USERNAME is not set", "SIGNALBOX_SECRET_KLAVIYO is not set", "secret of salesforce: key private_key is missing",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "k4n4r13") {
		t.Error("the error quotes a secret")
	}
}

func TestSecretThatIsNoObjectIsNotQuoted(t *testing.T) {
	for _, text := range []string{`k4n4r13`, `"k4n4r13"`, `["k4n4r13"]`, `{"api_key":1,"k4n4r13":2}`, `null`, ``, `{"api_key":"k4n4r13","api_key":"k4n4r13"}`} {
		secrets := environment(t)
		secrets["arn:k"] = text
		_, err := config.Load(t.Context(), function, read(secrets))
		if err == nil || strings.Contains(err.Error(), "k4n4r13") || !strings.Contains(err.Error(), "klaviyo") {
			t.Errorf("%s: %v", text, err)
		}
	}
	secrets := environment(t)
	delete(secrets, "arn:k")
	if _, err := config.Load(t.Context(), function, read(secrets)); err == nil || !strings.Contains(err.Error(), "read the secret of klaviyo: AccessDeniedException") {
		t.Errorf("no access: %v", err)
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	const canary = "k4n4r13"
	s := config.Secret(canary)
	text, _ := s.MarshalText()
	var out strings.Builder
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "s", s)
	for _, shown := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s), fmt.Sprint(struct{ S config.Secret }{s}), string(text), out.String()} {
		if strings.Contains(shown, canary) || !strings.Contains(shown, "[secret]") {
			t.Errorf("shown as %s", shown)
		}
	}
}

func TestRehearsalIsHonouredOnThisMachineOnly(t *testing.T) {
	for endpoint, want := range map[string]bool{
		"http://127.0.0.1:4566": true, "http://localhost:4566": true, "http://[::1]:4566": true,
		"": false, "https://sqs.eu-central-1.amazonaws.com": false, "http://127.0.0.1.example.com": false, "127.0.0.1": false, "http://10.0.0.1": false,
	} {
		t.Setenv("AWS_ENDPOINT_URL", endpoint)
		t.Setenv("SIGNALBOX_KILL_AT", "after-claim:2")
		t.Setenv("SIGNALBOX_ASK_AFTER", "1s")
		t.Setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
		t.Setenv("AWS_LAMBDA_LOG_LEVEL", "WARN")
		p := config.LoadProcess()
		if got := p.Rehearsal.KillAt == "after-claim:2" && p.Rehearsal.AskAfter == time.Second; got != want {
			t.Errorf("%q: honoured %v, want %v", endpoint, got, want)
		}
		if !want && (p.Rehearsal.KillAt != "" || p.Rehearsal.AskAfter >= 0) {
			t.Errorf("%q: %+v", endpoint, p.Rehearsal)
		}
		if p.MemoryMB != 256 || p.LogLevel != "WARN" {
			t.Errorf("%+v", p)
		}
	}
}

func ExampleStatic() {
	v := config.Static(
		map[string]string{"FEDEX_ACCOUNT": "510087020", "FEDEX_DEFAULT_WEIGHT_GRAMS": "light"},
		map[string]map[string]string{"fedex": {"client_secret": "x"}},
	)
	fmt.Println(v.String("FEDEX_ACCOUNT"), v.Secret("fedex", "client_secret"))

	_, err := v.Int("FEDEX_DEFAULT_WEIGHT_GRAMS")
	fmt.Println(err)
	// Output:
	// 510087020 [secret]
	// FEDEX_DEFAULT_WEIGHT_GRAMS: expected a whole number
}
