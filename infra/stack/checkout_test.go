package stack

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"signalbox/shared/lambdatest"
)

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile("../../" + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What is tested and run on this machine must be built as what is deployed.
func TestTheMakefileBuildsAsTheTestsDo(t *testing.T) {
	line := regexp.MustCompile(`(?m)^BUILD_FLAGS := (.*)$`).FindStringSubmatch(content(t, "Makefile"))
	if line == nil {
		t.Fatal("the Makefile has no BUILD_FLAGS")
	}
	if have, want := strings.ReplaceAll(line[1], "'", ""), strings.Join(lambdatest.Flags(), " "); have != want {
		t.Errorf("the Makefile builds with %q, the tests with %q", have, want)
	}
}

// 3.0.0 is what npm gives to whoever names no version; it was published by
// accident and cannot read what this CDK writes.
// https://github.com/aws/aws-cdk/issues/38113
func TestToolsArePinned(t *testing.T) {
	var manifest struct {
		DevDependencies      map[string]string `json:"devDependencies"`
		OptionalDependencies map[string]string `json:"optionalDependencies"`
	}
	if err := json.Unmarshal([]byte(content(t, "infra/package.json")), &manifest); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(manifest.DevDependencies["aws-cdk"], "2.") {
		t.Errorf("aws-cdk is pinned to %q", manifest.DevDependencies["aws-cdk"])
	}
	exact := regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	for _, group := range []map[string]string{manifest.DevDependencies, manifest.OptionalDependencies} {
		for name, version := range group {
			if !exact.MatchString(version) {
				t.Errorf("%s is pinned to %q, expected an exact version", name, version)
			}
		}
	}
	if strings.Contains(content(t, "infra/package-lock.json"), `"resolved"`) {
		t.Error("package-lock.json names the registry it was written by; others have their own")
	}
}

func TestTheFlagsThatTheTemplatesRestOnAreSet(t *testing.T) {
	var file struct {
		Context map[string]any `json:"context"`
	}
	if err := json.Unmarshal([]byte(content(t, "cdk.json")), &file); err != nil {
		t.Fatal(err)
	}
	for flag, want := range map[string]any{
		"@aws-cdk/core:defaultCrossStackReferences":        "strong", // SAM CLI makes an empty string of weak ones.
		"@aws-cdk/core:validateAgainstDefaultRules":        true,
		"@aws-cdk/core:enableAdditionalMetadataCollection": false, // What we build is not reported.
		"@aws-cdk/aws-iam:minimizePolicies":                true,
	} {
		if file.Context[flag] != want {
			t.Errorf("cdk.json: %s is %v, expected %v", flag, file.Context[flag], want)
		}
	}
}
