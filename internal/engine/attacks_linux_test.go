package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
)

type attacked struct {
	Got, Error string
	CPUNs      int64
}

// needWalls skips where this machine can't build them: what stands is tested.
func needWalls(t *testing.T, w *world, walls ...string) {
	t.Helper()
	host := w.box.(interface{ Description() sandbox.Description }).Description()
	for _, wall := range walls {
		if !slices.Contains(host.Walls, wall) {
			t.Skipf("the wall %q does not stand on this machine", wall)
		}
	}
}

// TestAttacksAreRefused: each of them is tried by a function, beside another
// function that has something to lose.
func TestAttacksAreRefused(t *testing.T) {
	w := real(t, engine.Options{})
	needWalls(t, w, "processes", "network", "files")
	victimFunction := w.function("handler", "SECRET", "the-victims-secret")
	victimFunction.Timeout = time.Minute
	victim := w.spawn(victimFunction)
	victimPID := w.onHost(into[echo](t, w.invoke(victim, nil)).PID)

	home := t.TempDir() // stands for whatever is not the function's
	if err := os.WriteFile(filepath.Join(home, "key"), []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	user, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	abstract, err := net.Listen("unix", "@"+w.marker)
	if err != nil {
		t.Fatal(err)
	}
	defer abstract.Close()

	f := w.function("attacker")
	f.Timeout = time.Minute
	attacker := w.spawn(f)
	for _, test := range []struct {
		name  string
		event map[string]any
		want  string // in the error
	}{
		{"user, control group and mount namespaces", map[string]any{"do": "lift-limits"}, "operation not permitted"},
		{"writing limits", map[string]any{"do": "write-limits"}, "no control groups"},
		{"a user namespace", map[string]any{"do": "user-namespace"}, "operation not permitted"},
		{"a process in new namespaces", map[string]any{"do": "clone-namespace"}, "operation not permitted"},
		{"reading the home folder", map[string]any{"do": "list", "path": user}, "no such file"},
		{"reading a file of this machine", map[string]any{"do": "read", "path": filepath.Join(home, "key")}, "no such file"},
		{"reading passwords", map[string]any{"do": "read", "path": "/etc/shadow"}, "no such file"},
		{"reading the run's folder", map[string]any{"do": "list", "path": w.box.RunDir()}, "no such file"},
		{"reading another environment's variables", map[string]any{"do": "environments", "text": "the-victims-secret"}, "denied"},
		{"reading another environment's memory", map[string]any{"do": "memory", "pid": victimPID, "text": "the-victims-secret"}, "no such file"},
		{"reading another environment's /tmp", map[string]any{"do": "other-temp", "text": "secret"}, "nothing of it"},
		{"killing bench", map[string]any{"do": "signal", "pid": os.Getpid()}, "no such process"},
		{"killing the launcher in its cell", map[string]any{"do": "signal", "pid": 1}, "not permitted"},
		{"killing another environment", map[string]any{"do": "signal", "pid": victimPID}, "no such process"},
		{"a port of this machine", map[string]any{"do": "connect", "addr": tcp.Addr().String()}, "connection refused"},
		{"an address outside", map[string]any{"do": "connect", "addr": "192.0.2.1:80"}, "network is unreachable"},
		{"a datagram outside", map[string]any{"do": "datagram", "addr": "192.0.2.1:53"}, "network is unreachable"},
		{"an abstract socket of this machine", map[string]any{"do": "abstract", "path": w.marker}, "connection refused"},
		{"a virtual machine's host", map[string]any{"do": "vsock"}, "operation not permitted"},
		{"mounting", map[string]any{"do": "mount"}, "operation not permitted"},
		{"another root", map[string]any{"do": "chroot"}, "operation not permitted"},
		{"tracing", map[string]any{"do": "ptrace"}, "operation not permitted"},
		{"kernel keys", map[string]any{"do": "keys"}, "operation not permitted"},
		{"kernel programs", map[string]any{"do": "bpf"}, "operation not permitted"},
		{"performance counters", map[string]any{"do": "perf"}, "operation not permitted"},
		{"io_uring", map[string]any{"do": "io_uring"}, "operation not permitted"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := into[attacked](t, w.invoke(attacker, test.event))
			if got.Error == "" || !strings.Contains(got.Error, test.want) {
				t.Errorf("got %q and the error %q, want %q", got.Got, got.Error, test.want)
			}
		})
	}
	for _, test := range []struct {
		do, want  string
		low, high int
	}{
		{"processes", "resource temporarily unavailable", 900, sandbox.MaxProcesses},
		{"files", "too many open files", 900, sandbox.MaxFiles},
		{"fill", "no space left on device", 500, 512},
	} {
		t.Run(test.do, func(t *testing.T) {
			got := into[attacked](t, w.invoke(attacker, map[string]any{"do": test.do}))
			n, _ := strconv.Atoi(got.Got)
			if n < test.low || n > test.high || !strings.Contains(got.Error, test.want) {
				t.Errorf("got %d and %q, want %d to %d and %q", n, got.Error, test.low, test.high, test.want)
			}
		})
	}
	t.Run("forging another environment's answer", func(t *testing.T) {
		const id = "11111111-2222-4333-8444-555555555555"
		done := make(chan engine.Invocation, 1)
		go func() {
			payload, _ := json.Marshal(map[string]any{"do": "sleep", "ms": 3000, "text": "the victim works"})
			inv, err := victim.Invoke(context.Background(), engine.Request{RequestID: id, Payload: payload})
			if err != nil {
				t.Error(err)
			}
			done <- inv
		}()
		w.log.await(t, "the victim works", 1)
		forged := w.invoke(attacker, map[string]any{"do": "forge", "text": id})
		inv := <-done
		if got := into[attacked](t, forged); got.Got != "" || got.Error == "" {
			t.Errorf("got %+v, want a refusal", got)
		}
		if strings.Contains(string(inv.Payload), "forged") || inv.FunctionError != "" {
			t.Errorf("got %s, want the victim's own answer", inv.Payload)
		}
	})
	if got := into[echo](t, w.invoke(victim, nil)); got.Calls != 3 {
		t.Errorf("got call %d, want the victim to have lived on", got.Calls)
	}
}

// TestLimitsHoldAfterAnEscape: at 512 MB a loop gets what the quota says, and
// nobody gets 900 MB, whatever the function has tried before.
func TestLimitsHoldAfterAnEscape(t *testing.T) {
	w := real(t, engine.Options{})
	w.limited(t)
	f := w.function("attacker")
	f.MemoryMB, f.Timeout = 512, time.Minute
	env := w.spawn(f)
	for _, do := range []string{"lift-limits", "write-limits"} {
		w.invoke(env, map[string]any{"do": do})
	}
	inv := w.invoke(env, map[string]any{"do": "spin", "ms": 2000})
	got := time.Duration(into[attacked](t, inv).CPUNs)
	if most := time.Duration(0.3*float64(inv.Duration)) + 10*time.Millisecond; got > most {
		t.Errorf("got %v of CPU time in %v, want at most %v", got, inv.Duration, most)
	}
	if inv := w.invoke(env, map[string]any{"do": "touch", "mb": 900}); inv.FunctionError == "" {
		t.Error("900 MB could be taken at 512 MB")
	}
}

// TestEveryEnvironmentHasAUserOfItsOwn, with Lambda's name for it.
func TestEveryEnvironmentHasAUserOfItsOwn(t *testing.T) {
	w := real(t, engine.Options{})
	needWalls(t, w, "user")
	users := map[string]bool{}
	for range 2 {
		env := w.spawn(w.function("handler"))
		pid := w.onHost(into[echo](t, w.invoke(env, nil)).PID)
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			t.Fatal(err)
		}
		_, uid, _ := strings.Cut(string(status), "\nUid:")
		uid = strings.Fields(uid)[0]
		passwd, err := os.ReadFile(fmt.Sprintf("/proc/%d/root/etc/passwd", pid))
		if err != nil || !strings.Contains(string(passwd), "sbx_user1051:x:"+uid+":") {
			t.Errorf("got user %s and %q (%v), want sbx_user1051", uid, passwd, err)
		}
		users[uid] = true
		if err := env.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(users) != 2 || users["0"] {
		t.Errorf("got users %v, want two and not root", users)
	}
}

// TestTempOutlivesTheRuntime, as on Lambda: what it is started again with.
func TestTempOutlivesTheRuntime(t *testing.T) {
	w := real(t, engine.Options{})
	env := w.spawn(w.function("handler"))
	w.invoke(env, map[string]any{"do": "lock"})
	w.invoke(env, map[string]any{"do": "exit", "code": 1})
	if inv := w.invoke(env, map[string]any{"do": "await", "text": "/tmp/locked/inside"}); inv.FunctionError != "" {
		t.Errorf("got %s, want the file that was there before", inv.Payload)
	}
}

// TestHostNetworkIsAskedFor: beyond its two ports a function reaches this machine
// only where its manifest says network: host.
func TestHostNetworkIsAskedFor(t *testing.T) {
	w := real(t, engine.Options{})
	needWalls(t, w, "network")
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	connect := map[string]any{"do": "connect", "addr": tcp.Addr().String()}

	private := w.function("attacker")
	if got := into[attacked](t, w.invoke(w.spawn(private), connect)); !strings.Contains(got.Error, "connection refused") {
		t.Errorf("without it: got %q and the error %q, want a refusal", got.Got, got.Error)
	}
	host := w.function("attacker")
	host.HostNetwork = true
	if got := into[attacked](t, w.invoke(w.spawn(host), connect)); got.Got != "done" {
		t.Errorf("with it: got %q and the error %q, want a connection", got.Got, got.Error)
	}
}
