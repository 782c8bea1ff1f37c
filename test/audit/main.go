// Command audit says what the things that we deploy and ship consist of, under which
// licences that is, and what is known to be wrong with it:
//
//	go run ./test/audit sbom               writes bin/sbom/*.cdx.json (CycloneDX)
//	go run ./test/audit licences           holds their licences to the allow list
//	go run ./test/audit vulnerabilities    asks each ecosystem's database
//
// What could not be asked is never taken for fine: it is said, and the command fails
// unless --offline says that this is known. docs/dependencies.md describes all of it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

func main() {
	offline := flag.Bool("offline", false, "what can't be checked here is said, and is no failure")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, flag.Args(), *offline); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, what []string, offline bool) error {
	if len(what) == 0 {
		return fmt.Errorf("say what: sbom, licences or vulnerabilities")
	}
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	things, err := shipped(ctx, root)
	if err != nil {
		return err
	}
	t, err := installTools(ctx, root)
	if err != nil {
		return err
	}
	bills, err := t.writeBills(ctx, out, things)
	if err != nil {
		return err
	}
	var failed []string
	if slices.Contains(what, "licences") && !printLicences(out, bills) {
		failed = append(failed, "there are licences that are not on the list in test/audit/licences.go")
	}
	if slices.Contains(what, "vulnerabilities") {
		results := t.vulnerabilities(ctx, things, bills)
		found, unchecked := printResults(out, results)
		if found > 0 {
			failed = append(failed, fmt.Sprintf("%d known vulnerabilities", found))
		}
		if unchecked > 0 && !offline {
			failed = append(failed, fmt.Sprintf("%d things were not checked (--offline accepts that)", unchecked))
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%s", strings.Join(failed, "; "))
	}
	return nil
}

// result is what one check of one thing brought.
type result struct {
	tool, thing string
	checked     int // packages that were asked about
	found       []string
	// err is why it could not be checked.
	err error
}

func printResults(out io.Writer, results []result) (found, unchecked int) {
	for _, r := range results {
		switch {
		case r.err != nil:
			unchecked++
			fmt.Fprintf(out, "not checked: %s by %s: %v\n", r.thing, r.tool, r.err)
		case len(r.found) == 0:
			fmt.Fprintf(out, "nothing known: %s by %s, %d packages\n", r.thing, r.tool, r.checked)
		default:
			found += len(r.found)
			fmt.Fprintf(out, "VULNERABLE: %s by %s:\n  %s\n", r.thing, r.tool, strings.Join(r.found, "\n  "))
		}
	}
	fmt.Fprintf(out, "%d checks, %d known vulnerabilities, %d not checked\n", len(results), found, unchecked)
	return found, unchecked
}
