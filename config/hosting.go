package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Hosting is another way to run what a runtime's main function runs, as a function of
// its own beside it: cdk deploy -c hosting=go:arm64.
type Hosting string

// The hostings.
const (
	HostingARM64       Hosting = "arm64"       // on the other architecture
	HostingSnapStart   Hosting = "snapstart"   // the runtime's variant with SnapStart
	HostingProvisioned Hosting = "provisioned" // with an environment that is ready before it is called
	HostingHTTP        Hosting = "http"        // behind an HTTP API of its own, for signed requests
	HostingImage       Hosting = "image"       // from a container image, which is there already
	HostingInstances   Hosting = "instances"   // on instances of EC2 that Lambda manages
)

// Hostings lists them all.
func Hostings() []Hosting {
	return []Hosting{HostingARM64, HostingSnapStart, HostingProvisioned, HostingHTTP, HostingImage, HostingInstances}
}

// ProvisionedEnvironments is how many environments a provisioned function keeps ready:
// each is paid for by the hour.
const ProvisionedEnvironments = 1

// settings are what sets a hosting apart, where its variant has no word for it.
func (h Hosting) settings() []Setting {
	switch h {
	case HostingProvisioned:
		return []Setting{{
			What: fmt.Sprintf("ProvisionedConcurrentExecutions: %d", ProvisionedEnvironments), Why: "Lambda keeps an environment ready, so that nobody waits for its init.",
			Source: "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html",
		}}
	case HostingHTTP:
		return []Setting{{
			What: "AWS::ApiGatewayV2::Api, ProtocolType: HTTP", Why: "An HTTP API does less than a REST API, and costs less.",
			Source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html",
		}}
	case HostingImage:
		return []Setting{{
			What: "PackageType: Image", Why: "The files of the zip lie in a container image, of which Lambda loads what is read.",
			Source: "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
		}}
	case HostingInstances:
		return []Setting{{
			What: "PerExecutionEnvironmentMaxConcurrency: 1", Why: "An environment on managed instances answers one request at a time, as everywhere else.",
			Source: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances.html",
		}}
	}
	return nil
}

// minInstanceMB is the least memory of a function on managed instances, and
// instanceRuntimes are those that they run. Rust's needs another way to be begun.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-runtimes.html
const minInstanceMB = 2048

var instanceRuntimes = regexp.MustCompile(`^(java2[1-9]|python3\.(1[3-9]|[2-9]\d)|nodejs(2[2-9]|[3-9]\d)\.x|dotnet([89]|[1-9]\d))$`)

// varies is the variant v as the hosting makes another one of it: named after both, or
// after the hosting alone where v is the default.
func (h Hosting) varies(v Variant) Variant {
	name := string(h)
	if !v.Default {
		name = v.Name + "-" + name
	}
	v.Name, v.Default, v.Hosting = name, false, h
	v.Settings = append(slices.Clip(v.Settings), h.settings()...)
	return v
}

// Of is what a hosting runs, where the main function runs the variant v on an
// architecture. choice is how it was asked for, such as "hosting".
func (h Hosting) Of(choice string, r Runtime, v Variant, arch string) (Variant, string, error) {
	asked := r.Name + ":" + string(h)
	switch h {
	case HostingARM64:
		if arch == ARM64 {
			return v, arch, bad(choice, asked, "another architecture than the main function's, which is "+arch, "leave it out")
		}
		arch = ARM64
	case HostingSnapStart:
		if v.SnapStart {
			return v, arch, bad(choice, asked, "a main function without SnapStart: it is "+v.Name, "leave it out")
		}
		i := slices.IndexFunc(r.VariantNames(), func(name string) bool { return r.Variants[name].Kind == API && r.Variants[name].SnapStart })
		if i < 0 {
			return v, arch, bad(choice, asked, "a runtime that has a variant with SnapStart", "leave it out: Lambda takes snapshots of Java, Python and .NET alone")
		}
		v = r.Variants[r.VariantNames()[i]]
	case HostingProvisioned, HostingHTTP, HostingImage, HostingInstances:
		if v.SnapStart && h != HostingHTTP {
			return v, arch, bad(choice, asked, "a main function without SnapStart, which Lambda has beside no other hosting: it is "+v.Name, "leave it out")
		}
		if on := r.Artifacts[v.Artifact].LambdaRuntime; h == HostingInstances && !instanceRuntimes.MatchString(on) {
			return v, arch, bad(choice, asked, "a managed runtime of Java 21, Python 3.13, Node.js 22 or .NET 8 and newer, where it is "+on, "leave it out")
		}
		if v = h.varies(v); r.Variants[v.Name].Name != "" && r.Variants[v.Name].Hosting == "" {
			return v, arch, bad(choice, asked, "no variant of that name: "+v.Name, "rename the variant")
		}
	}
	if have := r.Artifacts[v.Artifact].Architectures; !slices.Contains(have, arch) {
		return v, arch, bad(choice, asked, "one of the architectures of "+v.Name+", "+strings.Join(have, ", "), "leave it out")
	}
	return v, arch, nil
}

// ReadHostings reads words such as go:arm64: the hostings of each runtime, in their order
// of Hostings. choice is how they were asked for, such as "hosting".
func ReadHostings(choice string, list []string, runtimes []Runtime) (map[string][]Hosting, error) {
	asked := map[string]map[Hosting]bool{}
	for _, text := range list {
		r, word, err := pair(choice, text, "runtime:hosting", "write it as go:arm64", runtimes)
		if err != nil {
			return nil, err
		}
		h := Hosting(word)
		if !slices.Contains(Hostings(), h) {
			var known []string
			for _, one := range Hostings() {
				known = append(known, string(one))
			}
			return nil, bad(choice, text, "a hosting that there is", "known hostings: "+strings.Join(known, ", "))
		}
		if asked[r.Name] == nil {
			asked[r.Name] = map[Hosting]bool{}
		}
		asked[r.Name][h] = true
	}
	hosted := map[string][]Hosting{}
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		for _, h := range Hostings() {
			if asked[name][h] {
				hosted[name] = append(hosted[name], h)
			}
		}
	}
	return hosted, nil
}

var (
	repositoryName   = regexp.MustCompile(`^[a-z0-9]+([._/-][a-z0-9]+)*$`)
	capacityProvider = regexp.MustCompile(`^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:capacity-provider:[A-Za-z0-9_-]+$`)
)

// hostings are those of each runtime. What some of them need beside it is put into the
// deployment.
func (c choices) hostings(d *Deployment, runtimes []Runtime) (map[string][]Hosting, error) {
	var hosted map[string][]Hosting
	if list, said := c["hosting"]; said {
		all, err := words("hosting", list, "-c hosting=go:arm64")
		if err != nil {
			return nil, err
		}
		if hosted, err = ReadHostings("hosting", all, runtimes); err != nil {
			return nil, err
		}
	}
	for _, need := range []struct {
		choice string
		field  *string
		form   *regexp.Regexp
		what   string
		hint   string
		of     Hosting
	}{
		{"imageRepository", &d.ImageRepository, repositoryName, "the name of a repository of ECR, in the same account and region", "-c imageRepository=benchmark", HostingImage},
		{"capacityProvider", &d.CapacityProvider, capacityProvider, "the ARN of a capacity provider of Lambda", "-c capacityProvider=arn:aws:lambda:REGION:ACCOUNT:capacity-provider:NAME", HostingInstances},
	} {
		value, said := c[need.choice]
		if !said {
			continue
		}
		if !need.form.MatchString(value) {
			return nil, bad(need.choice, value, need.what, need.hint)
		}
		if !slices.ContainsFunc(slices.Collect(maps.Values(hosted)), func(all []Hosting) bool { return slices.Contains(all, need.of) }) {
			return nil, bad(need.choice, value, "a hosting "+string(need.of)+" beside it, which nothing else needs it for", "leave it out")
		}
		*need.field = value
	}
	return hosted, nil
}

// Address and AccessLogs of a hosting that has an API of its own are outputs of these
// names behind HostedOutput.
const (
	HostedAddress    = "Address"
	HostedAccessLogs = "AccessLogs"
)

// HostedOutput is the output of a runtime's stack that tells the name of a hosting's
// function.
func HostedOutput(h Hosting) string { return "Hosted" + Pascal(string(h)) }

// host adds the functions of hostings to a runtime's deployment.
func (d Deployment) host(deployed *DeployedRuntime, hostings []Hosting, memoryMB int) error {
	r, e := deployed.Runtime, d.Environment
	for _, h := range hostings {
		if h == HostingHTTP && (len(e.AllowedCIDRs) > 0 || e.Firewall) {
			return bad("hosting", r.Name+":"+string(h), "neither allowedCidrs nor firewall beside it: an HTTP API has none of them", "leave one of the two out")
		}
		if h == HostingImage && d.ImageRepository == "" {
			return bad("hosting", r.Name+":"+string(h), "imageRepository beside it: where the image is", "-c imageRepository=benchmark")
		}
		if h == HostingInstances && d.CapacityProvider == "" {
			return bad("hosting", r.Name+":"+string(h), "capacityProvider beside it: whose instances they are", "-c capacityProvider=arn:aws:lambda:REGION:ACCOUNT:capacity-provider:NAME")
		}
		v, arch, err := h.Of("hosting", r, deployed.Function.Variant, d.Architecture)
		if err != nil {
			return err
		}
		name := VariantFunctionName(r.Name, string(h), e.Name)
		if slices.ContainsFunc(deployed.Layers, func(layer Function) bool { return layer.Name == name }) {
			return bad("hosting", r.Name+":"+string(h), fmt.Sprintf("a function name that no layer has: %s", name), "rename the layer's variant")
		}
		f, err := d.function(r, name, v, arch, memoryMB)
		if err != nil {
			return err
		}
		if f.Hosting = h; h == HostingInstances {
			f.MemoryMB = max(f.MemoryMB, minInstanceMB)
		}
		deployed.Hosted = append(deployed.Hosted, f)
	}
	return nil
}
