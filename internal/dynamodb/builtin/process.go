package builtin

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/frontdoor"
)

// Version changes with whatever the database answers or with what that costs, so
// that runs with different ones are told apart.
const Version = "1"

// processName is the first argument by which a program that has this package
// knows that it is to be the database: bench itself, or a test.
const processName = "bench-database"

func init() {
	if len(os.Args) == 2 && os.Args[0] == processName {
		os.Exit(serve(os.Args[1]))
	}
}

// Command starts this very program again, as a database that listens on a port
// of 127.0.0.1, 0 being any free one. It says on its first line of output where,
// and ends with its standard input.
func Command(port int) (*exec.Cmd, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("look for this program's own file: %w", err)
	}
	if runtime.GOOS == "linux" {
		path = "/proc/self/exe" // whatever has been put in the file's place since
	}
	return &exec.Cmd{Path: path, Args: []string{processName, strconv.Itoa(port)}}, nil
}

// gcPercent lets the heap grow to five times what the items take before it is
// cleaned: a collection takes time off both the database and a function.
const gcPercent = 400

func serve(port string) int {
	debug.SetGCPercent(gcPercent)
	// Threads that look for work beside the one that has it cost a call half as much
	// again, of time and of processor. A function asks one thing at a time.
	runtime.GOMAXPROCS(1)
	listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Printf("http://%s\n", listener.Addr())
	// No time-outs: a frozen environment comes back to its connection after minutes.
	fmt.Fprintln(os.Stderr, http.Serve(listener, door(NewHandler())))
	return 1
}

// door is frontdoor's rule, but for the port: a tap passes on the Host that a
// function gave it, and there are no pages here.
func door(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := frontdoor.Check(r, &net.UnixAddr{}); err != nil {
			contentType, body := frontdoor.Refusal(err)
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write(body)
			return
		}
		next.ServeHTTP(w, r)
	})
}
