package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Sizes of one variant, and variants of one artifact, are built once.
func TestArtifacts(t *testing.T) {
	r := runtimeOf("eve", config.Variant{Name: "api", Artifact: "zip"}, config.Variant{Name: "primed", Artifact: "zip"}, config.Variant{Name: "native", Artifact: "binary"})
	plan, err := Local{Host: config.X8664, Layers: "none", Variants: []string{"eve:api", "eve:primed", "eve:native"}, Choices: Choices{Memory: []int{512, 256}}}.Plan([]config.Runtime{r, brook})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, request := range Artifacts(plan.Configurations) {
		got = append(got, request.ID())
	}
	if want := "eve-x86_64 eve-binary-x86_64 brook-x86_64"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestHeld(t *testing.T) {
	for want, words := range map[string][]string{
		"ada api 1769, dora api 1769":    nil,
		"ada primed 1769, ada bare 1769": {"ada:primed", "ada:bare", "ada:primed"},
	} {
		held, err := Held(words, []config.Runtime{ada, dora}, config.ARM64)
		var got []string
		for _, c := range held {
			got = append(got, fmt.Sprint(c.Runtime.Name, " ", c.Variant, " ", c.MemoryMB))
			if c.Arch != config.ARM64 {
				t.Errorf("got %s, want %s", c.Arch, config.ARM64)
			}
		}
		if err != nil || strings.Join(got, ", ") != want {
			t.Errorf("%v: got %v (%v), want %s", words, got, err, want)
		}
	}
	if _, err := Held([]string{"dora:restored"}, []config.Runtime{ada, dora}, config.X8664); !fault.IsUsage(err) {
		t.Errorf("got %v, want what does not run here refused", err)
	}
}
