package dynamodb

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb/builtin"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/toolchain"
)

func start(t *testing.T, o Options) *Database {
	t.Helper()
	o.CacheDir = testCache()
	db, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func hostPort(t *testing.T, db *Database) string {
	t.Helper()
	u, err := url.Parse(db.Endpoint())
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func tables(t *testing.T, db *Database) []string {
	t.Helper()
	output, err := db.client.ListTables(t.Context(), &dynamodb.ListTablesInput{})
	if err != nil {
		t.Fatal(err)
	}
	return output.TableNames
}

func TestDynaliteSaysWhatItRunsOn(t *testing.T) {
	if got := start(t, Options{Kind: Dynalite}).Describe(); got.Name != "dynalite" || got.Version != dynaliteVersion || !strings.HasPrefix(got.Runtime, "node ") {
		t.Errorf("description: got %+v", got)
	}
}

func TestTwoAtOnceAndNothingLeftAfterClose(t *testing.T) {
	one := start(t, Options{})
	two := start(t, Options{TableName: "other"})

	if got, want := tables(t, one), []string{"multi-runtime-benchmark-items-dev"}; !slices.Equal(got, want) {
		t.Errorf("tables of the first: got %v, want %v", got, want)
	}
	if got, want := tables(t, two), []string{"other"}; !slices.Equal(got, want) {
		t.Errorf("tables of the second: got %v, want %v", got, want)
	}
	output, err := two.client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("other")})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := output.Table.TableStatus, types.TableStatusActive; got != want {
		t.Errorf("status of the table: got %s, want %s", got, want)
	}
	if got := one.Describe(); got.Kind != Builtin || got.Version != builtin.Version {
		t.Errorf("description: got %+v", got)
	}

	pid, address := one.PID(), hostPort(t, one)
	if err := syscall.Kill(pid, 0); err != nil {
		t.Fatalf("the process %d should be alive: %v", pid, err)
	}
	for range 2 {
		if err := one.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Kill(-pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process group after Close: got %v, want %v", err, syscall.ESRCH)
	}
	if conn, err := net.Dial("tcp", address); err == nil {
		conn.Close()
		t.Errorf("%s still answers after Close", address)
	}
	if err := one.Err(); err != nil {
		t.Errorf("Err after Close: got %v, want none", err)
	}
	if got := len(tables(t, two)); got != 1 {
		t.Errorf("the second database after the first was closed: got %d tables, want 1", got)
	}
}

func TestListensOnLoopbackOnly(t *testing.T) {
	for _, kind := range kinds {
		if kind != Local { // it has no way to be told, see its Notice
			t.Run(string(kind), func(t *testing.T) { listensOnLoopbackOnly(t, start(t, Options{Kind: kind})) })
		}
	}
}

func listensOnLoopbackOnly(t *testing.T, db *Database) {
	_, port, err := net.SplitHostPort(hostPort(t, db))
	if err != nil {
		t.Fatal(err)
	}
	addresses := []string{"127.0.0.2"} // a server on all interfaces would answer here too
	others, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range others {
		if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLoopback() && ip.IP.To4() != nil {
			addresses = append(addresses, ip.IP.String())
		}
	}
	for _, a := range addresses {
		if conn, err := net.Dial("tcp", net.JoinHostPort(a, port)); err == nil {
			conn.Close()
			t.Errorf("it answers on %s", a)
		}
	}
}

func TestSurvivesARequestThatBreaksOff(t *testing.T) { eachKind(t, survivesARequestThatBreaksOff) }

func survivesARequestThatBreaksOff(t *testing.T, db *Database) {
	for _, request := range []string{
		"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
		"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
	} {
		conn, err := net.Dial("tcp", hostPort(t, db))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(request)); err != nil {
			t.Fatal(err)
		}
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}
	// Servers accept in order, so that the broken ones have been met by then.
	for range 3 {
		if err := db.client.ping(t.Context(), db.table); err != nil {
			t.Fatalf("after broken requests: %v", err)
		}
	}
}

func TestDeathIsReported(t *testing.T) {
	db := start(t, Options{})
	if err := syscall.Kill(db.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-db.Done()
	if got, want := db.Err(), "the local database ended by itself (signal: killed)"; got == nil || got.Error() != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestDeathBringsTheLastWords(t *testing.T) {
	child, err := startProcess(exec.Command("/bin/sh", "-c", "echo one >&2; echo two >&2; exit 3"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = child.announced(t.Context())
	if got, want := err.Error(), "the local database ended by itself (exit status 3):\n  one\n  two"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEndsWithTheProgramThatStartedIt(t *testing.T) {
	for _, kind := range []Kind{Builtin, Dynalite} {
		db := start(t, Options{Kind: kind})
		db.process.stdin.Close() // what the kernel does when that program dies
		<-db.Done()
		if got := db.process.command.ProcessState.ExitCode(); got != 0 {
			t.Errorf("%s: exit code: got %d, want 0", kind, got)
		}
	}
}

func TestPortTaken(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := listener.Addr().(*net.TCPAddr).Port

	for _, kind := range []Kind{Builtin, Dynalite} {
		_, err = Start(t.Context(), Options{Kind: kind, CacheDir: testCache(), Port: port})
		if err == nil || !strings.Contains(err.Error(), "on port "+strconv.Itoa(port)) || !portTaken(err) {
			t.Errorf("%s: got %v", kind, err)
		}
		if got, want := fault.Hint(err), "name another port, or 0 for any free one"; got != want {
			t.Errorf("%s: hint: got %q, want %q", kind, got, want)
		}
	}
}

func TestNamedPort(t *testing.T) {
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	db := start(t, Options{Port: port})
	if got, want := db.Endpoint(), "http://127.0.0.1:"+strconv.Itoa(port); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMissingTools(t *testing.T) {
	empty := t.TempDir()
	node := filepath.Join(empty, "node")
	found := func(context.Context, config.Tool) (toolchain.Found, error) {
		return toolchain.Found{Path: node, Version: "20.0.0"}, nil
	}
	t.Setenv("PATH", empty)
	for name, c := range map[string]struct {
		options   Options
		err, hint string
	}{
		"npm": {
			Options{Kind: Dynalite, Find: found}, "npm is neither beside " + node + " nor on the PATH", "install npm",
		},
		"node": {
			Options{Kind: Dynalite}, "no node >=18 found", "dynalite runs on Node.js",
		},
		"dynoxide": {
			Options{Kind: Dynoxide}, "no dynoxide >=1.5 found", "install it, which takes minutes: cargo install",
		},
		"mvn": {
			Options{Kind: Local, Find: found}, "mvn is not on the PATH", "install Maven",
		},
	} {
		c.options.CacheDir = t.TempDir()
		_, err := Start(t.Context(), c.options)
		if err == nil || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: got %v, want %s", name, err, c.err)
		}
		if got := fault.Hint(err); !strings.HasPrefix(got, c.hint) {
			t.Errorf("%s: hint: got %q, want %q…", name, got, c.hint)
		}
		if left, err := os.ReadDir(c.options.CacheDir); err != nil || len(left) > 0 {
			t.Errorf("%s: left in the cache folder: %v %v", name, left, err)
		}
	}
}

func TestWrongOptions(t *testing.T) {
	for name, c := range map[string]struct {
		options Options
		err     string
	}{
		"kind":              {Options{Kind: "mysql"}, `unknown database "mysql"`},
		"endpoint and kind": {Options{Kind: Local, Endpoint: "http://localhost:1"}, "takes no endpoint"},
		"no endpoint":       {Options{Kind: Endpoint}, `the database endpoint "" is not a URL`},
		"not a URL":         {Options{Endpoint: "localhost:8000"}, "is not a URL"},
		"a path":            {Options{Endpoint: "http://localhost:8000/x"}, "is not a URL of the form http://host:port"},
		"port":              {Options{Port: 70000}, "database port 70000"},
	} {
		_, err := Start(t.Context(), c.options)
		if err == nil || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: got %v, want %s", name, err, c.err)
		}
		if !fault.IsUsage(err) || fault.Hint(err) == "" {
			t.Errorf("%s: want a usage error with a hint, got %v", name, err)
		}
	}
}

func TestInstallAtOnce(t *testing.T) {
	cache := t.TempDir()
	files := fstest.MapFS{"thing/a": {Data: []byte("a")}}
	const programs = 4
	var here, all sync.WaitGroup
	here.Add(programs)
	dirs := make([]string, programs)
	for i := range programs {
		all.Go(func() {
			dir, err := install(t.Context(), Options{CacheDir: cache}, files, "thing", func(_ context.Context, dir string) error {
				here.Done()
				here.Wait() // all of them are installing by now
				return os.WriteFile(filepath.Join(dir, "b"), []byte(strconv.Itoa(i)), 0o644)
			})
			if err != nil {
				t.Error(err)
			}
			dirs[i] = dir
		})
	}
	all.Wait()
	if got := slices.Compact(dirs); len(got) != 1 {
		t.Errorf("folders: got %v, want one", got)
	}
	entries, err := os.ReadDir(cache)
	if err != nil || len(entries) != 1 {
		t.Errorf("in the cache: got %v %v, want one folder", entries, err)
	}
	var names []string
	fs.WalkDir(os.DirFS(dirs[0]), ".", func(path string, _ fs.DirEntry, _ error) error {
		names = append(names, path)
		return nil
	})
	if want := []string{".", "a", "b"}; !slices.Equal(names, want) {
		t.Errorf("installed: got %v, want %v", names, want)
	}
	_, err = install(t.Context(), Options{CacheDir: cache}, files, "thing", func(context.Context, string) error {
		return errors.New("installed again")
	})
	if err != nil {
		t.Errorf("a second time: %v", err)
	}
}

func TestInstallThatFailsTellsAndLeavesNothing(t *testing.T) {
	cache := t.TempDir()
	_, err := install(t.Context(), Options{CacheDir: cache}, fstest.MapFS{"thing/a": {}}, "thing", func(ctx context.Context, dir string) error {
		return runInstaller(ctx, exec.CommandContext(ctx, "/bin/sh", "-c", "echo no such host; exit 1"), "are you online?")
	})
	if err == nil || !strings.Contains(err.Error(), "exit status 1:\n  no such host") {
		t.Errorf("got %v", err)
	}
	if got, want := fault.Hint(err), "are you online?"; got != want {
		t.Errorf("hint: got %q, want %q", got, want)
	}
	if left, err := os.ReadDir(cache); err != nil || len(left) > 0 {
		t.Errorf("left in the cache folder: %v %v", left, err)
	}
}

func TestEndpointOnLoopbackGetsItsTable(t *testing.T) {
	host := start(t, Options{TableName: "first"})
	db, err := Start(t.Context(), Options{Endpoint: host.Endpoint() + "/", TableName: "second"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := tables(t, host), []string{"first", "second"}; !slices.Equal(got, want) {
		t.Errorf("tables: got %v, want %v", got, want)
	}
	if got, want := db.Endpoint(), host.Endpoint(); got != want {
		t.Errorf("endpoint: got %s, want %s", got, want)
	}
	if db.PID() != 0 || db.Err() != nil {
		t.Errorf("a database of somebody else: got pid %d, err %v", db.PID(), db.Err())
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := len(tables(t, host)); got != 2 {
		t.Errorf("tables after Close: got %d, want 2", got)
	}

	other := config.Table{
		Attributes:  []config.Attribute{{Name: "pk", Type: "N"}},
		Keys:        []config.Key{{Attribute: "pk", Type: "HASH"}},
		BillingMode: "PAY_PER_REQUEST",
	}
	_, err = Start(t.Context(), Options{Endpoint: host.Endpoint(), TableName: "second", Table: other})
	if err == nil || !strings.Contains(err.Error(), "has the key [id S HASH], want [pk N HASH]") {
		t.Errorf("another key: got %v", err)
	}
}

func TestEndpointElsewhereMustHaveItsTable(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "x")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "x")
	t.Setenv("AWS_REGION", "eu-west-1")
	db := testDatabase(t)
	c, err := remoteClient(t.Context(), db.Endpoint())
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if err := c.checkTable(t.Context(), db.TableName(), config.ItemsTable()); err != nil {
		t.Error(err)
	}
	err = c.checkTable(t.Context(), "missing", config.ItemsTable())
	if got, want := fault.Hint(err), "deploy the stack that makes the table, or name one that exists"; got != want {
		t.Errorf("hint: got %q, want %q (%v)", got, want, err)
	}
	if slices.Contains(tables(t, db), "missing") {
		t.Error("the table was made")
	}
	if err := c.round(t.Context(), db.TableName()); err != nil {
		t.Errorf("warm-up by reading: %v", err)
	}
}

func TestIsLoopback(t *testing.T) {
	for endpoint, want := range map[string]bool{
		"http://127.0.0.1:8000":                       true,
		"http://127.8.9.1":                            true,
		"http://[::1]:8000":                           true,
		"http://localhost:8000":                       true,
		"http://db.localhost:8000":                    true,
		"http://0.0.0.0:8000":                         false,
		"http://10.0.0.1:8000":                        false,
		"http://localhost.example.com":                false,
		"https://dynamodb.eu-central-1.amazonaws.com": false,
	} {
		if got := isLoopback(endpoint); got != want {
			t.Errorf("%s: got %v, want %v", endpoint, got, want)
		}
	}
}

func TestNothingAnswers(t *testing.T) {
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	_, err = Start(t.Context(), Options{Endpoint: "http://127.0.0.1:" + strconv.Itoa(port)})
	if err == nil || fault.Hint(err) == "" {
		t.Errorf("got %v with hint %q", err, fault.Hint(err))
	}
}

func TestNotice(t *testing.T) {
	if got := Notice(Local); !strings.Contains(got, "License Agreement") || !strings.Contains(got, localVersion) {
		t.Errorf("got %q", got)
	}
	if got := Notice(Dynoxide); !strings.Contains(got, "web pages") {
		t.Errorf("got %q", got)
	}
	for _, kind := range []Kind{Builtin, Dynalite, Endpoint} {
		if got := Notice(kind); got != "" {
			t.Errorf("%s: got %q, want none", kind, got)
		}
	}
}

func TestWarmLeavesNothing(t *testing.T) { eachKind(t, warmLeavesNothing) }

func warmLeavesNothing(t *testing.T, db *Database) {
	if err := db.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	output, err := db.client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(db.TableName())})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(output.Items); got != 0 {
		t.Errorf("items after the warm-up: got %d, want 0", got)
	}
	db.Close()
	if err := db.Warm(t.Context()); err == nil {
		t.Error("warming a closed database: want an error")
	}
}
