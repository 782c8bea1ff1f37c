package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// variables are the environment variables that bench reads, beside those of the programs
// that it starts. A test finds them in the sources.
var variables = []struct{ name, about string }{
	{"BENCH_CACHE_DIR", "folder for installed runtime clients and databases; --cache goes before it"},
	{"XDG_CACHE_HOME", "the user's cache folder, in which it is otherwise; ~/.cache without it"},
	{"NO_COLOR", "anything in it: no colours"},
	{"TERM", "dumb: no colours, and nothing is redrawn"},
	{"BROWSER", "programs with which bench open opens a report, the first that is there"},
	{"API_KEY", "the key that bench load sends as x-api-key"},
	{"AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, …", "as the AWS CLI reads them: aws, alarms, target, verify --environment"},
	{"PATH, HOME", "where compilers and interpreters are looked for"},
	{"XDG_RUNTIME_DIR", "where a user's systemd is asked for control groups"},
}

// environmentTopic is a page of help: bench environment, and a page of the manual.
func environmentTopic() *cobra.Command {
	var text strings.Builder
	text.WriteString("Environment variables that bench reads:\n\n")
	for _, v := range variables {
		fmt.Fprintf(&text, "  %s\n      %s\n", v.name, v.about)
	}
	text.WriteString("\nThere is no configuration file: a run is what its flags say, and its document keeps them.")
	return &cobra.Command{Use: "environment", Short: "Say which environment variables bench reads", Long: text.String(), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
}
