package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// The transcripts under testdata are the specification of how bench talks. They
// run in folders of their own; $ROOT is the checkout, for its artifacts.

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"bench": main,
	})
}

func TestScripts(t *testing.T) {
	// Where these tests run under nohup, scripts would inherit that SIGHUP is ignored.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	cache := os.Getenv("BENCH_CACHE_DIR")
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(user, "multi-runtime-benchmark")
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: false,
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			env.Setenv("ARCH", hostArch())
			env.Setenv("HOME", os.Getenv("HOME")) // interpreters are looked for below it
			env.Setenv("BENCH_CACHE_DIR", cache)
			env.Setenv("NO_COLOR", "1")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// take-port NAME listens on a free loopback port until the script ends
			// and puts its number into the variable NAME.
			"take-port": func(ts *testscript.TestScript, _ bool, args []string) {
				listener, err := net.Listen("tcp", "127.0.0.1:0")
				ts.Check(err)
				ts.Defer(func() { listener.Close() }) //nolint:errcheck // the script is over
				ts.Setenv(args[0], fmt.Sprint(listener.Addr().(*net.TCPAddr).Port))
			},
			// take-free-port NAME puts the number of a port that was free into NAME.
			"take-free-port": func(ts *testscript.TestScript, _ bool, args []string) {
				listener, err := net.Listen("tcp", "127.0.0.1:0")
				ts.Check(err)
				ts.Check(listener.Close())
				ts.Setenv(args[0], fmt.Sprint(listener.Addr().(*net.TCPAddr).Port))
			},
			// evil-zip PATH replaces the artifact PATH.zip by one with the entry
			// ../evil, and mends the hashes and sizes in PATH.json.
			"evil-zip": func(ts *testscript.TestScript, _ bool, args []string) {
				path := ts.MkAbs(args[0])
				var archive bytes.Buffer
				w := zip.NewWriter(&archive)
				entry, err := w.Create("../evil")
				ts.Check(err)
				_, err = entry.Write([]byte("evil"))
				ts.Check(errors.Join(err, w.Close()))
				ts.Check(os.WriteFile(path+".zip", archive.Bytes(), 0o644))
				text, err := os.ReadFile(path + ".json")
				ts.Check(err)
				var meta map[string]any
				ts.Check(json.Unmarshal(text, &meta))
				sum := sha256.Sum256(archive.Bytes())
				meta["sha256"], meta["codeSha256"] = hex.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(sum[:])
				meta["packedBytes"], meta["unpackedBytes"] = archive.Len(), len("evil")
				text, err = json.Marshal(meta)
				ts.Check(err)
				ts.Check(os.WriteFile(path+".json", text, 0o644))
			},
			// draw-run PATH SEED [TEXT=TEXT]... writes a drawn run of two runtimes, with texts
			// of its JSON replaced, and RUNTIME*FACTOR for a slower init.
			"draw-run": func(ts *testscript.TestScript, _ bool, args []string) {
				seed, err := strconv.ParseUint(args[1], 10, 64)
				ts.Check(err)
				doc := resultstest.Document(resultstest.Options{Seed: seed, Runtimes: []string{"go", "python"}, Variants: []string{"stock"}, Environments: 12})
				doc.Started = doc.Started.AddDate(0, 0, int(seed))
				doc.Ended = doc.Ended.AddDate(0, 0, int(seed))
				var replacements []string
				for _, change := range args[2:] {
					if runtime, factor, ok := strings.Cut(change, "*"); ok {
						times, err := strconv.ParseFloat(factor, 64)
						ts.Check(err)
						for _, c := range doc.Configurations {
							for i := range c.Environments {
								if c.Runtime == runtime {
									c.Environments[i].Init.WallMs *= times
								}
							}
						}
						continue
					}
					from, to, ok := strings.Cut(change, "=")
					if !ok {
						ts.Fatalf("%s: want TEXT=TEXT or RUNTIME*FACTOR", change)
					}
					replacements = append(replacements, from, to)
				}
				path := ts.MkAbs(args[0])
				ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
				var text bytes.Buffer
				ts.Check(results.Encode(&text, doc))
				for i := 0; i < len(replacements); i += 2 {
					if !bytes.Contains(text.Bytes(), []byte(replacements[i])) {
						ts.Fatalf("draw-run: the document has no %s", replacements[i])
					}
				}
				ts.Check(os.WriteFile(path, []byte(strings.NewReplacer(replacements...).Replace(text.String())), 0o644))
			},
			// exits CODE COMMAND... runs a command and wants that exit code.
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				err := ts.Exec(args[1], args[2:]...)
				got := "0"
				if err != nil {
					got = err.Error()
				}
				if want := "exit status " + args[0]; got != want && (args[0] != "0" || got != "0") {
					ts.Fatalf("got %s, want %s", got, want)
				}
			},
		},
	})
}
