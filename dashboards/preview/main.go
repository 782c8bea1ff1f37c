// Command preview draws the dashboards into an HTML page from the very bodies that
// are deployed, with samples that it makes up: so that a board is looked at in a
// browser, and in a pull request, before anybody deploys it.
//
//	go run ./dashboards/preview -out board.html
//	go run ./dashboards/preview -out prod.html environment=prod
//
// It follows CloudWatch in what is said and how values come about: statistics,
// formulas, ranges, axes, places. It refuses to know Go's widgets: what is not in
// the body is not on the page.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/dashboards"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

func main() { os.Exit(run(os.Args[1:], ".", os.Stderr)) }

// run is the whole program: it returns the exit code (0 fine, 1 failed, 2 called wrongly).
func run(args []string, root string, stderr io.Writer) int {
	flags := flag.NewFlagSet("preview", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", "dashboard.html", "the page")
	if flags.Parse(args) != nil {
		return 2
	}
	err := write(root, *out, flags.Args())
	if err == nil {
		fmt.Fprintln(stderr, *out)
		return 0
	}
	fmt.Fprintln(stderr, "error:", err)
	if hint := fault.Hint(err); hint != "" {
		fmt.Fprintln(stderr, "hint:", hint)
	}
	if fault.IsUsage(err) {
		return 2
	}
	return 1
}

// write draws the boards of the deployment that the choices describe.
func write(root, out string, choices []string) error {
	context := map[string]any{}
	for _, choice := range choices {
		name, value, _ := strings.Cut(choice, "=")
		context[name] = value
	}
	runtimes, err := config.Discover(root)
	if err != nil {
		return err
	}
	version, err := config.ReadVersion(root)
	if err != nil {
		return err
	}
	d, err := config.ParseContext(context, runtimes, version)
	if err != nil {
		return err
	}
	var boards []board
	for _, b := range dashboards.New(d) {
		parsed, err := parse(b.Name, b.Body())
		if err != nil {
			return fmt.Errorf("read the body of %s: %w", b.Name, err)
		}
		boards = append(boards, parsed)
	}
	var names []string
	for _, r := range d.Runtimes {
		names = append(names, r.Runtime.Name)
	}
	text, err := page(boards, samples{runtimes: names})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return os.WriteFile(out, []byte(text), 0o644)
}
