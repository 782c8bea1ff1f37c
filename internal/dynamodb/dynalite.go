package dynamodb

import (
	"context"
	"embed"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

//go:embed dynalite/package.json dynalite/package-lock.json dynalite/.npmrc dynalite/start.cjs
var dynaliteFiles embed.FS

const dynaliteVersion = "4.0.0"

var nodeTool = config.Tool{
	Tool:    "node",
	Version: ">=18",
	Probe: []string{
		"node --version",
		"~/.nvm/versions/node/*/bin/node --version",
		"~/.volta/bin/node --version",
		"/opt/homebrew/bin/node --version",
		"/usr/local/bin/node --version",
	},
	Hint: "dynalite runs on Node.js: install version 18 or newer, or leave --dynamodb out for the built-in database",
}

var npmTool = config.Tool{
	Tool:    "npm",
	Version: ">=7",
	Probe:   []string{"npm --version"},
	Hint:    "install npm, which comes with Node.js; it is needed once, to install dynalite",
}

// dynaliteCommand installs dynalite where it is missing and returns its
// command.
func dynaliteCommand(ctx context.Context, o Options) (launch, error) {
	node, err := o.Find(ctx, nodeTool)
	if err != nil {
		return launch{}, err
	}
	d := Description{Kind: Dynalite, Name: "dynalite", Version: dynaliteVersion, Runtime: "node " + node.Version}
	dir, err := install(ctx, o, dynaliteFiles, "dynalite", func(ctx context.Context, dir string) error {
		npm, err := npmBeside(node.Path)
		if err != nil {
			return err
		}
		// No scripts: everything needed lies in the packages. With scripts, any
		// package of the tree could run anything.
		command := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error")
		command.Dir = dir
		command.Env = withPath(filepath.Dir(node.Path))
		return runInstaller(ctx, command, "is the npm registry within reach? `npm ping` tells; or leave --dynamodb out for the built-in database, which needs none")
	})
	if err != nil {
		return launch{}, err
	}
	command := exec.Command(node.Path, filepath.Join(dir, "start.cjs"), strconv.Itoa(o.Port))
	command.Dir = dir
	return launch{command: command, description: d}, nil
}

// npmBeside prefers the npm that came with the node in use.
func npmBeside(node string) (string, error) {
	if path, err := exec.LookPath(filepath.Join(filepath.Dir(node), "npm")); err == nil {
		return path, nil
	}
	path, err := exec.LookPath("npm")
	if err != nil {
		return "", fault.New("install npm (it comes with Node.js) for this first start only, or leave --dynamodb out for the built-in database",
			"npm is neither beside %s nor on the PATH; it is wanted once, to install dynalite %s into the cache folder", node, dynaliteVersion)
	}
	return path, nil
}
