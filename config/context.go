package config

import (
	"fmt"
	"maps"
	"net/mail"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// ContextKey is one choice that a deployment takes: cdk deploy -c name=value.
type ContextKey struct {
	Name, Example, About string
}

// ContextKeys lists the choices, as the documentation and error messages show them.
func ContextKeys() []ContextKey {
	return []ContextKey{
		{"environment", "prod", "dev, staging or prod; dev unless said otherwise"},
		{"suffix", "anna", "an environment of one's own: it joins every name; none unless said otherwise"},
		{"alertEmail", "ops@example.com", "who gets the alarms; nobody unless said otherwise"},
		{"runtimes", "go,rust", "deploy these only and leave the others as they are; all of lambdas/ unless said otherwise"},
		{"without", "rust", "an environment without these: their routes and alarms are removed; none unless said otherwise"},
		{"variant", "kotlin:snapstart", "deploy this variant of a runtime instead of its default; several with commas"},
		{"hosting", "go:arm64", "deploy these hostings of a runtime beside its function, without routes; several with commas, none unless said otherwise"},
		{"imageRepository", "benchmark", "the repository of ECR with the images of hostings; none unless said otherwise"},
		{"capacityProvider", "arn:aws:lambda:…", "whose managed instances hostings run on; none unless said otherwise"},
		{"layers", "true", "deploy the layers below the API (floor, framework, SDK) as well"},
		{"architecture", "arm64", "x86_64 or arm64; x86_64 unless said otherwise"},
		{"memory", "512", "MB of every function; each runtime's own default unless said otherwise"},
		{"reservedConcurrency", "50", "of every function; unset unless said otherwise"},
		{"tracing", "true", "X-Ray, which adds to what is measured; off unless said otherwise"},
		{"apiKey", "false", "ask callers for a key; yes unless said otherwise"},
		{"rate", "50", "requests a second of the stage, twice as many at once; the environment's unless said otherwise, 20 without a key"},
		{"allowedCidrs", "203.0.113.0/24", "only these addresses may call; everybody unless said otherwise"},
		{"budget", "20", "USD a month of the account, of which alertEmail hears; none unless said otherwise"},
		{"regionalDashboard", "true", "the region in the dashboards' names, for a second region of the account; off unless said otherwise"},
		{"firewall", "true", "AWS WAF before the API; off unless said otherwise"},
		{"domain", "api.example.com", "a name of your own for the API, with certificate; AWS's unless said otherwise"},
		{"certificate", "arn:aws:acm:…", "the domain's certificate, in the same region"},
		{"accountKey", "true", "the table with the account's key for DynamoDB; with one of AWS's own unless said otherwise"},
		{"load", "true", "workers that send load tests, for bench load --scale; none unless said otherwise"},
		{"accessLogs", "true", "of the API's stage; needs the account's CloudWatch role; off unless said otherwise"},
	}
}

// ParseContext makes a deployment out of the CDK's context. What is not ours
// (names with a colon, a hyphen or an at sign) is left alone; a name that looks
// like ours and is not is refused, since it would be ignored in silence.
//
//	d, err := config.ParseContext(map[string]any{"environment": "prod", "memory": "512"}, runtimes, "0.1.0")
func ParseContext(context map[string]any, runtimes []Runtime, version string) (Deployment, error) {
	c, err := readContext(context)
	if err != nil {
		return Deployment{}, err
	}
	d := Deployment{Version: version, Architecture: DefaultArchitecture}
	if chosen, said := c["architecture"]; said {
		d.Architecture = chosen
	}
	if d.Environment, err = c.environment(); err != nil {
		return Deployment{}, err
	}
	if d.AlertEmail, err = c.email(); err != nil {
		return Deployment{}, err
	}
	if d.RegionalDashboard, err = c.yes("regionalDashboard", false); err != nil {
		return Deployment{}, err
	}
	if d.BudgetUSD, err = c.budget(d.AlertEmail); err != nil {
		return Deployment{}, err
	}
	if d.Architecture != X8664 && d.Architecture != ARM64 {
		return Deployment{}, bad("architecture", d.Architecture, X8664+" or "+ARM64, "-c architecture="+ARM64)
	}
	memoryMB := 0
	if _, ok := c["memory"]; ok {
		if memoryMB, err = c.number("memory", MinMemoryMB, MaxMemoryMB); err != nil {
			return Deployment{}, err
		}
	}
	layers, err := c.yes("layers", false)
	if err != nil {
		return Deployment{}, err
	}
	var now []string
	if runtimes, now, d.Without, err = c.parts(runtimes); err != nil {
		return Deployment{}, err
	}
	variants, err := c.variants(runtimes)
	if err != nil {
		return Deployment{}, err
	}
	hostings, err := c.hostings(&d, runtimes)
	if err != nil {
		return Deployment{}, err
	}
	for _, r := range runtimes {
		v, ok := variants[r.Name]
		if !ok {
			v = r.DefaultVariant()
		}
		deploys := slices.Contains(now, r.Name)
		if have := r.Artifacts[v.Artifact].Architectures; deploys && !slices.Contains(have, d.Architecture) {
			return Deployment{}, fault.Usage("it has "+strings.Join(have, ", ")+": choose -c architecture="+have[0]+", or leave it out with -c runtimes=…",
				"architecture: got %q, which the variant %s of %s does not have", d.Architecture, v.Name, r.Name)
		}
		if deploys && memoryMB != 0 && memoryMB < r.Memory.Min {
			return Deployment{}, bad("memory", c["memory"], fmt.Sprintf("at least %d MB for %s", r.Memory.Min, r.Name), fmt.Sprintf("-c memory=%d", r.Memory.Min))
		}
		deployed, err := d.deploy(r, v, memoryMB, layers, deploys)
		if err == nil && deploys {
			err = d.host(&deployed, hostings[r.Name], memoryMB)
		}
		if err != nil {
			return Deployment{}, err
		}
		d.Runtimes = append(d.Runtimes, deployed)
	}
	if err := d.checkConcurrency(); err != nil {
		return Deployment{}, err
	}
	return d, nil
}

// parts are the runtimes that the environment has, the names of those that this run
// deploys, and of those that it has no longer.
func (c choices) parts(all []Runtime) (has []Runtime, now, without []string, err error) {
	if len(all) == 0 {
		return nil, nil, nil, fault.Usage("run it in the repository's folder", "no runtimes: nothing to deploy")
	}
	if now, err = c.names("runtimes", all); err != nil {
		return nil, nil, nil, err
	}
	if without, err = c.names("without", all); err != nil {
		return nil, nil, nil, err
	}
	for _, r := range all {
		gone, deploys := slices.Contains(without, r.Name), slices.Contains(now, r.Name)
		if gone && deploys {
			return nil, nil, nil, bad("without", r.Name, "a runtime that -c runtimes does not deploy", "leave it out of one of the two")
		}
		if !gone {
			has = append(has, r)
		}
	}
	if len(has) == 0 {
		return nil, nil, nil, bad("without", c["without"], "at least one runtime left", "cdk destroy --all takes the whole environment down")
	}
	if now == nil {
		for _, r := range has {
			now = append(now, r.Name)
		}
	}
	return has, now, without, nil
}

// names are the runtimes of a choice such as -c without=go,rust; none where it was
// not made.
func (c choices) names(choice string, all []Runtime) ([]string, error) {
	text, said := c[choice]
	if !said {
		return nil, nil
	}
	list, err := words(choice, text, "-c "+choice+"=go,rust")
	if err != nil {
		return nil, err
	}
	if _, err := Select(all, list...); err != nil {
		return nil, fault.Usage(fault.Hint(err), "%s: %w", choice, err)
	}
	return list, nil
}

// choices are our part of the context, by name.
type choices map[string]string

var ourKind = regexp.MustCompile(`^[A-Za-z]+$`)

func readContext(context map[string]any) (choices, error) {
	var known []string
	for _, k := range ContextKeys() {
		known = append(known, k.Name)
	}
	c := choices{}
	for _, name := range slices.Sorted(maps.Keys(context)) {
		if !slices.Contains(known, name) {
			if ourKind.MatchString(name) {
				return nil, fault.Usage("known: "+strings.Join(known, ", "), "unknown context %q", name)
			}
			continue
		}
		switch value := context[name].(type) {
		case string:
			c[name] = strings.TrimSpace(value)
		case float64: // from a file: the command line has strings only
			c[name] = strconv.FormatFloat(value, 'f', -1, 64)
		case bool, int:
			c[name] = fmt.Sprint(value)
		default:
			return nil, bad(name, fmt.Sprint(value), "one word, as on the command line", "-c "+name+"=…")
		}
	}
	return c, nil
}

// environment looks the environment up and puts the caller's choices on top.
func (c choices) environment() (e Environment, err error) {
	if name, ok := c["environment"]; ok {
		e, err = LookupEnvironment(name)
	} else {
		e, err = LookupEnvironment(Dev)
	}
	if err != nil {
		return e, err
	}
	if suffix, ok := c["suffix"]; ok {
		if e.Name, ok = WithSuffix(e.Name, suffix); !ok {
			return e, bad("suffix", suffix, "up to 12 small letters and digits", "-c suffix=anna")
		}
	}
	for _, choice := range []struct {
		name  string
		field *bool
	}{{"tracing", &e.Tracing}, {"apiKey", &e.APIKey}, {"accessLogs", &e.AccessLogs}, {"firewall", &e.Firewall}, {"accountKey", &e.AccountKey}, {"load", &e.Load}} {
		if *choice.field, err = c.yes(choice.name, *choice.field); err != nil {
			return e, err
		}
	}
	if _, ok := c["reservedConcurrency"]; ok {
		if e.ReservedConcurrency, err = c.number("reservedConcurrency", 1, 1000); err != nil {
			return e, err
		}
	}
	if list, ok := c["allowedCidrs"]; ok {
		if e.AllowedCIDRs, err = words("allowedCidrs", list, "-c allowedCidrs=203.0.113.0/24"); err != nil {
			return e, err
		}
		for _, cidr := range e.AllowedCIDRs {
			if _, err := netip.ParsePrefix(cidr); err != nil {
				return e, bad("allowedCidrs", cidr, "an address range", "-c allowedCidrs=203.0.113.0/24,2001:db8::/32")
			}
		}
	}
	if e.Load && len(e.AllowedCIDRs) > 0 {
		return e, bad("load", c["load"], "no allowedCidrs beside it: the workers' addresses are AWS's own", "leave one of the two out")
	}
	if e.Domain, e.Certificate, err = c.domain(); err != nil {
		return e, err
	}
	switch _, said := c["rate"]; {
	case said:
		if e.ThrottleRate, err = c.number("rate", 1, 10_000); err != nil {
			return e, err
		}
		e.ThrottleBurst = 2 * e.ThrottleRate
	case !e.APIKey && len(e.AllowedCIDRs) == 0:
		e.ThrottleRate, e.ThrottleBurst = OpenRate, OpenBurst
	}
	return e, nil
}

// accountConcurrency is what an account gets unless it has asked for more, and
// unreserved is what Lambda wants to be left of it.
const (
	accountConcurrency = 1000
	unreserved         = 100
)

// checkConcurrency adds up what the functions reserve: CloudFormation would find out
// at the last of them, with the others deployed. It knows neither other functions of
// the account nor what it has asked for: more than a new account could ever give is
// what it refuses.
func (d Deployment) checkConcurrency() error {
	each, functions := d.Environment.ReservedConcurrency, 0
	for _, r := range d.Runtimes {
		functions += len(r.Functions())
	}
	if most := (accountConcurrency - unreserved) / functions; each > most {
		return bad("reservedConcurrency", strconv.Itoa(each), fmt.Sprintf("at most %d for each of %d functions: an account's %d less the %d that stay unreserved", most, functions, accountConcurrency, unreserved), fmt.Sprintf("-c reservedConcurrency=%d", most))
	}
	return nil
}

var (
	ownSuffix   = regexp.MustCompile(`^[a-z0-9]{1,12}$`)
	domainName  = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)
	certificate = regexp.MustCompile(`^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate/.+$`)
)

// domain and its certificate come together or not at all.
func (c choices) domain() (name, arn string, err error) {
	name, named := c["domain"]
	arn, certified := c["certificate"]
	switch {
	case !named && !certified:
	case named && !domainName.MatchString(name):
		err = bad("domain", name, "a name such as api.example.com", "-c domain=api.example.com")
	case !named:
		err = bad("domain", "", "the name that the certificate is for", "-c domain=api.example.com")
	case !certificate.MatchString(arn):
		err = bad("certificate", arn, "the ARN of a certificate of ACM in the API's region", "-c certificate=arn:aws:acm:REGION:ACCOUNT:certificate/ID")
	}
	return name, arn, err
}

// budget needs somebody who hears of it.
func (c choices) budget(email string) (int, error) {
	if _, said := c["budget"]; !said {
		return 0, nil
	}
	usd, err := c.number("budget", 1, 1_000_000)
	if err == nil && email == "" {
		err = bad("budget", c["budget"], "alertEmail beside it: nobody would hear", "-c alertEmail=ops@example.com")
	}
	return usd, err
}

func (c choices) yes(name string, otherwise bool) (bool, error) {
	switch value, ok := c[name]; {
	case !ok:
		return otherwise, nil
	case value == "true", value == "false":
		return value == "true", nil
	default:
		return false, bad(name, value, "true or false", "-c "+name+"=true")
	}
}

func (c choices) number(name string, lowest, highest int) (int, error) {
	n, err := strconv.Atoi(c[name])
	if err != nil || n < lowest || n > highest {
		return 0, bad(name, c[name], fmt.Sprintf("a whole number from %d to %d", lowest, highest), fmt.Sprintf("-c %s=%d", name, max(lowest, min(n, highest))))
	}
	return n, nil
}

// words splits a list; an empty one is a mistake, not "none".
func words(name, list, hint string) ([]string, error) {
	var all []string
	for word := range strings.SplitSeq(list, ",") {
		if word = strings.TrimSpace(word); word == "" {
			return nil, bad(name, list, "words with commas between them", hint+", or leave it out")
		}
		all = append(all, word)
	}
	return all, nil
}

// email wants a bare address: SNS takes nothing else. An empty one, from a script's
// variable that is not set, would leave everybody without alarms.
func (c choices) email() (string, error) {
	email, said := c["alertEmail"]
	if !said {
		return "", nil
	}
	if address, err := mail.ParseAddress(email); err != nil || address.Address != email {
		hint := "-c alertEmail=ops@example.com"
		if email == "" {
			hint += ", or leave it out"
		}
		return "", bad("alertEmail", email, "an e-mail address", hint)
	}
	return email, nil
}

func bad(name, got, want, hint string) error {
	return fault.Usage(hint, "%s: got %q, want %s", name, got, want)
}
