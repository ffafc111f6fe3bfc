package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// PartnerSource is the EventBridge partner event source of the local run's
// commercetools.
const PartnerSource = "aws.partner/commercetools.com/acme-dev/signalbox"

// oldestNode is the oldest major version of Node that jsii runs on.
const oldestNode = 20

// Stacks are the synthesized stacks of one stage.
type Stacks struct {
	// Stage is the stage of cdk.json.
	Stage string
	root  string
}

// NewStacks returns the stacks of a stage of the checkout at root.
func NewStacks(root, stage string) Stacks { return Stacks{Stage: stage, root: root} }

// Assembly is the folder of the cloud assembly.
func (s Stacks) Assembly() string { return filepath.Join(s.root, ".local", "cdk.out", s.Stage) }

func (s Stacks) app() string       { return filepath.Join(s.root, ".local", "bin", "cdkapp") }
func (s Stacks) stampFile() string { return s.Assembly() + ".inputs" }

// Current reports whether the assembly was synthesized from what is there now.
func (s Stacks) Current() (bool, error) {
	sum, err := s.inputs()
	if err != nil {
		return false, err
	}
	have, err := os.ReadFile(s.stampFile())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = os.Stat(filepath.Join(s.Assembly(), "manifest.json"))
	return err == nil && strings.TrimSpace(string(have)) == sum, nil
}

// App builds the CDK app. The first time takes minutes: CDK is large.
func (s Stacks) App(ctx context.Context) error {
	return goTool(ctx, s.root, nil, "build", "-o", s.app(), "./infra")
}

// Synth runs the app. The stage is changed in what belongs to a machine and not
// to a customer: the processor, no account and region of its own, and every way
// in that commercetools can deliver by.
func (s Stacks) Synth(ctx context.Context) error {
	if err := checkNode(ctx); err != nil {
		return err
	}
	sum, err := s.inputs()
	if err != nil {
		return err
	}
	overlay, err := s.context()
	if err != nil {
		return err
	}
	if err := os.RemoveAll(s.Assembly()); err != nil {
		return err
	}
	c := exec.CommandContext(ctx, s.app())
	c.Dir = s.root
	own(c)
	c.Env = append(os.Environ(),
		"CDK_OUTDIR="+s.Assembly(), "CDK_CONTEXT_JSON="+string(overlay),
		// CloudFormation's own validator runs where stacks are deployed from; it
		// would take most of the time here.
		"CDK_VALIDATION=false",
		"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION="+strconv.Itoa(oldestNode),
	)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("synthesize the stacks: %w\n%s", err, lastLines(out.String(), 20))
	}
	return os.WriteFile(s.stampFile(), []byte(sum+"\n"), 0o644)
}

func (s Stacks) context() ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(s.root, "cdk.json"))
	if err != nil {
		return nil, err
	}
	var file struct {
		Context map[string]any `json:"context"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("cdk.json: %w", err)
	}
	stages, _ := file.Context["stages"].(map[string]any)
	settings, ok := stages[s.Stage].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("cdk.json has no stage %q; it has %s", s.Stage, strings.Join(slices.Sorted(maps.Keys(stages)), ", "))
	}
	delete(settings, "account")
	delete(settings, "region")
	ingress, ok := settings["ingress"].(map[string]any)
	if !ok {
		ingress = map[string]any{}
		settings["ingress"] = ingress
	}
	ingress["sns"] = true
	ingress["eventbridge"] = PartnerSource
	return json.Marshal(map[string]any{
		"stage": s.Stage, "stages": stages, "arch": runtime.GOARCH,
		"aws:cdk:enable-asset-metadata": true, "aws:cdk:enable-path-metadata": true,
	}, json.Deterministic(true))
}

// inputs sums up everything the templates follow from, except the programs: what
// they are does not change what they are wired to.
func (s Stacks) inputs() (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, s.Stage, runtime.GOARCH, PartnerSource)
	for _, name := range []string{"cdk.json", "go.mod", "go.sum"} {
		if err := addFile(h, s.root, name); err != nil {
			return "", err
		}
	}
	for _, dir := range []string{"infra/main.go", "infra/stack", "infra/construct", "infra/stage", "infra/alarm", "shared/catalog", "shared/config", "shared/event"} {
		err := filepath.WalkDir(filepath.Join(s.root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			name, err := filepath.Rel(s.root, path)
			if err != nil {
				return err
			}
			return addFile(h, s.root, name)
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func addFile(h hash.Hash, root, name string) error {
	sum, err := fileSum(filepath.Join(root, name))
	if err != nil {
		return err
	}
	fmt.Fprintf(h, "%s %x\n", filepath.ToSlash(name), sum)
	return nil
}

var nodeVersion = regexp.MustCompile(`^v(\d+)\.`)

func checkNode(ctx context.Context) error {
	path, err := exec.LookPath("node")
	if err != nil {
		return fmt.Errorf("synthesizing the stacks needs Node %d or later: no node in the PATH", oldestNode)
	}
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return fmt.Errorf("%s does not run: %w", path, err)
	}
	m := nodeVersion.FindSubmatch(out)
	if m == nil {
		return nil
	}
	if major, _ := strconv.Atoi(string(m[1])); major < oldestNode {
		return fmt.Errorf("synthesizing the stacks needs Node %d or later: %s is %s", oldestNode, path, bytes.TrimSpace(out))
	}
	return nil
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
