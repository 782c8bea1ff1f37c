// Command emulator puts the engine's own cost beside that of AWS's Runtime
// Interface Emulator: the same zip, the same event by Invoke, in alternating
// blocks, each with everything on that it has. It prints a table of client times.
//
//	go run ./test/emulator dist/go-x86_64.zip
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// emulator is its Go module, at the version that the table names.
const (
	emulator        = "github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie"
	emulatorVersion = "v0.0.0-20261030222936-bef5c4ba774d"
)

func main() {
	calls := flag.Int("calls", 1200, "calls of each in a block")
	blocks := flag.Int("blocks", 8, "blocks of each")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, flag.Args(), *calls, *blocks); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string, calls, blocks int) (err error) {
	if len(arguments) != 1 {
		return errors.New("want one argument, the zip of the Go function: go run ./test/emulator dist/go-x86_64.zip")
	}
	dir, err := os.MkdirTemp("", "emulator-*")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	theirs, end, err := startEmulator(ctx, dir, arguments[0])
	if err != nil {
		return err
	}
	defer end()
	ours, stop, err := startServe(ctx)
	if err != nil {
		return err
	}
	defer stop()
	event, err := gateway.ToEvent(gateway.Request{
		Method: http.MethodGet, RawPath: "/go/health", Host: "localhost", Resource: "/go/{proxy+}",
		Header: http.Header{"Accept": {"application/json"}}, Stage: "dev", RequestID: gateway.NewID(), Time: time.Now(),
	})
	if err != nil {
		return err
	}
	sides := []*side{{name: "bench serve", url: ours}, {name: "aws-lambda-rie " + emulatorVersion, url: theirs}}
	for block := range blocks + 1 {
		for i := range sides {
			s := sides[(block+i)%len(sides)] // neither is always first
			times, err := s.block(ctx, event, calls)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if block > 0 { // the first warms both up
				s.times = append(s.times, times...)
			}
		}
	}
	return table(os.Stdout, sides)
}

type side struct {
	name, url string
	times     []float64 // ms
}

// block calls one after the other over one connection, without a pause.
func (s *side) block(ctx context.Context, event []byte, calls int) ([]float64, error) {
	var times []float64
	for range calls {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(event))
		if err != nil {
			return nil, err
		}
		start := time.Now()
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, err
		}
		answer, err := io.ReadAll(response.Body)
		times = append(times, float64(time.Since(start))/float64(time.Millisecond))
		if err := errors.Join(err, response.Body.Close()); err != nil {
			return nil, err
		}
		if response.StatusCode != http.StatusOK || !bytes.Contains(answer, []byte(`"statusCode":200`)) {
			return nil, fmt.Errorf("got %s: %s", response.Status, answer)
		}
	}
	return times, nil
}

func table(out io.Writer, sides []*side) error {
	shares := []float64{0.5, 0.95, 0.99}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "ms\tp50\tp95\tp99\tn\t")
	for _, s := range sides {
		slices.Sort(s.times)
		fmt.Fprintf(w, "%s\t", s.name)
		for _, share := range shares {
			fmt.Fprintf(w, "%.3f\t", stats.Quantile(s.times, share))
		}
		fmt.Fprintf(w, "%d\t\n", len(s.times))
	}
	fmt.Fprint(w, "ratio\t")
	for _, share := range shares {
		fmt.Fprintf(w, "%.2f\t", stats.Quantile(sides[0].times, share)/stats.Quantile(sides[1].times, share))
	}
	fmt.Fprintln(w, "\t")
	return w.Flush()
}

// startServe starts this project's server and waits until it listens. It gives
// the function one CPU, 1,769 MB, the freezer and its meters; the emulator
// limits, freezes and meters nothing.
func startServe(ctx context.Context) (url string, end func(), err error) {
	command := exec.CommandContext(ctx, filepath.Join("bin", "bench"), "serve", "--runtime", "go", "--addr", "127.0.0.1:0")
	lines := &watched{mark: "listening on ", found: make(chan string, 1)}
	command.Stdout, command.Stderr = lines, lines
	if end, err = start(command); err != nil {
		return "", nil, err
	}
	base, err := lines.wait(ctx)
	if err != nil {
		end()
		return "", nil, fmt.Errorf("start bench serve: %w", err)
	}
	return base + "/2015-03-31/functions/multi-runtime-benchmark-go-dev/invocations", end, nil
}

// startEmulator builds the emulator, unpacks the zip and waits until it answers.
func startEmulator(ctx context.Context, dir, zip string) (url string, end func(), err error) {
	install := exec.CommandContext(ctx, "go", "install", emulator+"@"+emulatorVersion)
	install.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=-mod=mod", "CGO_ENABLED=0")
	install.Stderr = os.Stderr
	if err := install.Run(); err != nil {
		return "", nil, fmt.Errorf("build %s: %w", emulator, err)
	}
	code := filepath.Join(dir, "code")
	if err := engine.Unpack(zip, code); err != nil {
		return "", nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return "", nil, err
	}
	api, err := freeAddress()
	if err != nil {
		return "", nil, err
	}
	command := exec.CommandContext(ctx, filepath.Join(dir, "aws-lambda-rie"), "--runtime-interface-emulator-address", address,
		"--runtime-api-address", api, filepath.Join(code, "bootstrap"))
	command.Dir = code
	command.Env = append(os.Environ(), "TABLE_NAME=none", "AWS_REGION=us-east-1", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=1769")
	if end, err = start(command); err != nil {
		return "", nil, err
	}
	for {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			return "http://" + address + "/2015-03-31/functions/function/invocations", end, connection.Close()
		}
		select {
		case <-ctx.Done():
			end()
			return "", nil, context.Cause(ctx)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}

func start(command *exec.Cmd) (end func(), err error) {
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", command.Path, err)
	}
	return func() {
		_ = command.Cancel() // it may have ended
		_ = command.Wait()
	}, nil
}

// watched looks for the rest of a line behind a mark.
type watched struct {
	mark  string
	found chan string
	text  strings.Builder
	done  bool
}

func (w *watched) Write(b []byte) (int, error) {
	if w.done {
		return len(b), nil
	}
	w.text.Write(b)
	_, rest, ok := strings.Cut(w.text.String(), w.mark)
	if line, _, whole := strings.Cut(rest, "\n"); ok && whole {
		w.found <- strings.Fields(line)[0]
		w.done = true
	}
	return len(b), nil
}

func (w *watched) wait(ctx context.Context) (string, error) {
	select {
	case line := <-w.found:
		return line, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case <-time.After(2 * time.Minute):
		return "", fmt.Errorf("it does not listen: %s", w.text.String())
	}
}
