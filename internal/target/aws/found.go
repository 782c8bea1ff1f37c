package aws

import (
	"context"
	"regexp"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// found is a function as it was found, and what it runs.
type found struct {
	Function
	config  target.Config  // at the memory size that it has
	hosting config.Hosting // "" for a runtime's main function
}

// runs tells whether a configuration is the function's, at whatever memory size.
func (f found) runs(c target.Config) bool {
	return f.config.Runtime.Name == c.Runtime.Name && f.config.Variant == c.Variant && f.config.Arch == c.Arch
}

// describedVariant is how the stacks describe their functions.
var describedVariant = regexp.MustCompile(`, variant ([a-z0-9-]+)$`)

// find looks at a runtime's main function and its hostings.
func (t *Target) find(ctx context.Context, r config.Runtime, hostings []config.Hosting) error {
	main, err := t.look(ctx, t.options.Environment.Functions[r.Name])
	if err != nil {
		return err
	}
	variant := r.DefaultVariant()
	if m := describedVariant.FindStringSubmatch(main.Description); m != nil {
		if v, known := r.Variants[m[1]]; known {
			variant = v
		}
	}
	all := []found{{Function: main, config: target.Config{Variant: variant.Name, MemoryMB: main.MemoryMB, Arch: main.Arch}}}
	for _, h := range hostings {
		v, arch, err := h.Of("--hosting", r, variant, main.Arch)
		if err != nil {
			return err
		}
		where, there := t.options.Environment.Hosted[r.Name][h]
		if !there {
			return fault.New("cdk deploy -c hosting="+r.Name+":"+string(h)+", with the choices that it was deployed with before",
				"%s in %s has no hosting %s of %s", t.options.Environment.Name, t.account.Region, h, r.Name)
		}
		f, err := t.look(ctx, where.Function)
		if err != nil {
			return err
		}
		r = r.With(v)
		all = append(all, found{Function: f, hosting: h, config: target.Config{Variant: v.Name, MemoryMB: f.MemoryMB, Arch: arch}})
	}
	for _, one := range all {
		one.config.Runtime = r
		t.functions = append(t.functions, one)
	}
	return nil
}

// look is the function as it is called: by the API's alias, or unpublished.
func (t *Target) look(ctx context.Context, name string) (Function, error) {
	var alias *string
	if t.options.Live {
		alias = sdk.String(config.LiveAlias)
	}
	f, err := t.account.look(ctx, name, alias, patience)
	if err == nil && f.failed != "" {
		err = fault.New("deploy it again", "the last update of %s failed: %s", f.Name, f.failed)
	}
	return f, err
}

// function is where a configuration runs.
func (t *Target) function(c target.Config) (Function, bool) {
	for _, f := range t.functions {
		if f.runs(c) {
			return f.Function, true
		}
	}
	return Function{}, false
}

// Configurations are what was found, each with its variant, architecture and memory: of
// each runtime its main function, and behind it the hostings that were asked for.
func (t *Target) Configurations() (all []target.Config) {
	for _, f := range t.functions {
		all = append(all, f.config)
	}
	return all
}

// Configuration is what a runtime's main function runs.
func (t *Target) Configuration(r config.Runtime) target.Config {
	for _, f := range t.functions {
		if f.config.Runtime.Name == r.Name && f.hosting == "" {
			return f.config
		}
	}
	return target.Config{Runtime: r}
}

// Runtimes are those of the functions, with the variants that hostings add.
func (t *Target) Runtimes() (all []config.Runtime) {
	for _, f := range t.functions {
		if f.hosting == "" {
			all = append(all, f.config.Runtime)
		}
	}
	return all
}

// Timeout is that of a runtime's main function.
func (t *Target) Timeout(runtime string) time.Duration {
	f, _ := t.function(t.Configuration(config.Runtime{Name: runtime}))
	return f.Timeout
}
