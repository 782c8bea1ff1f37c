package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
)

// bill is the part of a CycloneDX document that is looked at here.
type bill struct {
	thing      thing       `json:"-"`
	Components []component `json:"components"`
}

type component struct {
	Group    string    `json:"group"`
	Name     string    `json:"name"`
	Version  string    `json:"version"`
	PURL     string    `json:"purl"`
	Licences []licence `json:"licenses"`
	// Evidence is where a tool puts a licence that it has recognised by its text.
	Evidence struct {
		Licences []licence `json:"licenses"`
	} `json:"evidence"`
}

type licence struct {
	Expression string `json:"expression"`
	Licence    struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"license"`
}

// writeBills writes one bill of materials for each thing, and reads it back.
func (t tools) writeBills(ctx context.Context, out io.Writer, things []thing) ([]bill, error) {
	dir := filepath.Join(t.root, "bin", "sbom")
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var bills []bill
	for _, thing := range things {
		file := filepath.Join(dir, thing.name+".cdx.json")
		document, err := t.document(ctx, thing)
		if err != nil {
			return nil, fmt.Errorf("the bill of %s: %w", thing.name, err)
		}
		b := bill{thing: thing}
		if err := json.Unmarshal(document, &b); err != nil || len(b.Components) == 0 {
			return nil, fmt.Errorf("the bill of %s has %d components: %w", thing.name, len(b.Components), err)
		}
		if err := os.WriteFile(file, document, 0o644); err != nil {
			return nil, err
		}
		fmt.Fprintf(out, "%s: %d components of %s\n", path.Join("bin/sbom", filepath.Base(file)), len(b.Components), thing.path)
		bills = append(bills, b)
	}
	return bills, nil
}

// document is a thing's bill as its ecosystem's tool writes it.
func (t tools) document(ctx context.Context, s thing) ([]byte, error) {
	work, err := os.MkdirTemp("", "audit-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	dir := path.Dir(s.path)
	switch s.kind {
	case goProgram: // what was linked, not what is in go.mod
		program := filepath.Join(work, "program")
		if _, err := t.output(ctx, ".", "go", "build", "-o", program, "./"+s.path); err != nil {
			return nil, err
		}
		return t.output(ctx, ".", t.goTool("cyclonedx-gomod", "bin", "-json", "-licenses", "-version", "v0.0.0", program)...)
	case npmLock:
		if err := t.copyPackage(dir, work); err != nil {
			return nil, err
		}
		return t.output(ctx, work, "npm", "sbom", "--package-lock-only", "--omit", "dev", "--sbom-format", "cyclonedx")
	case pipLock:
		if _, err := t.output(ctx, ".", "python3", "-m", "venv", "--without-pip", work); err != nil {
			return nil, err
		}
		sites, err := filepath.Glob(filepath.Join(work, "lib", "python3*", "site-packages"))
		if err != nil || len(sites) != 1 {
			return nil, fmt.Errorf("got the folders %v for packages, want one: %w", sites, err)
		}
		// Lambda's interpreter and system, whatever this machine has.
		if _, err := t.output(ctx, ".", filepath.Join(t.python, "python"), "-m", "pip", "install", "--quiet", "--target", sites[0],
			"--require-hashes", "--no-deps", "--only-binary", ":all:", "--implementation", "cp", "--python-version", "3.13",
			"--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_34_x86_64", "-r", s.path); err != nil {
			return nil, err
		}
		return t.output(ctx, ".", filepath.Join(t.python, "cyclonedx-py"), "environment", work)
	case cargoLock:
		return t.output(ctx, dir, filepath.Join(t.cargo, "cargo-sbom"), "--output-format", "cyclone_dx_json_1_6")
	default:
		if _, err := t.output(ctx, ".", "mvn", "-B", "-q", "-ntp", "-f", s.path, mavenCycloneX, "-DoutputDirectory="+work,
			"-DoutputName=bill", "-DoutputFormat=json", "-DincludeTestScope=false"); err != nil {
			return nil, err
		}
		return os.ReadFile(filepath.Join(work, "bill.json"))
	}
}

// copyPackage copies a package and its lock file. npm makes no bill of one without a version.
func (t tools) copyPackage(from, to string) error {
	content, err := os.ReadFile(filepath.Join(t.root, from, "package-lock.json"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(to, "package-lock.json"), content, 0o644); err != nil {
		return err
	}
	if content, err = os.ReadFile(filepath.Join(t.root, from, "package.json")); err != nil {
		return err
	}
	var fields map[string]any
	if err := json.Unmarshal(content, &fields); err != nil {
		return err
	}
	fields["version"] = "0.0.0"
	var document bytes.Buffer
	if err := json.NewEncoder(&document).Encode(fields); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "package.json"), document.Bytes(), 0o644)
}
