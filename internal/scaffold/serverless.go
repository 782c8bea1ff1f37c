package scaffold

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// serverless guesses the function of a service of the Serverless Framework.
func (in *inspection) serverless(file string) error {
	t, err := parse(file, in.read(file))
	if err != nil {
		return fault.Usage("correct the file, or move it away so that the folder's other files tell", "%s: %w", file, err)
	}
	root := t.root
	if provider := cmp.Or(text(at(root, "provider", "name")), text(at(root, "provider"))); provider != "" && provider != "aws" {
		return fault.Usage("bench measures functions of AWS Lambda", "%s: got %s, want aws", t.where("provider.name"), provider)
	}
	functions := map[string]part{}
	if err := in.parts(part{t, "functions", at(root, "functions")}, functions); err != nil {
		return err
	}
	if len(functions) == 0 {
		return fault.Usage("list the service's functions there, or move the file away so that the folder's other files tell", "%s: functions: got none, want at least one", file)
	}
	name, err := in.choose(file, slices.Sorted(maps.Keys(functions)))
	if err != nil {
		return err
	}
	whole, own, function := t, functions[name].keys, functions[name].value
	t = functions[name].t // may be another file
	property := func(key string) (any, string) {
		if v := at(function, key); v != nil {
			return v, t.where(own + "." + key)
		}
		t := whole
		return at(root, "provider", key), t.where("provider." + key)
	}
	if at(function, "image") != nil {
		return fault.Usage("bench runs zips: give the function a handler", "%s: got an image, want a zip", t.where(own+".image"))
	}
	in.call(name, t.where(own))
	if v, from := property("runtime"); text(v) != "" {
		in.LambdaRuntime = text(v)
		in.because("lambdaRuntime", in.LambdaRuntime, from)
	}
	if v := text(at(function, "handler")); v != "" && in.o.Handler == "" {
		in.Handler = strings.TrimPrefix(v, "./")
		in.because("handler", in.Handler, t.where(own+".handler"))
	}
	if err := in.numbers(serverlessValue, property, "memorySize", "timeout", "ephemeralStorageSize"); err != nil {
		return err
	}
	in.unsaid(serverlessMemory, serverlessTimeout, "the Serverless Framework's default, as "+file+" has none")
	variables := map[string]any{}
	places := map[string]string{}
	for _, source := range []part{{whole, "provider.environment", at(root, "provider", "environment")}, {t, own + ".environment", at(function, "environment")}} {
		m, _ := source.value.(map[string]any)
		for key, v := range m {
			variables[key], places[key] = v, source.t.where(below(source.keys, key))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(variables)) {
		in.variable(key, variables[key], places[key], serverlessValue)
	}
	if err := in.serverlessEvents(t, own, function); err != nil {
		return err
	}
	if in.LambdaRuntime == "" && in.has("package.json") {
		in.runtime("nodejs", "", file)
	}
	dir, from := ".", t.where(own)
	for _, one := range []part{{t, own, function}, {whole, "", root}} { // of which all functions have the last
		if artifact := text(at(one.value, "package", "artifact")); artifact != "" {
			from = one.t.where(below(one.keys, "package.artifact"))
			dir = in.project(path.Clean(artifact), from)
			break
		}
	}
	if in.code(dir, family(in.LambdaRuntime)) || in.built(dir, from) {
		return nil
	}
	return in.copies(dir, from)
}

// What the Serverless Framework gives a function whose file says nothing
// (https://www.serverless.com/framework/docs/providers/aws/guide/functions).
const (
	serverlessMemory  = 1024 // MB
	serverlessTimeout = 6    // seconds
)

// part is a piece of a file.
type part struct {
	t     template
	keys  string // that lead to it
	value any
}

// fromFile is how a service has a piece of itself in another file.
var fromFile = regexp.MustCompile(`^\$\{file\(([^)]+)\)(?::([\w.-]+))?\}$`)

// follow is the piece of the other file, where there is one.
func (in *inspection) follow(p part) (part, error) {
	match := fromFile.FindStringSubmatch(text(p.value))
	if match == nil {
		return p, nil
	}
	file := path.Clean(match[1])
	if !in.has(file) {
		return p, fault.Usage("correct the path, or write the functions into "+p.t.file, "%s: got %s, which is no file here", p.t.where(p.keys), match[1])
	}
	t, err := parse(file, in.read(file))
	if err != nil {
		return p, fault.Usage("correct the file", "%s: %w", file, err)
	}
	if match[2] == "" {
		return part{t, "", t.root}, nil
	}
	return part{t, match[2], at(t.root, strings.Split(match[2], ".")...)}, nil
}

// parts collects the functions of a service by name: a map, a list of maps, or one of
// these in another file, as each function may be.
func (in *inspection) parts(p part, into map[string]part) error {
	p, err := in.follow(p)
	if err != nil {
		return err
	}
	switch all := p.value.(type) {
	case []any:
		for i, one := range all {
			if err := in.parts(part{p.t, below(p.keys, strconv.Itoa(i)), one}, into); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, one := range all {
			if into[name], err = in.follow(part{p.t, below(p.keys, name), one}); err != nil {
				return err
			}
		}
	}
	return nil
}

// serverlessValue is a value that the file alone tells: its variables are resolved
// when a service is deployed, but for their defaults.
func serverlessValue(value any) (string, bool) {
	switch value.(type) {
	case call, map[string]any, []any:
		return "", false
	}
	written := text(value)
	inside, variable := strings.CutPrefix(written, "${")
	if !variable {
		return written, !strings.Contains(written, "${")
	}
	_, fallback, ok := strings.Cut(strings.TrimSuffix(inside, "}"), ",")
	fallback = strings.TrimSpace(fallback)
	if !ok || strings.ContainsAny(fallback, "${") {
		return "", false
	}
	return strings.Trim(fallback, `'"`), true
}

func (in *inspection) serverlessEvents(t template, own string, function any) error {
	events, _ := at(function, "events").([]any)
	for i, event := range events {
		m, _ := event.(map[string]any)
		for _, kind := range slices.Sorted(maps.Keys(m)) {
			settings := m[kind]
			if kind != "http" && kind != "httpApi" && (m["http"] != nil || m["httpApi"] != nil) {
				continue // a setting of the request's, written beside it
			}
			from := t.where(own + ".events." + strconv.Itoa(i) + "." + kind)
			method, resource := text(at(settings, "method")), text(at(settings, "path"))
			if short := text(settings); short != "" {
				method, resource, _ = strings.Cut(short, " ")
			}
			switch kind {
			case "http":
				in.integration(config.REST, from)
				if err := in.route(method, path.Clean("/"+resource), from); err != nil {
					return err
				}
			case "httpApi":
				in.integration(config.HTTP, from)
				if resource == "" {
					in.Requests = append(in.Requests, Request{Name: "any", Method: "GET", Path: "/"})
					continue
				}
				if err := in.route(method, resource, from); err != nil {
					return err
				}
			default:
				in.event(fmt.Sprintf("%s-%d", manifestName(kind), i+1), kind, from)
			}
		}
	}
	if at(function, "url") != nil {
		in.integration(config.URL, t.where(own+".url"))
	}
	in.noRequests(t.where(own+".events")+" has no HTTP requests", len(events) > 0)
	return nil
}
