package config_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

var update = flag.Bool("update", false, "write the page that is made from the manifests")

// docs/settings.md is what the manifests say.
func TestSettingsPage(t *testing.T) {
	root := ".."
	runtimes, err := config.Discover(root)
	if err != nil {
		t.Fatal(err)
	}
	page := settingsPage(runtimes)
	file := filepath.Join(root, "docs", "settings.md")
	if *update {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != page {
		t.Error("docs/settings.md is not what the manifests say: go test ./config -run SettingsPage -update")
	}
}

func settingsPage(runtimes []config.Runtime) string {
	var out strings.Builder
	out.WriteString(`# What each function sets

Everything that the API variants do otherwise than their libraries and tools do by
themselves. A stock variant has a vendor's page for each; [fairness](fairness.md) has
the rule. This page is made from the manifests by ` + "`go test ./config -run SettingsPage -update`" + `.
`)
	for _, r := range runtimes {
		fmt.Fprintf(&out, "\n## %s\n", r.DisplayName)
		for _, name := range r.VariantNames() {
			v := r.Variants[name]
			if v.Class == "" {
				continue
			}
			fmt.Fprintf(&out, "\n### %s: %s\n\n", name, v.Class)
			if len(v.Settings) == 0 {
				out.WriteString("Nothing.\n")
				continue
			}
			out.WriteString("| what | why |\n|---|---|\n")
			for _, s := range v.Settings {
				why := s.Why
				if s.Switch != "" && s.Switch != name {
					why += " By itself: `" + r.Name + ":" + s.Switch + "`."
				}
				if s.Source != "" {
					why += " ([source](" + s.Source + "))"
				}
				cell := strings.NewReplacer("|", `\|`, "\n", " ")
				fmt.Fprintf(&out, "| `%s` | %s |\n", cell.Replace(s.What), cell.Replace(why))
			}
		}
	}
	return out.String()
}

func TestSettingsPageOfOne(t *testing.T) {
	zig := config.Runtime{Name: "zig", DisplayName: "Zig", Variants: map[string]config.Variant{
		"stock": {Name: "stock", Class: config.Stock, Default: true, Settings: []config.Setting{{What: "-O a|b", Why: "As the guide says.", Source: "https://example.com/guide"}}},
		"tuned": {Name: "tuned", Class: config.Tuned, Settings: []config.Setting{{What: "own parser", Why: "Faster.", Switch: "parser"}}},
		"bare":  {Name: "bare"},
	}}
	want := "\n## Zig\n\n### stock: stock\n\n| what | why |\n|---|---|\n| `-O a\\|b` | As the guide says. ([source](https://example.com/guide)) |\n" +
		"\n### tuned: tuned\n\n| what | why |\n|---|---|\n| `own parser` | Faster. By itself: `zig:parser`. |\n"
	if got := settingsPage([]config.Runtime{zig}); !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant it to end with\n%s", got, want)
	}
}
