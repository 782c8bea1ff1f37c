package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// app is what every subcommand shares: where things are.
type app struct {
	ui          *ui
	root, cache string
}

// commands lists the subcommands in the order of help.
func commands(a *app) []*cobra.Command {
	return []*cobra.Command{
		a.initCommand(), a.buildCommand(), a.localCommand(), a.awsCommand(), a.serveCommand(), a.verifyCommand(), a.targetCommand(), a.alarmsCommand(), a.loadCommand(), a.importCommand(), a.metricsCommand(),
		a.reportCommand(), a.openCommand(), a.selftestCommand(), a.compareCommand(), a.historyCommand(), a.costCommand(), a.doctorCommand(), a.cleanCommand(), a.versionCommand(), environmentTopic(), a.manCommand(),
	}
}

// directory is the checkout: -C, else the nearest folder upwards with lambdas/
// in it, else the current folder (a released binary measures folders outside).
func (a *app) directory() (string, error) {
	if a.root != "" {
		info, err := os.Stat(a.root)
		if err != nil || !info.IsDir() {
			return "", fault.Usage("name an existing folder, or leave -C out", "-C %s: not a folder", a.root)
		}
		return filepath.Abs(a.root)
	}
	here, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the current folder: %w", err)
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		if found, _ := filepath.Glob(filepath.Join(dir, "lambdas", "*", "runtime.yaml")); len(found) > 0 {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return here, nil
		}
	}
}

// cacheDir is where runtime clients and databases are installed.
func (a *app) cacheDir() (string, error) {
	if a.cache != "" {
		return filepath.Abs(a.cache)
	}
	return build.DefaultCacheDir()
}

// project is a discovered checkout.
type project struct {
	root, cache, dist string
	runtimes          []config.Runtime // chosen ones, in table order
	all               bool             // nobody chose: a runtime that can't be built is a failure
}

// open reads the runtimes that take part. chosen holds names of lambdas/ or paths of
// folders with a runtime.yaml; empty means all of lambdas/.
func (a *app) open(chosen []string) (project, error) { return a.openWith(chosen, nil) }

// openWith is open with guests that have no manifest.
func (a *app) openWith(chosen []string, guests []config.Runtime) (project, error) {
	root, err := a.directory()
	if err != nil {
		return project{}, err
	}
	cache, err := a.cacheDir()
	if err != nil {
		return project{}, err
	}
	p := project{root: root, cache: cache, dist: filepath.Join(root, "dist"), all: len(chosen)+len(guests) == 0}
	if p.all {
		p.runtimes, err = config.Discover(root)
	} else {
		names, folders := namesAndFolders(chosen)
		p.runtimes, err = config.Pick(root, names, folders, guests...)
	}
	return p, err
}

// namesAndFolders separates names of lambdas/ from paths.
func namesAndFolders(words []string) (names, folders []string) {
	for _, word := range words {
		if strings.ContainsRune(word, os.PathSeparator) || word == "." || word == ".." {
			folders = append(folders, word)
		} else {
			names = append(names, word)
		}
	}
	return names, folders
}

// commit is the checkout's commit, with "+" when it was changed; "" outside git.
func commit(root string) string {
	head, err := exec.Command("git", "-C", root, "rev-parse", "HEAD").Output()
	if err != nil {
		return ""
	}
	text := strings.TrimSpace(string(head))
	if changed, err := exec.Command("git", "-C", root, "status", "--porcelain").Output(); err == nil && len(bytes.TrimSpace(changed)) > 0 {
		text += "+"
	}
	return text
}
