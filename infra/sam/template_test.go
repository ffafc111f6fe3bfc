package sam

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const template = `{"Resources": {
  "Queue1": {"Type": "AWS::SQS::Queue", "Metadata": {"SamResourceId": "no-function"}},
  "Crm1": {"Type": "AWS::Lambda::Function",
    "Properties": {"Architectures": ["arm64"], "Environment": {"Variables": {
      "SIGNALBOX_STAGE": "dev", "SIGNALBOX_QUEUE_URL": {"Ref": "Queue1"}}}},
    "Metadata": {"SamResourceId": "order-created-crm", "aws:asset:path": "asset.1"}},
  "Provider1": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "index.handler"}}
}}`

func assembly(t *testing.T, templates map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range templates {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestFind(t *testing.T) {
	folder := assembly(t, map[string]string{"retail.template.json": template, "foundation.template.json": `{"Resources":{}}`, "manifest.json": `[]`})
	got, err := find(folder, "order-created-crm")
	if err != nil {
		t.Fatal(err)
	}
	dev := "dev"
	want := found{
		template: filepath.Join(folder, "retail.template.json"), asset: filepath.Join(folder, "asset.1"), arch: "arm64",
		variables: map[string]*string{"SIGNALBOX_STAGE": &dev, "SIGNALBOX_QUEUE_URL": nil},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(found{})); diff != "" {
		t.Error(diff)
	}
}

func TestFindNamesWhatThereIs(t *testing.T) {
	_, err := find(assembly(t, map[string]string{"retail.template.json": template}), "order-created-crn")
	if err == nil || !strings.Contains(err.Error(), "order-created-crm") {
		t.Errorf("got %v", err)
	}
}

func TestFindNeedsAssetMetadata(t *testing.T) {
	without := strings.Replace(template, `, "aws:asset:path": "asset.1"`, "", 1)
	_, err := find(assembly(t, map[string]string{"retail.template.json": without}), "order-created-crm")
	if err == nil || !strings.Contains(err.Error(), "aws:asset:path") {
		t.Errorf("got %v", err)
	}
}

func TestSplit(t *testing.T) {
	dev := "dev"
	local := map[string]string{"SIGNALBOX_QUEUE_URL": "http://127.0.0.1/q", "AWS_ENDPOINT_URL": "http://127.0.0.1"}
	named, rest, err := split(map[string]*string{"SIGNALBOX_STAGE": &dev, "SIGNALBOX_QUEUE_URL": nil}, local)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"SIGNALBOX_STAGE": "dev", "SIGNALBOX_QUEUE_URL": "http://127.0.0.1/q"}, named); diff != "" {
		t.Error("of the template:", diff)
	}
	if diff := cmp.Diff(map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1"}, rest); diff != "" {
		t.Error("beside it:", diff)
	}
	if _, _, err := split(map[string]*string{"NEW_TOPIC": nil}, local); err == nil || !strings.Contains(err.Error(), "NEW_TOPIC") {
		t.Errorf("a reference without a local value gave %v", err)
	}
}
