package config_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// A hosting is a function beside the main one: of the same variant on another
// architecture, or of the variant with SnapStart.
func TestHostings(t *testing.T) {
	d, err := config.ParseContext(map[string]any{"hosting": "ada:snapstart, ada:provisioned, ada:arm64", "memory": "512"}, deployable(), "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	ada, brook := d.Runtimes[0], d.Runtimes[1]
	if len(ada.Hosted) != 3 || len(brook.Hosted) != 0 || len(ada.Functions()) != 4 {
		t.Fatalf("got %+v and %+v", ada.Hosted, brook.Hosted)
	}
	arm, snapped, ready := ada.Hosted[0], ada.Hosted[1], ada.Hosted[2]
	if arm.Name != "multi-runtime-benchmark-ada-arm64-dev" || arm.Hosting != config.HostingARM64 || arm.Architecture != config.ARM64 || arm.ArtifactID != "ada-arm64" || arm.Variant.Name != "api" || arm.MemoryMB != 512 {
		t.Errorf("got %+v", arm)
	}
	if snapped.Name != "multi-runtime-benchmark-ada-snapstart-dev" || snapped.Architecture != config.X8664 || !snapped.Variant.SnapStart || snapped.ArtifactID != "ada-x86_64" {
		t.Errorf("got %+v", snapped)
	}
	if v := ready.Variant; ready.Name != "multi-runtime-benchmark-ada-provisioned-dev" || v.Name != "provisioned" || v.Default || v.Hosting != config.HostingProvisioned || len(v.Settings) != 1 || v.Env["THREADS"] != "1" {
		t.Errorf("got %+v, want the main function's variant under another name", ready)
	}
	if f := ada.Function; f.Architecture != config.X8664 || f.Hosting != "" || f.Variant.SnapStart {
		t.Errorf("got %+v, want the main function as it is without hostings", f)
	}
	// Of another variant than the default it tells which.
	if d, err = config.ParseContext(map[string]any{"hosting": "ada:provisioned", "variant": "ada:quick"}, withVariant("quick"), "1"); err != nil || d.Runtimes[0].Hosted[0].Variant.Name != "quick-provisioned" {
		t.Errorf("got %+v, %v", d.Runtimes, err)
	}
	// Those of a runtime that is not deployed now wait until it is.
	if d, err = config.ParseContext(map[string]any{"hosting": "ada:arm64", "runtimes": "brook"}, deployable(), "1"); err != nil || len(d.Runtimes[0].Hosted) != 0 {
		t.Errorf("got %v, %v", d.Runtimes, err)
	}
}

// withVariant is ada with a variant more.
func withVariant(name string) []config.Runtime {
	ada := deployable()[0]
	return []config.Runtime{ada.With(config.Variant{Name: name, Artifact: "api", Handler: "bootstrap", Kind: config.API})}
}

func TestHostingsRefused(t *testing.T) {
	for context, want := range map[string]struct{ message, hint string }{
		"hosting=":                                    {`hosting: got "", want words with commas between them`, "-c hosting=go:arm64, or leave it out"},
		"hosting=ada":                                 {`hosting: got "ada", want runtime:hosting`, "write it as go:arm64"},
		"hosting=ruby:arm64":                          {`hosting: unknown runtime "ruby"`, "known runtimes: ada, brook"},
		"hosting=ada:moon":                            {`hosting: got "ada:moon", want a hosting that there is`, "known hostings: arm64, snapstart, provisioned, http, image, instances"},
		"hosting=brook:arm64":                         {`hosting: got "brook:arm64", want one of the architectures of api, x86_64`, "leave it out"},
		"hosting=ada:snapstart variant=ada:snap":      {`hosting: got "ada:snapstart", want a main function without SnapStart: it is snap`, "leave it out"},
		"hosting=ada:image":                           {`hosting: got "ada:image", want imageRepository beside it: where the image is`, "-c imageRepository=benchmark"},
		"hosting=ada:image imageRepository=a:b":       {`imageRepository: got "a:b", want the name of a repository of ECR, in the same account and region`, "-c imageRepository=benchmark"},
		"imageRepository=benchmark":                   {`imageRepository: got "benchmark", want a hosting image beside it, which nothing else needs it for`, "leave it out"},
		"hosting=ada:instances":                       {`hosting: got "ada:instances", want capacityProvider beside it: whose instances they are`, "-c capacityProvider=arn:aws:lambda:REGION:ACCOUNT:capacity-provider:NAME"},
		"hosting=ada:instances capacityProvider=mine": {`capacityProvider: got "mine", want the ARN of a capacity provider of Lambda`, "-c capacityProvider=arn:aws:lambda:REGION:ACCOUNT:capacity-provider:NAME"},
		"hosting=ada:instances capacityProvider=arn:aws:lambda:us-east-1:123456789012:capacity-provider:mine": {`hosting: got "ada:instances", want a managed runtime of Java 21, Python 3.13, Node.js 22 or .NET 8 and newer, where it is provided.al2023`, "leave it out"},
		"hosting=ada:http firewall=true":                    {`hosting: got "ada:http", want neither allowedCidrs nor firewall beside it: an HTTP API has none of them`, "leave one of the two out"},
		"hosting=ada:http allowedCidrs=203.0.113.0/24":      {`hosting: got "ada:http", want neither allowedCidrs nor firewall beside it: an HTTP API has none of them`, "leave one of the two out"},
		"hosting=ada:provisioned variant=ada:snap":          {`hosting: got "ada:provisioned", want a main function without SnapStart, which Lambda has beside no other hosting: it is snap`, "leave it out"},
		"hosting=ada:arm64 architecture=arm64 runtimes=ada": {`hosting: got "ada:arm64", want another architecture than the main function's, which is arm64`, "leave it out"},
	} {
		values := map[string]any{}
		for _, one := range strings.Fields(context) {
			name, value, _ := strings.Cut(one, "=")
			values[name] = value
		}
		_, err := config.ParseContext(values, deployable(), "1")
		if err == nil || err.Error() != want.message || fault.Hint(err) != want.hint || !fault.IsUsage(err) {
			t.Errorf("%s:\ngot  %v\nhint %s\nwant %s\nhint %s", context, err, fault.Hint(err), want.message, want.hint)
		}
	}
	if _, err := config.ParseContext(map[string]any{"hosting": "ada:provisioned"}, withVariant("provisioned"), "1"); !fault.IsUsage(err) || !strings.Contains(err.Error(), "want no variant of that name: provisioned") {
		t.Errorf("got %v", err)
	}
	plain := deployable()[:1]
	plain[0].Variants = maps.Clone(plain[0].Variants)
	delete(plain[0].Variants, "snap")
	if _, err := config.ParseContext(map[string]any{"hosting": "ada:snapstart"}, plain, "1"); !fault.IsUsage(err) || !strings.Contains(err.Error(), "want a runtime that has a variant with SnapStart") {
		t.Errorf("got %v", err)
	}
}

// Every runtime of the project can be hosted on both architectures, and those whose
// manifests say so from a snapshot.
func TestHostingsOfTheProject(t *testing.T) {
	runtimes, err := config.Discover("..")
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, r := range runtimes {
		if !strings.HasPrefix(r.Artifacts[r.DefaultVariant().Artifact].LambdaRuntime, "provided") {
			words = append(words, r.Name+":instances")
		}
		words = append(words, r.Name+":arm64", r.Name+":provisioned", r.Name+":http", r.Name+":image")
		if slices.ContainsFunc(slices.Collect(maps.Values(r.Variants)), func(v config.Variant) bool { return v.SnapStart }) {
			words = append(words, r.Name+":snapstart")
		}
	}
	d, err := config.ParseContext(map[string]any{"hosting": strings.Join(words, ","), "imageRepository": "team/benchmark", "capacityProvider": "arn:aws:lambda:us-east-1:123456789012:capacity-provider:mine"}, runtimes, "1")
	if err != nil {
		t.Fatal(err)
	}
	hosted := 0
	for _, r := range d.Runtimes {
		hosted += len(r.Hosted)
	}
	if hosted != len(words) || hosted < 25 {
		t.Errorf("got %d functions of %v", hosted, words)
	}
}
