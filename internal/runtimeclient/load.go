package runtimeclient

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
	"github.com/goccy/go-yaml"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/toolchain"
)

// The files that begin with a point count, too: package managers have such.
//
//go:embed all:clients
var embedded embed.FS

// manifestName is the file that makes a folder of clients/ a client.
const manifestName = "client.yaml"

// Load returns the client of a Lambda runtime's id.
func Load(id string) (Client, error) { return load(families(), id) }

// IDs lists the Lambda runtimes that have a client, sorted.
func IDs() []string { return ids(families()) }

// families are the folders of clients, each of which serves one Lambda runtime or
// several versions of one.
func families() fs.FS {
	clients, err := fs.Sub(embedded, "clients")
	if err != nil {
		panic(err) // the path is a constant
	}
	return clients
}

// served are the Lambda runtimes of one folder's manifest, each with its own values.
func served(manifest []byte) (map[string]map[string]string, error) {
	var head struct {
		Runtimes map[string]map[string]string `yaml:"runtimes"`
	}
	err := yaml.Unmarshal(manifest, &head)
	return head.Runtimes, err
}

func ids(clients fs.FS) []string {
	names, err := fs.Glob(clients, "*/"+manifestName)
	if err != nil {
		return nil // the pattern is a constant
	}
	var ids []string
	for _, n := range names {
		if content, err := fs.ReadFile(clients, n); err == nil {
			runtimes, _ := served(content) // a broken one is refused by load
			ids = slices.AppendSeq(ids, maps.Keys(runtimes))
		}
	}
	slices.Sort(ids)
	return ids
}

func load(clients fs.FS, id string) (Client, error) {
	names, err := fs.Glob(clients, "*/"+manifestName)
	if err != nil {
		return Client{}, fmt.Errorf("list the runtime clients: %w", err)
	}
	for _, name := range names {
		content, err := fs.ReadFile(clients, name)
		if err != nil {
			return Client{}, fmt.Errorf("read the runtime client %s: %w", name, err)
		}
		runtimes, err := served(content)
		if err != nil {
			return Client{}, fmt.Errorf("read the runtime client %s: %w", name, err)
		}
		values, ok := runtimes[id]
		if !ok {
			continue
		}
		c := Client{Runtime: id, values: values, family: path.Dir(name)}
		if err := yaml.UnmarshalWithOptions([]byte(expand(string(content), values)), &c, yaml.Strict()); err != nil {
			return Client{}, fmt.Errorf("read the runtime client %s: %w", name, err)
		}
		if c.data, err = fs.Sub(clients, path.Dir(name)); err != nil {
			return Client{}, fmt.Errorf("open the runtime client %s: %w", name, err)
		}
		if err := c.check(); err != nil {
			return Client{}, fmt.Errorf("runtime client %s: %w", id, err)
		}
		return c, nil
	}
	return Client{}, unsupported(id, ids(clients))
}

func (c Client) check() error {
	switch {
	case c.Schema != 1:
		return fmt.Errorf("schema: got %d, want 1", c.Schema)
	case len(c.Command) == 0:
		return errors.New("command: got none, want the words that start a function")
	}
	known := []string{"CLIENT_DIR", "LAMBDA_TASK_ROOT", "_HANDLER", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"}
	tools := slices.Clone(c.Tools)
	if i := c.Interpreter; i != nil {
		known = append(known, toolchain.Variable(i.Tool.Tool))
		tools = append(append(tools, i.Tool), i.Tools...)
		if (i.Install == "") != (len(i.Installed) == 0) {
			return errors.New("interpreter: install and installed go together")
		}
	}
	for _, t := range tools {
		if err := checkTool(t); err != nil {
			return err
		}
	}
	if len(c.Wrapped) > 0 && slices.Contains(c.Command, wrapperWord) == slices.Contains(c.Wrapped, wrapperWord) {
		return fmt.Errorf("wrapped: want the word %s in it, and not in command", wrapperWord)
	}
	if c.Brings != nil {
		if err := c.Brings.check(); err != nil {
			return err
		}
	}
	for _, name := range c.Extended {
		if c.Env[name] == "" {
			return fmt.Errorf("extended: got %s, want variables of env", name)
		}
	}
	texts := slices.DeleteFunc(slices.Concat(c.Command, c.Wrapped), func(word string) bool { return word == trustWord || word == wrapperWord })
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		texts = append(texts, c.Env[name])
	}
	if len(c.Trust.Arguments) > 0 != slices.Contains(c.Command, trustWord) {
		return fmt.Errorf("trust.arguments: got %d, want them together with the word %s in command", len(c.Trust.Arguments), trustWord)
	}
	if err := checkReferences(texts, known); err != nil {
		return err
	}
	trust := slices.Clone(c.Trust.Arguments)
	for _, name := range slices.Sorted(maps.Keys(c.Trust.Env)) {
		trust = append(trust, c.Trust.Env[name])
	}
	return checkReferences(trust, []string{"TRUST_ROOT", "TRUST_BUNDLE", "TRUST_STORE"})
}

func checkReferences(texts, known []string) error {
	for _, text := range texts {
		for _, match := range reference.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(known, match[1]) {
				return fmt.Errorf("%q: got ${%s}, want one of %s", text, match[1], strings.Join(known, ", "))
			}
		}
	}
	return nil
}

func checkTool(t config.Tool) error {
	if t.Tool == "" || len(t.Probe) == 0 || t.Hint == "" {
		return fmt.Errorf("tool %q: got no name, probe or hint, want all three", t.Tool)
	}
	if t.Version == "" {
		return nil
	}
	if _, err := semver.NewConstraint(t.Version); err != nil {
		return fmt.Errorf("tool %s: version constraint %q: %w", t.Tool, t.Version, err)
	}
	return nil
}

var reference = regexp.MustCompile(`\$\{([^}]*)\}`)

// expand replaces the references that values has and leaves the others.
func expand(text string, values map[string]string) string {
	return reference.ReplaceAllStringFunc(text, func(ref string) string {
		if v, ok := values[strings.TrimSuffix(strings.TrimPrefix(ref, "${"), "}")]; ok {
			return v
		}
		return ref
	})
}

// copyTo writes the client's data files into dir.
func (c Client) copyTo(dir string) error {
	return os.CopyFS(dir, c.data)
}
