package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
)

// complete tells shells the values of flags, as far as they can be listed.
func (a *app) complete(root *cobra.Command) {
	listed := func(values ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	}
	var kinds, environments []string
	for _, e := range config.Environments() {
		environments = append(environments, e.Name)
	}
	for _, kind := range dynamodb.Kinds {
		kinds = append(kinds, string(kind))
	}
	values := map[string]cobra.CompletionFunc{
		"runtime":        a.completeRuntimes,
		"variant":        a.completeVariants,
		"arch":           listed(config.X8664, config.ARM64),
		"environment":    listed(environments...),
		"dynamodb":       listed(kinds...),
		"lambda-runtime": listed(runtimeclient.IDs()...),
		"layers":         listed("all", "floor", "none"),
		"tuned":          listed("yes", "no"),
		"code":           listed("warm", "cold", "both"),
		"integration":    listed("rest", "http", "url", "event"),
	}
	formats := map[string][]string{
		"report": report.Formats(), "compare": {"text", "markdown", "csv", "json"}, "history": {"text", "html", "json"},
	}
	for _, cmd := range root.Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			complete := values[f.Name]
			if names := formats[cmd.Name()]; f.Name == "format" && names != nil {
				complete = listed(names...)
			}
			if complete != nil {
				_ = cmd.RegisterFlagCompletionFunc(f.Name, complete) // the flag is there, and has none yet
			}
		})
	}
}

// completeRuntimes names those of the checkout; a folder is completed as a file is.
func (a *app) completeRuntimes(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	if strings.ContainsRune(typed, os.PathSeparator) || strings.HasPrefix(typed, ".") {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	var names []string
	for _, r := range a.discovered() {
		names = append(names, cobra.CompletionWithDesc(r.Name, r.DisplayName+", "+r.Framework))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) completeVariants(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, r := range a.discovered() {
		for _, v := range r.Variants {
			names = append(names, cobra.CompletionWithDesc(r.Name+":"+v.Name, string(v.Kind)))
		}
	}
	slices.Sort(names)
	return names, cobra.ShellCompDirectiveNoFileComp
}

// discovered are the checkout's runtimes, or none: a shell has no place for errors.
func (a *app) discovered() []config.Runtime {
	root, err := a.directory()
	if err != nil {
		return nil
	}
	runtimes, _ := config.Discover(root)
	return runtimes
}

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the manual pages into a folder",
		Example: `  bench man ~/.local/share/man/man1
  man bench-local`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fault.New("name a folder that can be written", "make the folder for the manual: %w", err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true // a date, which would make each build another one
			if err := doc.GenManTree(root, &doc.GenManHeader{Title: "BENCH", Section: "1", Source: "bench " + version(), Manual: "Multi-Runtime Lambda Benchmark"}, args[0]); err != nil {
				return fault.New("name a folder that can be written", "write the manual: %w", err)
			}
			pages, err := filepath.Glob(filepath.Join(args[0], "bench*.1"))
			if err != nil {
				return fmt.Errorf("look for the manual's pages: %w", err)
			}
			a.ui.Say("%s in %s", phrase.Plural(len(pages), "page", "pages"), args[0])
			return nil
		},
	}
}
