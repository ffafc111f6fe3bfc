package live

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signalbox/infra/local"
	"signalbox/infra/local/recorder"
	"signalbox/infra/local/terminal"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWatchTellsOfWhatMatters(t *testing.T) {
	for name, c := range map[string]struct {
		path string
		told bool
	}{
		"a handler":     {"functions/retail/f/handler.go", true},
		"a new file":    {"shared/connector/new/new.go", true},
		"cdk.json":      {"cdk.json", true},
		"a test":        {"functions/retail/f/handler_test.go", false},
		"a golden":      {"functions/retail/f/testdata/golden.json", false},
		"documentation": {"README.md", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			write(t, filepath.Join(root, "functions/retail/f/handler.go"), "package f")
			write(t, filepath.Join(root, "cdk.json"), "{}")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			changes, err := watch(ctx, root)
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(root, c.path), "changed content")
			select {
			case <-changes:
				if !c.told {
					t.Error("told of something that changes nothing")
				}
			case <-time.After(5 * look):
				if c.told {
					t.Error("not told")
				}
			}
		})
	}
}

func TestTheControlAddressRefusesWebPages(t *testing.T) {
	address, stop, err := control{}.listen()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if !strings.HasPrefix(address, "http://127.0.0.1:") {
		t.Errorf("listens on %s", address)
	}
	// What a form of a web page can send.
	response, err := http.Post(address+"/deliver?way=sqs", "text/plain", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("status %d", response.StatusCode)
	}
}

func TestSendTellsWhatIsWrong(t *testing.T) {
	address, stop, err := control{}.listen()
	if err != nil {
		t.Fatal(err)
	}
	r := Running{Control: address}
	if err := r.Send(t.Context(), "pigeon", nil); err == nil || !strings.Contains(err.Error(), "expected one of sqs") {
		t.Errorf("an unknown way: %v", err)
	}
	stop()
	if err := r.Send(t.Context(), local.SQS, nil); err == nil || !strings.Contains(err.Error(), "does not answer any more") {
		t.Errorf("a system that is gone: %v", err)
	}
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	if _, err := Find(root); err == nil || !strings.Contains(err.Error(), "signalbox local") {
		t.Errorf("nothing runs: %v", err)
	}
	write(t, runningFile(root), "")
	want := Running{PID: 7, Control: "http://127.0.0.1:1", Stage: "dev", Destination: local.Destination{Function: "commercetools"}}
	if err := want.write(root); err != nil {
		t.Fatal(err)
	}
	if got, err := Find(root); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestOutcomesAreLines(t *testing.T) {
	var out bytes.Buffer
	s := &screen{Terminal: terminal.Terminal{Out: &out}}
	s.line(recorder.Line{Msg: "handled", Function: "order-created-crm", EventType: "order.created", EventID: "0a1b-2c", Outcome: "retry", Reason: "salesforce-503", Attempt: 2, MS: 12.34})
	s.line(recorder.Line{Msg: "published", Function: "commercetools", EventType: "order.created", EventID: "0a1b-2c"})
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, want := range []string{
		"order-created-crm          retry       order.created     0a1b         12.3 ms  salesforce-503 (attempt 2)",
		"commercetools              → order.created 0a1b",
	} {
		if _, got, _ := strings.Cut(lines[i], "  "); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}
