package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// What the linker sets: the content of VERSION always (see Makefile), the rest in a
// release (see .goreleaser.yaml).
var (
	toolVersion = "dev"
	toolCommit  string
	toolTime    string // of the commit, RFC 3339
)

func version() string { return buildData().Version }

// buildInfo is what a program knows of how it was built.
type buildInfo struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`     // of a release
	Time     string `json:"commitTime,omitempty"` // RFC 3339
	Go       string `json:"go"`
	Platform string `json:"platform"` // GOOS/GOARCH
}

func buildData() buildInfo {
	b := buildInfo{Version: toolVersion, Commit: toolCommit, Time: toolTime, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	// go install of a version sets no variable, but leaves the module's version.
	if info, ok := debug.ReadBuildInfo(); ok && b.Version == "dev" && info.Main.Version != "" && info.Main.Version != "(devel)" {
		b.Version = info.Main.Version
	}
	return b
}

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which bench this is, and how it was built",
		Example: `  bench version
  bench version --json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := buildData()
			if asJSON {
				return a.ui.JSON(b)
			}
			from := ""
			if b.Commit != "" {
				from = fmt.Sprintf(" of commit %.12s (%s)", b.Commit, b.Time)
			}
			_, err := fmt.Fprintf(a.ui.stdout, "bench %s%s, %s, %s\n", b.Version, from, b.Go, b.Platform)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print everything as JSON")
	return cmd
}
