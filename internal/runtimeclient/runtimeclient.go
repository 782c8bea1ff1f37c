// Package runtimeclient knows how the managed Lambda runtimes start on this
// machine: with the official runtime interface clients, as data keyed by the
// Lambda runtime's id and embedded, so that a released binary needs no
// repository beside it.
//
// It refuses to start functions (the engine does) and to know any language by
// name (clients/<language>/client.yaml does).
//
//	client, err := runtimeclient.Load("provided.al2023")
//	prepared, err := client.Prepare(ctx, cacheDir) // installs on first use
package runtimeclient

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// Client is how one Lambda runtime starts: clients/<language>/client.yaml with the
// values of that runtime filled in.
type Client struct {
	Schema int `yaml:"schema"`
	// Runtimes are those that the folder serves, by id: each value has a name in capital
	// letters, and takes the place of ${NAME} wherever the file has it.
	Runtimes map[string]map[string]string `yaml:"runtimes"`
	// Runtime is the one of them that was asked for.
	Runtime string `yaml:"-"`
	// Interpreter runs the function; nil where the zip brings its own program.
	Interpreter *Interpreter `yaml:"interpreter"`
	// Tools are needed to install the client, not to run it.
	Tools []config.Tool `yaml:"tools"`
	// Install is a shell script (sh -eu), run in CLIENT_DIR, which holds a copy
	// of the data folder.
	Install string `yaml:"install"`
	// Shared: what Install makes is the same for all runtimes of the folder, whichever
	// of their interpreters it is made with.
	Shared bool `yaml:"shared"`
	// Command and Env may name ${CLIENT_DIR}, ${TOOL_<NAME>}, ${LAMBDA_TASK_ROOT},
	// ${_HANDLER} and ${AWS_LAMBDA_FUNCTION_MEMORY_SIZE}.
	Command []string          `yaml:"command"`
	Env     map[string]string `yaml:"env"`
	// Wrapped takes the place of Command where the function has a wrapper script: its
	// word ${WRAPPER} is where that comes in, and what follows is the script's arguments.
	// Command may have the word itself. Without one the runtime knows no wrapper scripts.
	Wrapped []string `yaml:"wrapped"`
	// Extended are those of Env that a function's own values do not replace: they
	// stand behind the client's, after a colon.
	Extended []string `yaml:"extended"`
	// Trust makes functions trust a database that speaks TLS with a certificate of
	// this machine's.
	Trust Trust `yaml:"trust"`
	// ExecutionEnvironment is the value of AWS_EXECUTION_ENV; empty: unset.
	ExecutionEnvironment string `yaml:"executionEnvironment"`
	// Requires lists files that the unpacked zip must have.
	Requires []Requirement `yaml:"requires"`
	// Brings is what else the runtime has; nil: nothing.
	Brings *Brings `yaml:"brings"`

	// Installing, if set, is told of each installation before it begins, such as "the
	// client of nodejs24.x", which may take a minute. What it returns hears of the
	// rest; nil wants to hear nothing.
	Installing func(what string) Work `yaml:"-"`

	data   fs.FS             // its folder
	family string            // the folder's name
	values map[string]string // of its runtime
}

// Work hears of an installation: each line that it prints, and its end.
type Work interface {
	Line(text string)
	End()
}

// Interpreter is how to find the program that runs the function and, where no
// candidate answers, how to install one.
type Interpreter struct {
	config.Tool `yaml:",inline"`
	// Tools are needed by Install.
	Tools []config.Tool `yaml:"tools"`
	// Install is a shell script (sh -eu), run in CLIENT_DIR, a folder of the
	// interpreter's own that holds a copy of the data folder.
	Install string `yaml:"install"`
	// Installed are the candidates after Install; they may name ${CLIENT_DIR}.
	Installed []string `yaml:"installed"`
}

// Trust is how a runtime is told of more roots, by what it documents. The values
// may name ${TRUST_ROOT}, a file with the one root more; ${TRUST_BUNDLE}, with the
// machine's own roots and that one; and ${TRUST_STORE}, the same as PKCS #12.
type Trust struct {
	Env map[string]string `yaml:"env"`
	// Arguments take the place of the command's word ${TRUST}.
	Arguments []string `yaml:"arguments"`
}

// Stores are the files that Trust names.
type Stores struct{ Root, Bundle, Store string }

// Requirement is a file that a zip must have.
type Requirement struct {
	File       string `yaml:"file"`
	Executable bool   `yaml:"executable"`
	Hint       string `yaml:"hint"`
}

// Prepared is a client that is ready to start functions.
type Prepared struct {
	// Command and Env still hold the function's own variables for the engine to
	// expand, and the word that Trusting replaces, nothing else.
	Command  []string
	Wrapped  []string
	Env      map[string]string
	Extended []string
	// Dir is the client's folder (read only from here on), "" without one.
	Dir                  string
	trust                Trust
	trusted              []string
	tools                map[string]string // TOOL_… of the interpreter
	InterpreterPath      string
	InterpreterVersion   string
	ExecutionEnvironment string
}

// Words of a command that others take the place of.
const (
	trustWord   = "${TRUST}"   // Trust.Arguments
	wrapperWord = "${WRAPPER}" // what the engine makes of AWS_LAMBDA_EXEC_WRAPPER
)

// Trusting is the client, ready for the engine: it trusts what the stores hold;
// nil: nothing more than it does by itself.
func (p Prepared) Trusting(stores *Stores) Prepared {
	var values map[string]string
	var trust Trust
	if stores != nil {
		trust = p.trust
		p.trusted = []string{stores.Root, stores.Bundle, stores.Store}
		values = map[string]string{"TRUST_ROOT": stores.Root, "TRUST_BUNDLE": stores.Bundle, "TRUST_STORE": stores.Store}
	}
	arguments := func(command []string) (words []string) {
		for _, word := range command {
			if word != trustWord {
				words = append(words, word)
				continue
			}
			for _, argument := range trust.Arguments {
				words = append(words, expand(argument, values))
			}
		}
		return words
	}
	p.Command, p.Wrapped = arguments(p.Command), arguments(p.Wrapped)
	p.Env = maps.Clone(p.Env)
	for name, value := range trust.Env {
		p.Env[name] = expand(value, values)
	}
	return p
}

// Paths are what has to be readable under its own name where functions run: the
// client and the interpreter, with what each is installed together with, and the
// stores that Trusting was given.
func (p Prepared) Paths() []string {
	folders := slices.Clone(p.trusted)
	add := func(dir string) {
		if dir != "/" && !slices.Contains(folders, dir) {
			folders = append(folders, dir)
		}
	}
	if p.Dir != "" {
		add(p.Dir)
	}
	if p.InterpreterPath == "" {
		return folders
	}
	home, _ := os.UserHomeDir() // without one nothing is mistaken for it
	real, err := filepath.EvalSymlinks(p.InterpreterPath)
	if err != nil {
		real = p.InterpreterPath
	}
	for _, path := range []string{p.InterpreterPath, real} {
		dir := filepath.Dir(path)
		if above := filepath.Dir(dir); filepath.Base(dir) == "bin" && above != home { // PREFIX/bin beside PREFIX/lib
			dir = above
		}
		add(dir)
	}
	return folders
}
