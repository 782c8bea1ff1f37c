package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

// expire ends the credentials at a call.
func expire(account *awstest.Account, call int) { expireAt(account, "lambda:InvokeFunction", call) }

func expireAt(account *awstest.Account, at string, call int) {
	expired := false
	account.Fault = func(action string, n int) *awstest.Refusal {
		expired = expired || action == at && n == call
		if !expired {
			return nil
		}
		return &awstest.Refusal{Status: http.StatusForbidden, Code: "ExpiredTokenException", Message: "The security token included in the request is expired"}
	}
}

// Credentials that expire in the middle can put nothing back: the journal stays, is
// told, and does so later.
func TestAWSExpired(t *testing.T) {
	account, _ := inAWS(t)
	expire(account, 30)
	code, _, stderr := measureInAWS(t.Context(), t.TempDir())
	left := journalsLeft(t)
	if len(left) != 1 {
		t.Fatalf("got the journals %v, want one\n%s", left, stderr)
	}
	for _, want := range []string{"ExpiredTokenException", "sign in again", "not everything could be put back", "bench aws restore " + left[0]} {
		if code != 1 || !strings.Contains(stderr, want) {
			t.Errorf("got exit code %d and %s\nwant %q", code, stderr, want)
		}
	}
	account.Fault = nil
	if code, _, stderr := measureInAWS(t.Context(), t.TempDir()); code != 1 || !strings.Contains(stderr, "did not put back what it changed: "+left[0]) || !strings.Contains(stderr, "bench aws restore") {
		t.Errorf("got exit code %d and %s, want the journal to stand in the way", code, stderr)
	}
	if code, _, stderr := called("aws", "restore"); code != 0 || !strings.Contains(stderr, "put back") {
		t.Errorf("got exit code %d and %s", code, stderr)
	}
	unchanged(t, account)
	if code, _, stderr := called("aws", "restore"); code != 0 || !strings.Contains(stderr, "nothing is left") {
		t.Errorf("got exit code %d and %s", code, stderr)
	}
}

// A deployment in the middle ends the run, and is not undone.
func TestAWSDeployedMeanwhile(t *testing.T) {
	account, _ := inAWS(t)
	account.Fault = func(action string, n int) *awstest.Refusal {
		if action == "lambda:InvokeFunction" && n == 30 {
			account.Change(goFunction, func(f *awstest.Function) { f.Variables = map[string]string{"TABLE_NAME": "new"} })
		}
		return nil
	}
	code, _, stderr := measureInAWS(t.Context(), t.TempDir(), "--runtime", "go")
	if code != 1 || !strings.Contains(stderr, "somebody else has changed "+goFunction+" in the meantime") || !strings.Contains(stderr, goFunction+" was changed by somebody else since: it is left as it is") {
		t.Errorf("got exit code %d and %s", code, stderr)
	}
	if _, variables := account.Configured(goFunction); variables["TABLE_NAME"] != "new" {
		t.Errorf("got %v, want the deployment's", variables)
	}
	if code, _, stderr := called("aws", "restore"); code != 1 || !strings.Contains(stderr, "--force") {
		t.Errorf("got exit code %d and %s", code, stderr)
	}
	if code, _, stderr := called("aws", "restore", "--force"); code != 0 || !strings.Contains(stderr, goFunction+" is put back") {
		t.Errorf("got exit code %d and %s", code, stderr)
	}
	unchanged(t, account)
}

func TestAWSRestoreRefused(t *testing.T) {
	inAWS(t)
	journal := filepath.Join(t.TempDir(), "journal.json")
	if err := os.WriteFile(journal, fmt.Appendf(nil, `{"version": 1, "run": "r", "account": "210987654321", "region": "us-east-1", "environment": "dev", "functions": [{"name": %q, "memoryMb": 128}]}`, goFunction), 0o600); err != nil {
		t.Fatal(err)
	}
	for words, want := range map[string]struct {
		code int
		says string
	}{
		journal:           {1, "the journal is of account …4321 in us-east-1: got credentials of …9012 in us-east-1"},
		journal + ".none": {2, "no journal "},
		"a b":             {2, "accepts at most 1 arg"},
	} {
		if code, _, stderr := called(append([]string{"aws", "restore"}, strings.Fields(words)...)...); code != want.code || !strings.Contains(stderr, want.says) {
			t.Errorf("%s: got exit code %d and %s, want %d and %q", words, code, stderr, want.code, want.says)
		}
	}
}
