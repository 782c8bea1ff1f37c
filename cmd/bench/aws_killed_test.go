package main

import (
	"bytes"
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

// killings is how many moments are drawn, out of the some 230 requests of a run.
const killings = 4

// A run that is killed leaves a journal, from which everything is put back: whatever
// it was doing.
func TestAWSKilled(t *testing.T) {
	random := rand.New(rand.NewPCG(rand.Uint64(), 0))
	for n := range killings {
		account, _ := inAWS(t)
		words := []string{"--memory", "128,512"}
		if n%2 == 1 { // with versions that are published
			words = []string{"--cold", "forced,restored,restored-aged", "--age", "1ms"}
			for _, name := range account.Names() {
				account.Change(name, func(f *awstest.Function) { f.SnapStart = true })
			}
		}
		account.Change(rustFunction, func(f *awstest.Function) { f.Slow = 1 })
		moment := 1 + random.IntN(200)
		var mu sync.Mutex
		asked := 0
		cmd := exec.Command("bench", append([]string{"aws"}, append(words, "--environments", "2", "--quick", "--yes", "--allow-different-artifact", "--out", t.TempDir())...)...)
		var said bytes.Buffer
		cmd.Stderr = &said
		account.SetFault(func(string, int) *awstest.Refusal {
			mu.Lock()
			defer mu.Unlock()
			if asked++; asked == moment {
				_ = cmd.Process.Kill() // what it asked for is done all the same
			}
			return nil
		})
		mu.Lock() // until there is a process
		err := cmd.Start()
		mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("request %d: got %v, want it killed\n%s", moment, err, said.String())
		}
		changed := 0
		for _, name := range account.Names() {
			if memory, variables := account.Configured(name); memory != 1769 || len(variables) != 2 {
				changed++
			}
		}
		journals := len(journalsLeft(t))
		if changed > 0 && journals != 1 {
			t.Errorf("request %d: got %d changed functions and %d journals", moment, changed, journals)
		}
		if code, _, stderr := called("aws", "restore"); code != 0 {
			t.Errorf("request %d: got exit code %d and %s", moment, code, stderr)
		}
		t.Logf("killed at request %d: %d functions were changed, %d journals", moment, changed, journals)
		unchanged(t, account)
		for _, name := range account.Names() {
			if left := account.Versions(name); len(left) > 0 {
				t.Errorf("request %d: got the versions %v of %s left", moment, left, name)
			}
		}
	}
}
