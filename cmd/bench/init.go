package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/scaffold"
)

type initFlags struct {
	function      string
	handler       string
	lambdaRuntime string
	force, asJSON bool
}

// initialised is what bench init --json prints.
type initialised struct {
	Files   []string          `json:"files"`
	Guessed []scaffold.Reason `json:"guessed"`
	Open    []string          `json:"open"`
}

func (a *app) initCommand() *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init FOLDER",
		Short: "Write a runtime.yaml for a function of yours",
		Long: `Write a runtime.yaml, and where it needs one a requests.yaml, for the function in a
folder: guessed from a SAM template or a serverless.yml, or from package.json,
pyproject.toml, requirements.txt or Pipfile, go.mod, Cargo.toml, pom.xml or
build.gradle. It says what was guessed and from which file and field, and what could
not be known. Nothing is run or built, and no file is overwritten without --force.`,
		Example: `  bench init ./lamps
  bench init . --function HelloFunction   of a template with several functions
  bench init . --handler app.handler      where several sources look like the handler
  bench init ./lamps && bench local --runtime ./lamps --quick`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.init(cmd.Context(), args[0], f) },
	}
	cmd.Flags().StringVar(&f.function, "function", "", "the function of a template that has several")
	cmd.Flags().StringVar(&f.handler, "handler", "", "the function's handler, in place of the one that would be guessed")
	cmd.Flags().StringVar(&f.lambdaRuntime, "lambda-runtime", "", "Lambda's id of the runtime, such as nodejs24.x, in place of the one that would be guessed")
	cmd.Flags().BoolVar(&f.force, "force", false, "overwrite what is there")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print what was guessed as JSON")
	return cmd
}

func (a *app) init(ctx context.Context, dir string, f initFlags) error {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fault.Usage("name the folder of your function", "%s: got no folder, want one", dir)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find %s: %w", dir, err)
	}
	guess, err := scaffold.Inspect(os.DirFS(abs), abs, scaffold.Options{Function: f.function, LambdaRuntime: f.lambdaRuntime, Handler: f.handler, Runtimes: runtimeclient.IDs(), Here: func(id string) bool {
		client, err := runtimeclient.Load(id)
		return err == nil && client.Runnable(ctx)
	}})
	if err != nil {
		return err
	}
	files := []struct{ name, text string }{{config.ManifestName, guess.Manifest()}}
	if requests := guess.RequestFile(); requests != "" {
		files = append(files, struct{ name, text string }{scaffold.RequestsFile, requests})
	}
	done := initialised{Guessed: guess.Reasons, Open: append([]string{}, guess.Open...)}
	for _, file := range files {
		path := filepath.Join(dir, file.name)
		if _, err := os.Lstat(path); !f.force && !errors.Is(err, fs.ErrNotExist) {
			return fault.Usage("overwrite it with --force, or move it away", "%s: got a file that exists, want none", path)
		}
		done.Files = append(done.Files, path)
	}
	if err := runtimeclient.Supported(guess.LambdaRuntime); err != nil {
		done.Open = append(done.Open, fmt.Sprintf("There is %v: --lambda-runtime takes another. %s.", err, fault.Hint(err)))
	}
	for i, file := range files {
		if err := os.WriteFile(done.Files[i], []byte(file.text), 0o644); err != nil {
			return fault.New("make the folder one that can be written to", "write what was guessed: %w", err)
		}
	}
	if _, err := config.LoadRuntime(dir); err != nil {
		return fmt.Errorf("what was guessed has to be corrected: %w", err)
	}
	if f.asJSON {
		return a.ui.JSON(done)
	}
	for _, r := range done.Guessed {
		a.ui.Say("%s: %s  (%s)", r.Field, r.Value, r.From)
	}
	for _, sentence := range done.Open {
		a.ui.Warn("%s", sentence)
	}
	for _, path := range done.Files {
		a.ui.Say("written: %s", path)
	}
	return nil
}
