package scaffold

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var deploy = flag.Bool("deploy", false, "build, synthesize and deploy scaffolded functions locally; takes minutes")

// A scaffold must be good as it is: it builds, is synthesized, is deployed to
// the local engine and handles its samples there, and its test notices that it
// is broken.
func TestScaffoldIsDeployed(t *testing.T) {
	if !*deploy {
		t.Skip("go test ./infra/scaffold -deploy deploys scaffolds, which takes minutes")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	root := checkout(t)
	for _, r := range []Request{
		{Name: "order-created-drill", Event: "order.created", System: "klaviyo"},
		{Name: "drill-announced-order", Event: "drill.announced", System: "fedex", Domain: "drill", Effect: "unsafe"},
	} {
		var out bytes.Buffer
		if err := Run(ctx, root, r, &out); err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
	}
	inside := func(args ...string) (string, error) {
		c := exec.CommandContext(ctx, "go", args...)
		c.Dir = root
		var out, progress bytes.Buffer
		c.Stdout, c.Stderr = &out, &progress
		err := c.Run()
		if err != nil {
			return out.String(), errors.Join(err, errors.New(progress.String()))
		}
		return out.String(), nil
	}
	for _, args := range [][]string{
		{"vet", "./functions/...", "./shared/catalog", "./shared/event/..."},
		{"test", "./shared/catalog", "./shared/event/...", "./infra/readme", "./infra/scaffold"},
		{"test", "./functions/...", "-run", "^Test(Folders|EveryFunction|EverySample|NoGolden|Handler)"},
	} {
		if out, err := inside(args...); err != nil {
			t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	out, err := inside("run", "./infra/cmd/signalbox", "demo", "--json")
	if err != nil {
		t.Fatalf("the account of the local run does not close: %v\n%s", err, out)
	}
	var played struct {
		Stories []struct {
			Events []struct {
				Reactions []struct{ Function, Verdict, Reason string }
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &played); err != nil {
		t.Fatal(err)
	}
	handled := 0
	for _, s := range played.Stories {
		for _, e := range s.Events {
			for _, r := range e.Reactions {
				if r.Function == "order-created-drill" && r.Verdict == "ignored" && r.Reason == "reaction-not-written" {
					handled++
				}
			}
		}
	}
	if handled == 0 {
		t.Errorf("the deployed scaffold handled no order: %+v", played.Stories)
	}
	for _, function := range []string{"order-created-drill", "drill-announced-order"} {
		if !synthesized(t, root, function) {
			t.Errorf("no template has %s", function)
		}
	}
	broken := filepath.Join(root, "functions/retail/order-created-drill/handler.go")
	text, err := os.ReadFile(broken)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(broken, bytes.Replace(text, []byte("return function.Ignore(notWritten)"), []byte("_ = function.Ignore\n\treturn nil"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := inside("test", "./functions/retail/order-created-drill"); err == nil || !strings.Contains(out, "--- FAIL") {
		t.Errorf("the test of a broken scaffold says: %v\n%s", err, out)
	}
}

// checkout is a copy of what git knows of this tree and does not ignore, with
// the local engine if it is installed here.
func checkout(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	list := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
	list.Dir = repository
	names, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		info, err := os.Stat(filepath.Join(repository, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		copyFile(t, root, name)
		if err := os.Chmod(filepath.Join(root, name), info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	engine, err := filepath.Abs(filepath.Join(repository, ".local/engine"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, ".local"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(engine); err == nil {
		if err := os.Symlink(engine, filepath.Join(root, ".local/engine")); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func synthesized(t *testing.T, root, function string) bool {
	t.Helper()
	templates, err := filepath.Glob(filepath.Join(root, ".local/cdk.out/dev/*.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range templates {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), `"SamResourceId": "`+function+`"`) {
			return true
		}
	}
	return false
}
