package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
)

// floor is what an invocation costs without an engine: a server of the two bare
// exchanges, next and response, for the same function in the same kind of box.
// It does not parse, allocate, lock or hand over: one goroutine that reads until
// a request is complete and writes bytes that were made before.
type floor struct {
	listener net.Listener
	conn     net.Conn
	buffer   []byte
}

var (
	floorEvent = []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" +
		"Lambda-Runtime-Aws-Request-Id: 8f507cfc-6e64-49fb-b187-94ba9b60b59a\r\nLambda-Runtime-Deadline-Ms: 4102444800000\r\n" +
		"Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:probe\r\n" +
		"Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=29c3839e6ecb5895;Sampled=0\r\n" +
		"Content-Length: 2\r\n\r\n{}")
	floorAccepted = []byte("HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n")
)

func newFloor(b testing.TB) *floor {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { listener.Close() })
	return &floor{listener: listener, buffer: make([]byte, 16<<10)}
}

// ready waits for the function's first next.
func (f *floor) ready(b testing.TB) {
	conn, err := f.listener.Accept()
	if err != nil {
		b.Fatal(err)
	}
	f.conn = conn
	if err := f.request(); err != nil {
		b.Fatal(err)
	}
}

// request reads one request whole.
func (f *floor) request() error {
	n := 0
	for {
		m, err := f.conn.Read(f.buffer[n:])
		if err != nil {
			return err
		}
		n += m
		head := bytes.Index(f.buffer[:n], []byte("\r\n\r\n"))
		switch {
		case head < 0:
		case bytes.HasPrefix(f.buffer[:n], []byte("GET ")), bytes.HasSuffix(f.buffer[:n], []byte("0\r\n\r\n")) && head+4 < n:
			return nil // no body, or the end of a chunked one
		}
	}
}

// exchange is one invocation.
func (f *floor) exchange() error {
	if _, err := f.conn.Write(floorEvent); err != nil {
		return err
	}
	if err := f.request(); err != nil {
		return err
	}
	if _, err := f.conn.Write(floorAccepted); err != nil {
		return err
	}
	return f.request()
}

func floorEnv(addr string) []string {
	return []string{"AWS_LAMBDA_RUNTIME_API=" + addr, "_HANDLER=bootstrap", "EMPTY=1", "TMPDIR=/tmp"}
}

func percentile(d []time.Duration, p float64) time.Duration {
	s := slices.Clone(d)
	slices.Sort(s)
	return s[min(len(s)-1, int(p*float64(len(s))))]
}

func us(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// BenchmarkInvoke is the engine's own cost of an invocation of an empty handler,
// beside the floor, call by call. Run it alone on an idle machine:
//
//	go test ./internal/engine -run '^$' -bench Invoke -benchtime 5000x
func BenchmarkInvoke(b *testing.B) {
	for name, o := range map[string]engine.Options{"freezer=off": {NoFreezer: true}, "freezer=on": {}} {
		b.Run(name, func(b *testing.B) {
			w := real(b, o)
			f := w.function("handler", "EMPTY", "1")
			env := w.spawn(f)
			fl := newFloor(b)
			box, err := w.box.Start(context.Background(), floorSpec(b, w, fl.listener.Addr().String()))
			if err != nil {
				b.Fatal(err)
			}
			defer box.Kill()
			fl.ready(b)
			if err := box.LimitCPU(engine.CPUQuota(engine.DefaultMemoryMB)); err != nil {
				b.Fatal(err)
			}
			request := engine.Request{Payload: []byte("{}")}
			var mine, bare, inner []time.Duration
			round := func() {
				start := time.Now()
				inv, err := env.Invoke(context.Background(), request)
				mine = append(mine, time.Since(start))
				inner = append(inner, inv.Duration)
				if err != nil || inv.FunctionError != "" {
					b.Fatalf("got %v, %s", err, inv.Payload)
				}
				start = time.Now()
				if err := fl.exchange(); err != nil {
					b.Fatal(err)
				}
				bare = append(bare, time.Since(start))
			}
			for range 200 {
				round()
			}
			mine, bare, inner = nil, nil, nil
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				round()
			}
			b.StopTimer()
			for _, p := range []float64{0.1, 0.5, 0.99} {
				suffix := fmt.Sprintf("-p%.0f", 100*p)
				b.ReportMetric(us(percentile(bare, p)), "floor-µs"+suffix)
				b.ReportMetric(us(percentile(mine, p)), "engine-µs"+suffix)
				b.ReportMetric(us(percentile(inner, p)), "duration-µs"+suffix)
				b.ReportMetric(float64(percentile(mine, p))/float64(percentile(bare, p)), "ratio"+suffix)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

func floorSpec(b testing.TB, w *world, addr string) sandbox.Spec {
	temp := filepath.Join(w.box.RunDir(), "floor")
	if err := os.MkdirAll(temp, 0o777); err != nil {
		b.Fatal(err)
	}
	s := sandbox.Spec{
		ID: "floor", HostNetwork: true, Command: []string{"./bootstrap"}, Env: floorEnv(addr), Dir: code(b, "handler"),
		MemoryMB: engine.DefaultMemoryMB, CPUs: engine.VisibleCPUs(engine.DefaultMemoryMB),
	}
	if w.box.Namespaces() {
		s.Dir = "/var/task"
		s.Mounts = []sandbox.Mount{{Source: code(b, "handler"), Target: "/var/task", ReadOnly: true}, {Source: temp, Target: "/tmp"}}
	}
	return s
}

// BenchmarkSleep is how much longer than a handler slept its call is measured,
// beside what an exchange costs with a handler that does nothing, call by call in
// the same environment: "unexplained-%" is what is left, of the 50 ms. Run it alone:
//
//	go test ./internal/engine -run '^$' -bench Sleep -benchtime 100x
func BenchmarkSleep(b *testing.B) {
	w := real(b, engine.Options{})
	env := w.spawn(w.function("handler"))
	var over, cost []time.Duration
	for range b.N {
		inv := w.invoke(env, map[string]any{"do": "sleep", "ms": 50})
		slept := time.Duration(into[struct{ SleptNs int64 }](b, inv).SleptNs)
		over = append(over, inv.Response-slept)
		cost = append(cost, w.invoke(env, nil).Response)
	}
	more, exchange := percentile(over, 0.5), percentile(cost, 0.5)
	b.ReportMetric(us(more), "over-µs-p50")
	b.ReportMetric(us(exchange), "exchange-µs-p50")
	b.ReportMetric(100*float64(more-exchange)/float64(50*time.Millisecond), "unexplained-%")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSpawn is an environment's start beside a bare fork and exec of the
// same function, from the call until its first next. What the engine calls init
// starts with the execution; the cage is built before.
func BenchmarkSpawn(b *testing.B) {
	w := real(b, engine.Options{})
	f := w.function("handler", "EMPTY", "1")
	bootstrap := filepath.Join(code(b, "handler"), "bootstrap")
	var mine, init, bare, end []time.Duration
	for range b.N {
		start := time.Now()
		env, err := w.engine.Start(context.Background(), f)
		if err != nil {
			b.Fatal(err)
		}
		mine = append(mine, time.Since(start))
		init = append(init, env.Init().Wall)
		start = time.Now()
		if err := env.Close(); err != nil {
			b.Fatal(err)
		}
		end = append(end, time.Since(start))

		fl := newFloor(b)
		command := exec.Command(bootstrap)
		command.Env = floorEnv(fl.listener.Addr().String())
		command.Stdout, command.Stderr = io.Discard, io.Discard
		start = time.Now()
		if err := command.Start(); err != nil {
			b.Fatal(err)
		}
		fl.ready(b)
		bare = append(bare, time.Since(start))
		command.Process.Kill()
		command.Wait()
		fl.conn.Close()
		fl.listener.Close()
	}
	ms := func(d time.Duration) float64 { return us(d) / 1000 }
	for name, list := range map[string][]time.Duration{"bare": bare, "init": init, "start": mine, "close": end} {
		b.ReportMetric(ms(percentile(list, 0.5)), name+"-ms-p50")
		b.ReportMetric(ms(percentile(list, 0.99)), name+"-ms-p99")
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkLogs: what a chatty function costs the engine.
func BenchmarkLogs(b *testing.B) {
	w := real(b, engine.Options{NoFreezer: true})
	env := w.spawn(w.function("handler"))
	payload := []byte(`{"do":"printmuch","text":"0123456789\n","bytes":` + strconv.Itoa(100_000) + `}`)
	b.SetBytes(100_000)
	for b.Loop() {
		if _, err := env.Invoke(context.Background(), engine.Request{Payload: payload}); err != nil {
			b.Fatal(err)
		}
	}
}
