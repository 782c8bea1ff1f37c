//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// emulated takes out of the synthesised templates what the emulator does not know,
// and only that: alarms on a formula, composite alarms, budgets. The CDK's validator has looked at the whole.
func (d *deployment) emulated(t *testing.T) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(d.out, "*.template.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("got the templates %v, %v", paths, err)
	}
	left := 0
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var template map[string]any
		if err := json.Unmarshal(content, &template); err != nil {
			t.Fatal(err)
		}
		resources := template["Resources"].(map[string]any)
		for id, r := range resources {
			r := r.(map[string]any)
			properties, _ := r["Properties"].(map[string]any)
			onFormula := r["Type"] == "AWS::CloudWatch::Alarm" && properties["Metrics"] != nil
			if onFormula || r["Type"] == "AWS::CloudWatch::CompositeAlarm" || r["Type"] == "AWS::Budgets::Budget" {
				delete(resources, id)
				left++
			}
		}
		if content, err = json.MarshalIndent(template, "", " "); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if left == 0 {
		t.Error("got nothing that the emulator does not know: this step has become needless")
	}
}
