package runtimeclient

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// bringing is a runtime that brings two packages of its language's.
const bringing = scriptClient + `
brings:
  data: sdk
  named: 'import ([a-z/]+)'
  in: [.ecma]
  carried: [packages, opt/packages]
  install: |
    "$TOOL_ECMA" --version > ran
    mkdir -p all/cloud/store all/cloud/queue
    echo "the cloud's SDK 1.2.3" > versions
  packages: all
  seen: /var/runtime/packages
`

func TestARuntimeBringsWhatIsAskedFor(t *testing.T) {
	machine(t, map[string]string{"bin/ecma": "echo v24.1.0", "bin/pkg": `[ "$1" = --version ] && { echo 11.0.0; exit; }; mkdir ric; : >ric/index.mjs`})
	c, err := load(clients(bringing, map[string]string{"sdk/lock.json": "{}"}), "ecma24.x")
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	p, err := c.Prepare(context.Background(), cache)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		code    map[string]string
		layer   string // a file of a layer
		brought bool
		missing []string
	}{
		"asks for nothing":     {map[string]string{"index.ecma": "answer()", "notes.txt": "import cloud/store"}, "", false, nil},
		"asks for one":         {map[string]string{"lib/deep/index.ecma": "import cloud/store"}, "", true, nil},
		"has its own":          {map[string]string{"index.ecma": "import cloud/store", "packages/cloud/store/index.ecma": ""}, "", false, nil},
		"has it in a layer":    {map[string]string{"index.ecma": "import cloud/store"}, "opt/packages/cloud/store/index.ecma", false, nil},
		"has the other":        {map[string]string{"index.ecma": "import cloud/store import cloud/queue", "packages/cloud/queue/index.ecma": ""}, "", true, nil},
		"asks for more":        {map[string]string{"index.ecma": "import cloud/space import cloud/store"}, "", true, []string{"cloud/space"}},
		"its own asks for one": {map[string]string{"index.ecma": "import own", "packages/own/index.ecma": "import cloud/store"}, "", true, nil},
	} {
		code, layer := t.TempDir(), t.TempDir()
		files := map[string]string{}
		for file, text := range test.code {
			files[filepath.Join(code, file)] = text
		}
		if test.layer != "" {
			files[filepath.Join(layer, test.layer)] = ""
		}
		for path, text := range files {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := c.Bring(context.Background(), cache, p, code, layer)
		if err != nil {
			t.Fatal(err)
		}
		if (got.Dir != "") != test.brought || !slices.Equal(got.Missing, test.missing) {
			t.Errorf("%s: got %+v", name, got)
		}
		if test.brought && (got.Seen != "/var/runtime/packages" || !maps.Equal(got.Versions, map[string]string{"the cloud's SDK": "1.2.3"})) {
			t.Errorf("%s: got %+v, want its name and its version", name, got)
		}
	}
	// It is installed once, with the interpreter, and is no part of the client.
	installed, err := filepath.Glob(filepath.Join(cache, "clients", "ecma24.x-sdk-*[0-9a-f]"))
	if err != nil || len(installed) != 1 {
		t.Fatalf("got %v, %v; want one installation", installed, err)
	}
	if ran, err := os.ReadFile(filepath.Join(installed[0], "ran")); err != nil || string(ran) != "v24.1.0\n" {
		t.Errorf("got %q, %v; want the interpreter run", ran, err)
	}
}

func TestLoadRefusesWhatBringsNothing(t *testing.T) {
	for _, test := range [][3]string{
		{"import ([a-z/]+)", "import [a-z/]+", "got 0 groups, want one"},
		{"import ([a-z/]+)", "import (", "brings.named: "},
		{"seen: /var", "seen: var", "absolute seen"},
		{"in: [.ecma]", "in: []", "got no in"},
	} {
		_, err := load(clients(strings.Replace(bringing, test[0], test[1], 1), nil), "ecma24.x")
		if err == nil || !strings.Contains(err.Error(), test[2]) {
			t.Errorf("%s: got %v, want …%s…", test[1], err, test[2])
		}
	}
}

// Libraries speak of packages that they do not need, and bundles ask for optional ones
// that neither they nor Lambda have: for these nothing is brought.
func TestWhatCodeAsksFor(t *testing.T) {
	for text, want := range map[string][]string{
		"import os, boto3\n": {"boto3"},
		"import boto3\n":     {"boto3"},
		"def f():\n    from botocore.config import Config\n":      {"botocore"},
		"client = importlib.import_module('boto3')\n":             {"boto3"},
		"# As boto3 does it.\n\"\"\"Users of boto3 know.\"\"\"\n": nil,
		`try { require("@aws-sdk/signature-v4-crt") } catch {}`:   nil,
		`// node_modules/@aws-sdk/client-s3/dist-es/index.js`:     nil,
		`import{S3Client}from"@aws-sdk/client-s3";`:               {"@aws-sdk/client-s3"},
		`const { SQS } = await import('@aws-sdk/client-sqs')`:     {"@aws-sdk/client-sqs"},
	} {
		dir, id, file := t.TempDir(), "nodejs24.x", "index.mjs"
		if strings.HasSuffix(text, "\n") {
			id, file = "python3.13", "index.py"
		}
		c, err := Load(id)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Brings.asked([]string{dir}); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, %v; want %v", text, got, err, want)
		}
	}
}
