package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

// Kinds stand side by side: each has its environments in the document, and its rows in
// the report.
func TestAWSKinds(t *testing.T) {
	account, items := inAWS(t)
	items.Together, items.Short = 3, true
	out := t.TempDir()
	code, stdout, stderr := measureInAWS(t.Context(), out, "--cold", "forced,scale-out,idle", "--burst", "3", "--idle", "1ms")
	if code != 0 {
		t.Fatalf("got exit code %d\n%s", code, stderr)
	}
	for _, want := range []string{"idle: 2 waits of ", "$LATEST, 8 times", "planned: 12 environments"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("got %s\nwant %q", stderr, want)
		}
	}
	document := documentOf(t, account, items, out)
	for _, c := range document.Configurations {
		n := map[results.ColdKind]int{}
		for _, e := range c.Environments {
			n[e.Kind]++
			scaled := e.Kind == results.ScaleOut
			if (e.Burst != nil) != scaled || (len(e.Curve) == 0) != scaled || scaled && *e.Burst != (results.Burst{Calls: 3, Cold: 2, Warm: 1}) {
				t.Errorf("%s: got %s with the burst %+v and %d warm calls", c.Key(), e.Kind, e.Burst, len(e.Curve))
			}
		}
		if c.Status != results.Measured || n[results.Forced] != 2 || n[results.ScaleOut] != 2 || n[results.Idle] != 2 || len(c.Rejected) > 0 {
			t.Errorf("%s: got %s with %v and %v", c.Key(), c.Status, n, c.Rejected)
		}
	}
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"forced cold starts", "scale-out cold starts", "idle cold starts"} {
		if !strings.Contains(stdout, want) || !strings.Contains(string(page), want) {
			t.Errorf("got no %q in the reports\n%s", want, stdout)
		}
	}
}

// What was not cold is counted by its kind, and another of that kind made in its place.
func TestAWSKindsRefused(t *testing.T) {
	account, items := inAWS(t) // not Short: environments live on
	out := t.TempDir()
	code, _, stderr := measureInAWS(t.Context(), out, "--runtime", "go", "--cold", "forced,idle", "--idle", "1ms")
	if code != 1 || !strings.Contains(stderr, "go") {
		t.Errorf("got exit code %d\n%s", code, stderr)
	}
	document := documentOf(t, account, items, out)
	c := document.Configurations[0]
	if len(c.Rejected) != 1 || c.Rejected[0].Reason != "idle: the first call was not cold" || c.Rejected[0].N != 4 || c.Status != results.Failed {
		t.Errorf("got %s and %+v, want the two that were planned and two in their place", c.Status, c.Rejected)
	}
	if len(c.Environments) != 2 || c.Environments[0].Kind != results.Forced || c.Environments[1].Kind != results.Forced {
		t.Errorf("got %d environments, want the forced ones alone", len(c.Environments))
	}
}

// Restored cold starts leave no version behind, whatever happens.
func TestAWSRestoredKinds(t *testing.T) {
	account, items := inAWS(t)
	account.Change(goFunction, func(f *awstest.Function) { f.SnapStart = true })
	restored := func(line *report.Line) { line.Init, line.Restore, line.BilledRestore = 0, line.Init, line.Billed }
	items.Mend = func(n int, line *report.Line) {
		if n == 1 {
			restored(line)
		}
	}
	words := []string{"--runtime", "go", "--cold", "restored,restored-aged", "--age", "1ms"}
	out := t.TempDir()
	code, _, stderr := measureInAWS(t.Context(), out, words...)
	if code != 0 || !strings.Contains(stderr, "restored-aged: 4 versions of each configuration are published at the beginning") {
		t.Errorf("got exit code %d\n%s", code, stderr)
	}
	if left := account.Versions(goFunction); len(left) > 0 {
		t.Errorf("got the versions %v left", left)
	}
	document := documentOf(t, account, items, out)
	for _, e := range document.Configurations[0].Environments {
		if e.Init.WallMs != results.Ms(awstest.InitTime) || len(e.Curve) != 20 {
			t.Errorf("%s: got %+v and %d warm calls, want the restore's time as its init", e.Kind, e.Init, len(e.Curve))
		}
	}
	expire(account, account.Asked()["lambda:InvokeFunction"]+10)
	if code, _, stderr := measureInAWS(t.Context(), t.TempDir(), words...); code != 1 || !strings.Contains(stderr, "sign in again") {
		t.Errorf("got exit code %d and %s", code, stderr)
	}
	if left := account.Versions(goFunction); len(left) == 0 {
		t.Error("got no version left, want those that could not be deleted")
	}
	account.Fault = nil
	if code, _, stderr := called("aws", "restore"); code != 0 || !strings.Contains(stderr, " versions of "+goFunction+" deleted") {
		t.Errorf("got exit code %d and %s", code, stderr)
	}
	unchanged(t, account)
	if left := account.Versions(goFunction); len(left) > 0 {
		t.Errorf("got the versions %v left", left)
	}
}

// Versions that may not be deleted are told, with what is missing; the journal finds
// them again.
func TestAWSVersionsStay(t *testing.T) {
	account, _ := inAWS(t)
	account.Change(goFunction, func(f *awstest.Function) { f.SnapStart = true })
	account.Fault = func(action string, _ int) *awstest.Refusal {
		if action != "lambda:DeleteFunction" {
			return nil
		}
		return &awstest.Refusal{Status: http.StatusForbidden, Code: "AccessDeniedException", Message: "not authorized"}
	}
	code, _, stderr := measureInAWS(t.Context(), t.TempDir(), "--runtime", "go", "--cold", "restored")
	left := journalsLeft(t)
	if len(left) != 1 {
		t.Fatalf("got the journals %v, want one\n%s", left, stderr)
	}
	for _, want := range []string{"not everything could be put back: delete version 1 of " + goFunction, "allow lambda:DeleteFunction", "bench aws restore " + left[0]} {
		if code != 1 || !strings.Contains(stderr, want) {
			t.Errorf("got exit code %d and %s\nwant %q", code, stderr, want)
		}
	}
	account.Fault = nil
	if code, _, stderr := called("aws", "restore"); code != 0 || !strings.Contains(stderr, "of "+goFunction+" deleted") {
		t.Errorf("got exit code %d and %s", code, stderr)
	}
	unchanged(t, account)
	if left := account.Versions(goFunction); len(left) > 0 {
		t.Errorf("got the versions %v left", left)
	}
}
