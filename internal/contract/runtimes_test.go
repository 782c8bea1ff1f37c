//go:build unix

package contract_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/api"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract/contractdb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/toolchain"
)

// TestRuntimes asks every runtime of the repository, as a plain server, and
// then compares their answers. Building all of them takes minutes, so it runs on
// request only: BENCH_TEST_CONTRACT=all, or names with commas between them.
// The gate of a benchmark asks the same of the very artifacts.
func TestRuntimes(t *testing.T) {
	wanted := os.Getenv("BENCH_TEST_CONTRACT")
	if wanted == "" {
		t.Skip("set BENCH_TEST_CONTRACT=all, or to names of runtimes, to ask them")
	}
	runtimes, err := config.Discover("../..")
	if err != nil {
		t.Fatal(err)
	}
	suite, err := contract.Load(api.Files)
	if err != nil {
		t.Fatal(err)
	}
	cache := cacheDir(t)
	db, err := dynamodb.Start(t.Context(), dynamodb.Options{CacheDir: cache})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tap, err := dynamodb.NewTap(db.Endpoint(), dynamodb.TapOptions{Record: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tap.Close()

	var reports []contract.Report
	for _, runtime := range runtimes {
		if wanted != "all" && !slices.Contains(strings.Split(wanted, ","), runtime.Name) {
			continue
		}
		t.Run(runtime.Name, func(t *testing.T) {
			port, err := tap.Open()
			if err != nil {
				t.Fatal(err)
			}
			client, err := contract.NewHTTPClient(serve(t, runtime, cache, map[string]string{
				"AWS_ENDPOINT_URL_DYNAMODB":   port.URL(),
				"TABLE_NAME":                  db.TableName(),
				"AWS_ACCESS_KEY_ID":           dynamodb.LocalAccessKeyID,
				"AWS_SECRET_ACCESS_KEY":       dynamodb.LocalSecretAccessKey,
				"AWS_REGION":                  dynamodb.LocalRegion,
				"AWS_EC2_METADATA_DISABLED":   "true",
				"DYNAMODB_ATTEMPT_TIMEOUT_MS": "500",
				"APP_VERSION":                 "1.2.3-test",
			}))
			if err != nil {
				t.Fatal(err)
			}
			known, err := contract.LoadKnownFailing(runtime.Dir)
			if err != nil {
				t.Fatal(err)
			}
			report, err := contract.Run(t.Context(), suite, client, contract.Options{
				Runtime: runtime.Name, Prefixes: runtime.Prefixes, Levels: []contract.Level{contract.HTTP}, SourceIP: "127.0.0.1",
				Version: "1.2.3-test", KnownFailing: known,
				Rows:   contractdb.Rows{Client: db.Client(), Table: db.TableName()},
				Faults: contractdb.Faults{Port: port},
			})
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			report.Print(&out)
			t.Log(out.String())
			if report.Failed() {
				t.Errorf("%s does not keep the contract", runtime.Name)
			}
			reports = append(reports, report)
		})
	}
	if len(reports) == 0 && !t.Failed() {
		t.Fatalf("no runtime is called %s", wanted)
	}
	if differences := contract.Differences(reports...); len(differences) > 0 {
		var out strings.Builder
		contract.PrintDifferences(&out, differences)
		t.Errorf("the runtimes differ:\n%s", out.String())
	}
}

func cacheDir(t *testing.T) string {
	if dir := os.Getenv("BENCH_CACHE_DIR"); dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "multi-runtime-benchmark")
}

// serve starts a runtime's plain server and returns its URL once it listens.
func serve(t *testing.T, runtime config.Runtime, cache string, env map[string]string) string {
	t.Helper()
	if runtime.Serve == nil {
		t.Skip("it has no plain server")
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()

	command := exec.Command("sh", "-eu", "-c", runtime.Serve.Command)
	command.Dir = runtime.Dir
	command.Env = append(os.Environ(), runtime.Serve.PortEnv+"="+strconv.Itoa(port), "BENCH_CACHE="+cache)
	for name, value := range env {
		command.Env = append(command.Env, name+"="+value)
	}
	for _, tool := range runtime.Toolchain {
		found, err := toolchain.Find(t.Context(), tool)
		if err != nil {
			t.Skip(err)
		}
		command.Env = append(command.Env, toolchain.Variable(tool.Tool)+"="+found.Path)
	}
	var output strings.Builder
	command.Stdout, command.Stderr = &output, &output
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	t.Cleanup(func() { syscall.Kill(-command.Process.Pid, syscall.SIGKILL) })

	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return "http://" + address
		}
		select {
		case err := <-ended:
			t.Fatalf("the server ended: %v\n%s", err, output.String())
		case <-t.Context().Done():
			t.Fatal(fmt.Errorf("wait for the server: %w", t.Context().Err()))
		case <-time.After(50 * time.Millisecond):
		}
	}
}
