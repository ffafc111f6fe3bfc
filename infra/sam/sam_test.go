package sam

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/lambdatest/rehearsal"
	"signalbox/shared/sample"
)

func crm(t *testing.T) catalog.Function {
	t.Helper()
	f, ok := catalog.FunctionByName("order-created-crm")
	if !ok {
		t.Fatal("the catalog has no order-created-crm")
	}
	return f
}

func TestChoose(t *testing.T) {
	all, err := sample.Load("../../events-samples")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, function, sample, want, err string }{
		{"the sample of the event", "order-created-crm", "", "order.created", ""},
		{"a variant", "order-created-crm", "order.created.guest", "order.created.guest", ""},
		{"a file", "order-created-crm", "events-samples/signalbox/order.created.guest.json", "order.created.guest", ""},
		{"a notification, for the ingress", "commercetools", "", "order-created", ""},
		{"one of another event", "order-created-crm", "order.held", "", "it has order.created"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := catalog.FunctionByName(c.function)
			got, err := choose(all, f, c.sample)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("got error %v", err)
				}
				return
			}
			if err != nil || got.Name != c.want {
				t.Errorf("got %q, %v", got.Name, err)
			}
		})
	}
}

func TestResourcesGivesTheFunctionAllItNeeds(t *testing.T) {
	defer goleak.VerifyNone(t)
	g, err := serve(crm(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	for _, name := range []string{config.Bus, config.Ledger, config.QueueURL, config.DLQURL, config.SecretName("salesforce"),
		config.BaseURLName("salesforce"), "SALESFORCE_USERNAME", "AWS_ENDPOINT_URL"} {
		if g.env[name] == "" {
			t.Errorf("%s is not set", name)
		}
	}
	if value, ok := g.env[config.Stage]; ok {
		t.Errorf("the stage is called %s, whatever the template says", value)
	}
	pass, err := g.open(netip.MustParseAddr("127.0.0.1"), true)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.TrimPrefix(g.env[config.BaseURLName("salesforce")], "http://")
	_, port, _ := strings.Cut(pass[at], ":")
	if !strings.HasPrefix(pass[at], machine+":") || strings.HasSuffix(at, ":"+port) {
		t.Fatalf("the double at %s is passed to %s", at, pass[at])
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	response, err := client.Get("http://127.0.0.1:" + port + "/services/data")
	if err != nil {
		t.Fatalf("the double is not reached on the way a container takes: %v", err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("the double let a stranger in: %d", response.StatusCode)
	}
}

func TestResourcesLeavesTheStageItsSettings(t *testing.T) {
	f, _ := catalog.FunctionByName("order-created-fraud")
	g, err := serve(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	for _, s := range f.AllSettings() {
		if value, ok := g.env[s.Name]; ok {
			t.Errorf("%s is %q, whatever the stage says", s.Name, value)
		}
	}
}

func TestEffectsTellWhatWasGivenUp(t *testing.T) {
	g, err := serve(crm(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	batch, payload, err := g.batch(t.Context(), []byte("{}"))
	if err != nil || len(batch) != 1 || !bytes.Contains(payload, []byte(`"body":"{}"`)) {
		t.Fatalf("a batch of %d messages, %s, %v", len(batch), payload, err)
	}
	if len(g.effects()) != 0 {
		t.Errorf("before anything ran there are %q", g.effects())
	}
	if err := g.AWS.Send(rehearsal.DeadLetter(g.function), "{}"); err != nil {
		t.Fatal(err)
	}
	if got := g.effects(); len(got) != 1 || !strings.HasPrefix(got[0], "dead-letter queue") {
		t.Errorf("got %q", got)
	}
}

func TestCommandSkipsThePullOnlyIfTheImageIsThere(t *testing.T) {
	r := run{options: Options{Function: "order-created-crm"}, tools: tools{hasImage: true}}
	if !slices.Contains(r.command(), "--skip-pull-image") {
		t.Error("an image that is there would be pulled")
	}
	r.tools.hasImage = false
	if slices.Contains(r.command(), "--skip-pull-image") {
		t.Error("an image that is not there would not be pulled")
	}
}

func TestEnvironmentKeepsSAMAwayFromAWS(t *testing.T) {
	t.Setenv("AWS_PROFILE", "production")
	r := run{tools: tools{engine: &engine{host: "unix:///s"}}, resources: &resources{env: map[string]string{"AWS_REGION": "eu-central-1"}}}
	out, err := envOf(r.environ())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out, "AWS_PROFILE=") || !strings.Contains(out, "AWS_ACCESS_KEY_ID=local\n") || !strings.Contains(out, "AWS_ENDPOINT_URL_STS=http://127.0.0.1:1\n") {
		t.Error("SAM CLI would find the user's own account")
	}
}

// envOf returns the environment as a child process sees it.
func envOf(env []string) (string, error) {
	c := exec.Command("env")
	c.Env = env
	out, err := c.Output()
	return string(out), err
}

func TestCheckNamesEverythingThatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := check(context.Background(), func(name string) string {
		return map[string]string{"DOCKER_HOST": "unix://" + filepath.Join(t.TempDir(), "none.sock")}[name]
	})
	if err == nil || !strings.Contains(err.Error(), "pip install aws-sam-cli==") || !strings.Contains(err.Error(), "none.sock") {
		t.Errorf("got %v", err)
	}
}

func TestRehearseSkipsWhereSomethingIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var out bytes.Buffer
	if err := Rehearse(context.Background(), Options{Getenv: os.Getenv, Out: &out, Progress: io.Discard}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "skipped: ") || !strings.Contains(out.String(), "pip install aws-sam-cli==") {
		t.Errorf("got %q", out.String())
	}
}

func TestMountsBelow(t *testing.T) {
	mounts := "overlay / overlay rw 0 0\noverlay /tmp/s/data/overlay2/1/merged overlay rw 0 0\nnsfs /tmp/s/run/netns/1 nsfs rw 0 0\ntmpfs /tmp/stranger tmpfs rw 0 0\n"
	got := mountsBelow(mounts, "/tmp/s")
	if want := []string{"/tmp/s/data/overlay2/1/merged", "/tmp/s/run/netns/1"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
