package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// named is the correct manifest under another name, order and colour.
func named(name, order, color string) string {
	return strings.NewReplacer("name: zig", "name: "+name, "[/zig]", "[/"+name+"]", "order: 60", "order: "+order, "#F7A41D", color).Replace(manifest)
}

func TestDiscover(t *testing.T) {
	root := write(t, t.TempDir(), "zig", manifest)
	write(t, root, "ada", named("ada", "60", "#000001"))
	write(t, root, "c", named("c", "7", "#000002"))
	if err := os.MkdirAll(filepath.Join(root, "lambdas", "unfinished"), 0o755); err != nil {
		t.Fatal(err)
	}
	other := write(t, t.TempDir(), "guest", named("guest", "1", "#000003"))
	guest := filepath.Join(other, "lambdas", "guest")

	runtimes, err := config.Discover(root, guest, filepath.Join(root, "lambdas", "zig"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range runtimes {
		got = append(got, r.Name)
	}
	if want := []string{"guest", "c", "ada", "zig"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}

	picked, err := config.Select(runtimes, "zig", "c")
	if err != nil || len(picked) != 2 || picked[0].Name != "c" {
		t.Errorf("got %v, %v; want c, zig", picked, err)
	}
	_, err = config.Select(runtimes, "zig", "ruby")
	if err == nil || err.Error() != `unknown runtime "ruby"` || fault.Hint(err) != "known runtimes: ada, c, guest, zig" || !fault.IsUsage(err) {
		t.Errorf("got %v, hint %q", err, fault.Hint(err))
	}
}

func TestDiscoverRefuses(t *testing.T) {
	tests := map[string]struct{ second, want string }{
		"colour":   {named("zag", "61", "#f7a41d"), `runtime.yaml:8:1: color: got "#f7a41d", want a colour that`},
		"prefix":   {strings.Replace(named("zag", "61", "#000001"), "[/zag]", "[/zag, /zig]", 1), `runtime.yaml:6:18: prefixes.1: got "/zig", want a prefix that`},
		"mistakes": {strings.Replace(named("zag", "61", "#000001"), "order: 61", "order: x", 1), "runtime.yaml:7:1: order: got \"x\", want type integer"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			root := write(t, t.TempDir(), "zig", manifest)
			write(t, root, "zag", tt.second)
			_, err := config.Discover(root)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got:  %v\nwant: …%s…", err, tt.want)
			}
			if !fault.IsUsage(err) || fault.Hint(err) == "" {
				t.Errorf("got usage %v, hint %q", fault.IsUsage(err), fault.Hint(err))
			}
		})
	}
}

func TestDiscoverRefusesNamesThatMeet(t *testing.T) {
	root := write(t, t.TempDir(), "zig", manifest)
	other := write(t, t.TempDir(), "zig", named("zig", "61", "#000001"))
	if _, err := config.Discover(root, filepath.Join(other, "lambdas", "zig")); err == nil || !strings.Contains(err.Error(), `name: got "zig", want a name that`) {
		t.Errorf("same name: got %v", err)
	}
	root = write(t, t.TempDir(), "zig", manifest)
	write(t, root, "zig-bare", named("zig-bare", "61", "#000001"))
	_, err := config.Discover(root)
	if err == nil || !strings.Contains(err.Error(), `got "zig-bare-", want a zip that`) || !strings.Contains(err.Error(), `want a function name that`) {
		t.Errorf("same zip: got %v", err)
	}
}

func TestDiscoverNothing(t *testing.T) {
	_, err := config.Discover(t.TempDir())
	if !fault.IsUsage(err) || !strings.Contains(fault.Hint(err), "--runtime") {
		t.Errorf("got %v, hint %q", err, fault.Hint(err))
	}
	if _, err := config.Discover(t.TempDir(), t.TempDir()); !fault.IsUsage(err) {
		t.Errorf("folder without a manifest: got %v", err)
	}
}

func TestReadVersion(t *testing.T) {
	dir := t.TempDir()
	if got, err := config.ReadVersion(dir); err != nil || got != "dev" {
		t.Errorf("got %q, %v; want dev", got, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "VERSION"), []byte("1.2.3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := config.ReadVersion(dir); err != nil || got != "1.2.3" {
		t.Errorf("got %q, %v; want 1.2.3", got, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "VERSION"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := config.ReadVersion(dir); !fault.IsUsage(err) {
		t.Errorf("empty file: got %v", err)
	}
}
