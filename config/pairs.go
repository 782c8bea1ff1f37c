package config

import (
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// pair reads a word of a choice that is about a runtime, such as go:arm64.
func pair(choice, text, want, hint string, runtimes []Runtime) (r Runtime, word string, err error) {
	name, word, ok := strings.Cut(text, ":")
	if !ok || name == "" || word == "" {
		return Runtime{}, "", bad(choice, text, want, hint)
	}
	picked, err := Select(runtimes, name)
	if err != nil {
		return Runtime{}, "", fault.Usage(fault.Hint(err), "%s: %w", choice, err)
	}
	return picked[0], word, nil
}

// variants reads "kotlin:snapstart,go:primed".
func (c choices) variants(runtimes []Runtime) (map[string]Variant, error) {
	list, ok := c["variant"]
	if !ok {
		return nil, nil
	}
	pairs, err := words("variant", list, "-c variant=kotlin:snapstart")
	if err != nil {
		return nil, err
	}
	chosen := map[string]Variant{}
	for _, text := range pairs {
		r, variant, err := pair("variant", text, "runtime:variant", "-c variant=kotlin:snapstart", runtimes)
		if err != nil {
			return nil, err
		}
		v, err := r.Variant(variant)
		if err != nil {
			names := slices.DeleteFunc(r.VariantNames(), func(name string) bool { return r.Variants[name].Kind != API })
			return nil, fault.Usage("of "+r.Name+" these answer the API: "+strings.Join(names, ", "), "variant: %w", err)
		}
		if v.Kind != API {
			return nil, fault.Usage("-c layers=true deploys it beside the default variant",
				"variant: got %q, want a variant that answers the API", text)
		}
		if before, twice := chosen[r.Name]; twice {
			return nil, bad("variant", text+" beside "+r.Name+":"+before.Name, "one variant a runtime", "leave one out")
		}
		chosen[r.Name] = v
	}
	return chosen, nil
}
