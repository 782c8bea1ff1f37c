package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// suite has n cases, all of which want to hear that there is nothing.
func suite(t *testing.T, n int) contract.Suite {
	t.Helper()
	cases := "schema: 1\npath: a\ncases:\n"
	for i := range n {
		cases += fmt.Sprintf("  - {name: nothing-%02d, request: {path: /items/x}, expect: {problem: missing}}\n", i)
	}
	s, err := contract.Load(fstest.MapFS{
		"words.yaml":      {Data: []byte("problems: {missing: {status: 404, title: Not Found, detail: Nothing.}}\nfields: []\n")},
		"contract/a.yaml": {Data: []byte(cases)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// machine has functions that answer as the contract wants it, but for those that are
// wrong, and counts them.
type machine struct {
	mu            sync.Mutex
	wrong         []string // runtime and variant
	opened        []string
	open, most    int
	whenOpened    func(c target.Config) error // may be nil
	whenClosed    func(c target.Config)       // may be nil
	faultsWereSet bool
}

func (m *machine) options() Options { return Options{Subject: m.subject, AtOnce: 2} }

func (m *machine) subject(_ context.Context, c target.Config) (Subject, error) {
	m.mu.Lock()
	m.opened = append(m.opened, fmt.Sprintf("%s %s %d", c.Runtime.Name, c.Variant, c.MemoryMB))
	m.open++
	m.most = max(m.most, m.open)
	m.mu.Unlock()
	if m.whenOpened != nil {
		if err := m.whenOpened(c); err != nil {
			m.closed()
			return nil, err
		}
	}
	return &subject{machine: m, c: c}, nil
}

func (m *machine) closed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open--
}

type subject struct {
	machine *machine
	c       target.Config
}

func (s *subject) Invoke(context.Context, []byte) ([]byte, error) {
	status := http.StatusNotFound
	if slices.Contains(s.machine.wrong, s.c.Runtime.Name+" "+s.c.Variant) {
		status = http.StatusInternalServerError
	}
	return json.Marshal(map[string]any{
		"statusCode": status, "body": fmt.Sprintf(`{"type":"about:blank","title":"Not Found","status":%d,"detail":"Nothing."}`, status),
		"headers": map[string]string{
			"X-Runtime": s.c.Runtime.Name, "X-Cold-Start": "false", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Type": "application/problem+json",
		},
	})
}

func (s *subject) Fresh(context.Context) error { return nil }
func (s *subject) Rows() contract.Table        { return nil }
func (s *subject) Attempts() []string          { return nil }

func (s *subject) Set([]contract.Fault) error {
	s.machine.mu.Lock()
	defer s.machine.mu.Unlock()
	s.machine.faultsWereSet = true
	return nil
}

func (s *subject) Close() error {
	if s.machine.whenClosed != nil {
		s.machine.whenClosed(s.c)
	}
	s.machine.closed()
	return nil
}

// configurations of words such as "go api 512", in folders that have no lists of failures.
func configurations(t *testing.T, words ...string) (all []target.Config) {
	t.Helper()
	dir := t.TempDir()
	for _, word := range words {
		c := target.Config{Arch: config.X8664}
		if _, err := fmt.Sscanf(word, "%s %s %d", &c.Runtime.Name, &c.Variant, &c.MemoryMB); err != nil {
			t.Fatal(err)
		}
		c.Runtime.Dir = dir
		c.Runtime.Variants = map[string]config.Variant{
			"api": {Name: "api", Default: true, Contract: config.ContractItems}, "tuned": {Name: "tuned", Contract: config.ContractItems}, "bare": {Name: "bare", Kind: config.Bare, Contract: config.ContractNone},
		}
		all = append(all, c)
	}
	return all
}

// Each variant is held to the contract once and at one size, and all that failed goes.
func TestKeep(t *testing.T) {
	measured := bench.Plan{Workload: config.Defaults(), Configurations: configurations(t, "go api 512", "go api 256", "go tuned 512", "go bare 512", "rust api 512", "rust api 256")}
	m := &machine{wrong: []string{"go api", "go bare"}}
	var document results.Document
	var said []string
	if err := Keep(t.Context(), suite(t, 12), &measured, &document, m.options(), func(r contract.Report) error {
		said = append(said, r.Summary())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"go: 0 passed, 12 failed", "go tuned: 12 passed", "rust: 12 passed"}; !slices.Equal(said, want) {
		t.Errorf("got %q said, want %q", said, want)
	}
	slices.Sort(m.opened)
	if want := []string{"go api 1769", "go tuned 1769", "rust api 1769"}; !slices.Equal(m.opened, want) || m.open != 0 || m.most > 2 || m.faultsWereSet {
		t.Errorf("got %q opened, %d left open, %d at once, faults %t, want %q", m.opened, m.open, m.most, m.faultsWereSet, want)
	}
	var left, gone []string
	for _, c := range measured.Configurations {
		left = append(left, bench.Key(c))
	}
	for _, c := range document.Configurations {
		gone = append(gone, c.Key())
		if c.Status != results.Failed || c.Reason != "The contract gate failed; the first case is a/nothing-00." || c.Planned != 36 {
			t.Errorf("%s: got %s, %q, %d planned", c.Key(), c.Status, c.Reason, c.Planned)
		}
	}
	if want := "go/tuned/512/x86_64 go/bare/512/x86_64 rust/api/512/x86_64 rust/api/256/x86_64"; strings.Join(left, " ") != want {
		t.Errorf("got %q left, want %s", left, want)
	}
	if want := "go/api/512/x86_64 go/api/256/x86_64"; strings.Join(gone, " ") != want {
		t.Errorf("got %q in the document, want %s", gone, want)
	}
	if len(document.Gate) != 3 || document.Gate[0].Passed || !document.Gate[1].Passed || document.Gate[1].Variant != "tuned" || document.Gate[2].Cases != 12 {
		t.Fatalf("got %+v", document.Gate)
	}
	if first := document.Gate[0].Failures; len(first) != failuresKept || strings.Contains(first[0].Message, "\n") || first[0].Message == "" {
		t.Errorf("got %d failures, the first %+v, want %d with a line each", len(first), first[0], failuresKept)
	}
}

// An error ends all: nothing stays open, and nothing has been decided.
func TestKeepEnds(t *testing.T) {
	broken := errors.New("no room")
	for name, tt := range map[string]struct {
		opening func(target.Config) error
		saying  error
	}{
		"a function that can't be had": {opening: func(c target.Config) error {
			if c.Runtime.Name == "rust" {
				return broken
			}
			return nil
		}},
		"nobody who listens": {saying: broken},
	} {
		m := &machine{whenOpened: tt.opening, wrong: []string{"go api"}}
		measured := bench.Plan{Workload: config.Defaults(), Configurations: configurations(t, "go api 512", "rust api 512", "python api 512")}
		var document results.Document
		err := Keep(t.Context(), suite(t, 1), &measured, &document, m.options(), func(contract.Report) error { return tt.saying })
		if !errors.Is(err, broken) || m.open != 0 || len(measured.Configurations) != 3 || len(document.Configurations) != 0 {
			t.Errorf("%s: got %v, %d open, %d planned, %d in the document", name, err, m.open, len(measured.Configurations), len(document.Configurations))
		}
	}
}

// Reports come in the order of the configurations, whichever is ready first.
func TestHoldKeepsTheOrder(t *testing.T) {
	second := make(chan struct{})
	m := &machine{whenOpened: func(c target.Config) error {
		if c.Runtime.Name == "go" {
			<-second
		}
		return nil
	}, whenClosed: func(c target.Config) {
		if c.Runtime.Name == "rust" {
			close(second)
		}
	}}
	o := m.options()
	o.Faults = true
	var order []string
	err := Hold(t.Context(), suite(t, 1), configurations(t, "go api 512", "rust api 512"), o, func(c target.Config, r contract.Report) error {
		order = append(order, c.Runtime.Name+": "+r.Summary())
		return nil
	})
	if want := []string{"go: go: 1 passed", "rust: rust: 1 passed"}; err != nil || !slices.Equal(order, want) || !m.faultsWereSet {
		t.Errorf("got %q (%v), faults %t, want %q", order, err, m.faultsWereSet, want)
	}
}

// No more are in use at the same time than may be.
func TestHoldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		m := &machine{whenOpened: func(target.Config) error {
			<-release
			return nil
		}}
		held := make(chan error, 1)
		cases, four := suite(t, 1), configurations(t, "a api 512", "b api 512", "c api 512", "d api 512")
		go func() {
			held <- Hold(t.Context(), cases, four, m.options(), func(target.Config, contract.Report) error { return nil })
		}()
		synctest.Wait()
		if m.open != 2 {
			t.Errorf("got %d in use, want 2", m.open)
		}
		close(release)
		if err := <-held; err != nil || len(m.opened) != 4 || m.most != 2 || m.open != 0 {
			t.Errorf("got %v, %q opened, %d at once, %d left open", err, m.opened, m.most, m.open)
		}
	})
}

// A variant that is stock, or stock but for one trick, has its declared differences read.
func TestDeclared(t *testing.T) {
	c := configurations(t, "go api 512")[0]
	for name, tt := range map[string]struct {
		variant config.Variant
		others  config.Variant
		read    bool
	}{
		"stock":  {config.Variant{Name: "v", Class: config.Stock}, config.Variant{}, true},
		"tuned":  {config.Variant{Name: "v", Class: config.Tuned}, config.Variant{}, false},
		"switch": {config.Variant{Name: "v", Class: config.Tuned}, config.Variant{Settings: []config.Setting{{Switch: "v"}}}, true},
	} {
		c.Variant, c.Runtime.Variants = "v", map[string]config.Variant{"v": tt.variant, "other": tt.others}
		c.Runtime.Dir = t.TempDir() + "\x00" // can't be read
		if _, err := Declared(c, contract.Suite{}); (err != nil) != tt.read {
			t.Errorf("%s: got %v, want the list read: %t", name, err, tt.read)
		}
	}
}
