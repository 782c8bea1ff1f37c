package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// What the tools print, shortened: something found, nothing found, and a database
// that was not reached. The last must never look like the second.
func TestToolsAreUnderstood(t *testing.T) {
	npm, pip, govulncheck := parsed(parseNPM), parsed(parsePip), whole(parseGovulncheck)
	deny := parsed(func(out []byte) (int, []string, error) {
		found, err := parseDeny(out, nil)
		return 1, found, err
	})
	for _, test := range []struct {
		name, out string
		parse     func([]byte, error) (int, []string, error)
		found     []string
		err       string
	}{
		{"npm finds", `{"vulnerabilities":{"a":{"severity":"high","range":"<1"},"b":{"severity":"low","range":"*"}},"metadata":{"dependencies":{"total":9}}}`,
			npm, []string{"a <1: high"}, ""},
		{"npm finds nothing", `{"vulnerabilities":{},"metadata":{"dependencies":{"total":9}}}`, npm, nil, ""},
		{"npm is not answered", `{"message":"405 Method Not Allowed","error":{}}`, npm, nil, "405"},
		{"npm checks nothing", `{"vulnerabilities":{},"metadata":{"dependencies":{"total":0}}}`, npm, nil, "checked nothing"},
		{"npm prints nothing", ``, npm, nil, "tool failed"},
		{"pip-audit finds", `{"dependencies":[{"name":"a","version":"1","vulns":[{"id":"PYSEC-1"}]},{"name":"b","version":"2","vulns":[]}]}`,
			pip, []string{"PYSEC-1: a 1"}, ""},
		{"pip-audit finds nothing", `{"dependencies":[{"name":"b","version":"2","vulns":[]}]}`, pip, nil, ""},
		{"pip-audit is not answered", `{"dependencies":[{"name":"a","skip_reason":"Dependency not found on PyPI"}]}`, pip, nil, "not found"},
		{"cargo deny finds", `{"type":"diagnostic","fields":{"code":"vulnerability","message":"crashes","severity":"error","advisory":{"id":"RUSTSEC-1","package":"a"}}}{"type":"summary","fields":{}}`,
			deny, []string{"RUSTSEC-1: a: crashes"}, ""},
		{"cargo deny finds nothing", `{"type":"summary","fields":{"advisories":{"errors":0}}}`, deny, nil, ""},
		{"cargo deny is not answered", `{"type":"log","fields":{"level":"ERROR","message":"failed to fetch\nmore"}}`, deny, nil, "failed to fetch"},
		{"govulncheck finds", `{"SBOM":{"modules":[{},{}]}}{"finding":{"osv":"GO-1","trace":[{"module":"m","version":"v1","function":"F"}]}}{"finding":{"osv":"GO-2","trace":[{"module":"m","version":"v1"}]}}`,
			govulncheck, []string{"GO-1: F of m v1"}, ""},
		{"govulncheck finds nothing", `{"SBOM":{"modules":[{}]}}{"progress":{}}`, govulncheck, nil, ""},
		{"govulncheck is not answered", `{"config":{}}`, govulncheck, nil, "tool failed"},
		{"govulncheck is not answered behind its list", `{"SBOM":{"modules":[{},{}]}}`, govulncheck, nil, "tool failed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var failed error
			if test.err == "tool failed" {
				failed = errors.New("the tool failed")
			}
			_, found, err := test.parse([]byte(test.out), failed)
			if !slices.Equal(found, test.found) {
				t.Errorf("got %q, want %q", found, test.found)
			}
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("got the error %v, want %q", err, test.err)
			}
		})
	}
}

func TestOSVIsAskedForEveryComponent(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Queries []struct{ Package struct{ PURL string } }
		}
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || len(asked.Queries) != 2 || asked.Queries[1].Package.PURL != "pkg:maven/g/b@2" {
			t.Errorf("got the question %+v (%v)", asked, err)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"results":[{},{"vulns":[{"id":"GHSA-1"}]}]}`))
	}))
	defer server.Close()
	components := []component{{Group: "g", Name: "a", PURL: "pkg:maven/g/a@1?type=jar"}, {Group: "g", Name: "b", Version: "2", PURL: "pkg:maven/g/b@2?type=jar"}}
	found, err := askOSV(t.Context(), server.URL, components)
	if err != nil || !slices.Equal(found, []string{"GHSA-1: g/b 2"}) {
		t.Errorf("got %q and %v", found, err)
	}
	status = http.StatusBadGateway
	if found, err := askOSV(t.Context(), server.URL, components); err == nil {
		t.Errorf("got %q from a server that fails, want an error", found)
	}
}

func TestLicencesAreHeldToTheList(t *testing.T) {
	id := func(ids ...string) (found []licence) {
		for _, id := range ids {
			var l licence
			l.Licence.ID = id
			found = append(found, l)
		}
		return found
	}
	for _, test := range []struct {
		name string
		kind kind
		of   []licence
		ok   bool
	}{
		{"one of the list", npmLock, id("MIT"), true},
		{"none", npmLock, nil, false},
		{"a strong one", npmLock, id("AGPL-3.0-only"), false},
		{"a choice", cargoLock, []licence{{Expression: "GPL-2.0-only OR MIT"}}, true},
		{"an exception", cargoLock, []licence{{Expression: "Apache-2.0 WITH LLVM-exception OR GPL-3.0-only"}}, true},
		{"both", cargoLock, []licence{{Expression: "MIT AND GPL-3.0-only"}}, false},
		{"two of Maven, of which one may be chosen", mavenPOM, id("EPL-2.0", "LGPL-2.1-only"), true},
		{"two of Maven, of which one has no name in SPDX", mavenPOM, id("Apache-2.0", "Public Domain"), true},
		{"two of Maven, neither allowed", mavenPOM, id("GPL-3.0-only", "AGPL-3.0-only"), false},
		{"a classifier of PyPI", pipLock, id("License :: OSI Approved :: Apache Software License"), true},
		{"two of others, which both hold", npmLock, id("MIT", "LGPL-2.1-only"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if why := (component{Name: "x", Licences: test.of}).forbidden(test.kind); (why == "") != test.ok {
				t.Errorf("got %q, want allowed: %v", why, test.ok)
			}
		})
	}
}

func TestWhatIsShippedIsFound(t *testing.T) {
	var got []string
	for _, s := range things([]string{
		"cmd/bench/main.go", "internal/a/main.go", "lambdas/go/main.go", "lambdas/go/sdk/main.go", "lambdas/rust/Cargo.lock", "lambdas/rust/class-check/Cargo.lock",
		"lambdas/rust/requirements.txt", "lambdas/python/requirements-dev.txt", "package-lock.json", "test/browser/package-lock.json", "internal/scaffold/testdata/pom.xml",
	}) {
		got = append(got, string(s.kind)+" "+s.name)
	}
	want := []string{"Go cmd-bench", "Go lambdas-go", "Cargo lambdas-rust", "PyPI lambdas-rust-pypi", "npm cdk-command"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
