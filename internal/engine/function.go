package engine

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Lambda's defaults and bounds.
const (
	DefaultMemoryMB    = 1769 // one vCPU
	DefaultTimeout     = 3 * time.Second
	DefaultInitTimeout = 10 * time.Second
	minMemoryMB        = 128
	maxMemoryMB        = 10240
	DefaultTempMB      = 512
	maxTempMB          = 10240
	maxTimeout         = 900 * time.Second
	// snapshotInitTimeout is the least that an init before a snapshot may take.
	snapshotInitTimeout = 130 * time.Second
)

// memoryPerCPU is the memory in MB that comes with one vCPU:
// docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html.
const memoryPerCPU = 1769.0

// CPUQuota is the share of CPU time, in CPUs, that a function has after init.
func CPUQuota(memoryMB int) float64 { return float64(memoryMB) / memoryPerCPU }

// VisibleCPUs is how many CPUs a function sees: two up to 3,008 MB, six at most.
func VisibleCPUs(memoryMB int) int {
	for cpus, most := range []int{2: 3008, 3: 5307, 4: 7076, 5: 8845} {
		if memoryMB <= most {
			return cpus
		}
	}
	return 6
}

// Names of the folders as a function sees them.
const (
	taskRoot   = "/var/task"
	runtimeDir = "/var/runtime"
)

// check fills in defaults and refuses what Lambda would refuse.
func (f Function) check() (Function, error) {
	if f.Version == "" {
		f.Version = "$LATEST"
	}
	if f.MemoryMB == 0 {
		f.MemoryMB = DefaultMemoryMB
	}
	if f.TempMB == 0 {
		f.TempMB = DefaultTempMB
	}
	if f.Timeout == 0 {
		f.Timeout = DefaultTimeout
	}
	if f.InitTimeout == 0 {
		f.InitTimeout = DefaultInitTimeout
		if f.SnapStart {
			f.InitTimeout = max(snapshotInitTimeout, f.Timeout)
		}
	}
	if f.Concurrency == 0 {
		f.Concurrency = 1
	}
	if f.LogFormat == "" {
		f.LogFormat = Text
	}
	switch {
	case f.Name == "":
		return f, fault.Usage("give the function a name", "a function has no name")
	case f.Architecture != "" && f.Architecture != hostArchitecture():
		return f, fault.New("measure it on such a machine, or build it for "+hostArchitecture(),
			"function %s: got code for %s, want code for this machine's %s", f.Name, f.Architecture, hostArchitecture())
	case len(f.Command) == 0:
		return f, fault.Usage("the runtime client's data says how it is started", "function %s has no command", f.Name)
	case !filepath.IsAbs(f.CodeDir):
		return f, fault.Usage("unpack the zip and give the folder's absolute path", "function %s: got code folder %q, want an absolute path", f.Name, f.CodeDir)
	case f.MemoryMB < minMemoryMB || f.MemoryMB > maxMemoryMB:
		return f, fault.Usage(fmt.Sprintf("choose from %d to %d MB", minMemoryMB, maxMemoryMB),
			"function %s: got a memory size of %d MB, want what Lambda offers", f.Name, f.MemoryMB)
	case f.TempMB < DefaultTempMB || f.TempMB > maxTempMB:
		return f, fault.Usage(fmt.Sprintf("choose from %d to %d MB", DefaultTempMB, maxTempMB),
			"function %s: got ephemeral storage of %d MB, want what Lambda offers", f.Name, f.TempMB)
	case f.Timeout > maxTimeout:
		return f, fault.Usage(fmt.Sprintf("choose %s at most", maxTimeout), "function %s: got a timeout of %s, want what Lambda offers", f.Name, f.Timeout)
	case f.LogFormat != Text && f.LogFormat != JSON:
		return f, fault.Usage("choose Text or JSON", "function %s: got log format %q", f.Name, f.LogFormat)
	case f.Timeout < 0 || f.InitTimeout < 0 || f.Concurrency < 0:
		return f, fault.Usage("leave them out for Lambda's defaults", "function %s: got a negative timeout or concurrency", f.Name)
	}
	return f, nil
}

// hostArchitecture is this machine's, as Lambda names it.
func hostArchitecture() string {
	if runtime.GOARCH == "amd64" {
		return "x86_64"
	}
	return runtime.GOARCH
}

func (f Function) initializationType() string {
	if f.SnapStart {
		return "snap-start"
	}
	return "on-demand"
}

// surroundings is what a process's environment depends on besides the function.
type surroundings struct {
	api        string // host:port of the Runtime API
	region     string
	logStream  string
	root       string // LAMBDA_TASK_ROOT
	temp       string // "" where /tmp is the environment's own
	additional map[string]string
}

// variables is the complete environment of a process: what Lambda defines
// (docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html), what the
// runtime's client needs, the user's own. Nothing of the host's gets in.
func (f Function) variables(s surroundings) ([]string, error) {
	env := map[string]string{
		"AWS_REGION":                      s.region,
		"AWS_DEFAULT_REGION":              s.region,
		"AWS_ACCESS_KEY_ID":               "local",
		"AWS_SECRET_ACCESS_KEY":           "local",
		"AWS_SESSION_TOKEN":               "local",
		"AWS_EC2_METADATA_DISABLED":       "true",
		"AWS_XRAY_CONTEXT_MISSING":        "LOG_ERROR",
		"AWS_XRAY_DAEMON_ADDRESS":         "127.0.0.1:2000",
		"_AWS_XRAY_DAEMON_ADDRESS":        "127.0.0.1",
		"_AWS_XRAY_DAEMON_PORT":           "2000",
		"LANG":                            "en_US.UTF-8",
		"TZ":                              ":UTC",
		"PATH":                            "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
		"LD_LIBRARY_PATH":                 "/lib64:/usr/lib64:" + runtimeDir + ":" + runtimeDir + "/lib:" + s.root + ":" + s.root + "/lib:/opt/lib",
		"LAMBDA_RUNTIME_DIR":              runtimeDir,
		"AWS_LAMBDA_INITIALIZATION_TYPE":  f.initializationType(),
		"AWS_LAMBDA_FUNCTION_NAME":        f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     f.Version,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemoryMB),
	}
	if f.ExecutionEnvironment != "" {
		env["AWS_EXECUTION_ENV"] = f.ExecutionEnvironment
	}
	if f.LogFormat == JSON {
		env["AWS_LAMBDA_LOG_FORMAT"], env["AWS_LAMBDA_LOG_LEVEL"] = string(JSON), "INFO"
	}
	if !f.SnapStart { // A snapshot serves many streams.
		env["AWS_LAMBDA_LOG_GROUP_NAME"] = "/aws/lambda/" + f.Name
		env["AWS_LAMBDA_LOG_STREAM_NAME"] = s.logStream
	}
	if s.temp != "" {
		env["TMPDIR"] = s.temp
	}
	reserved := map[string]string{
		"AWS_LAMBDA_RUNTIME_API": s.api,
		"LAMBDA_TASK_ROOT":       s.root,
		"_HANDLER":               f.Handler,
	}
	maps.Copy(env, reserved)
	expanded := map[string]string{}
	for name, value := range f.ClientEnv {
		value, err := expand(value, env)
		if err != nil {
			return nil, fmt.Errorf("the runtime client's variable %s: %w", name, err)
		}
		expanded[name] = value
	}
	maps.Copy(env, expanded)
	maps.Copy(env, f.Env)
	for _, name := range f.Extended {
		if own := f.Env[name]; own != "" {
			env[name] = expanded[name] + ":" + own
		}
	}
	maps.Copy(env, s.additional)
	maps.Copy(env, reserved)
	list := make([]string, 0, len(env))
	for name, value := range env {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(value, 0) {
			return nil, fault.Usage("names have no '=' and values no NUL", "function %s: got a variable %q that no process can have", f.Name, name)
		}
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list, nil
}

// startWrapped runs a wrapper script, $0, or ends in the words of the managed
// runtimes' own bootstrap.
const startWrapped = `[ -f "$0" ] || { echo "$0: does not exist"; exit 127; }
[ -x "$0" ] || { echo "$0: is not an executable"; exit 126; }
exec "$0" "$@"`

// command is the client's command with its variables filled in, behind the function's
// wrapper script if there is one.
func (f Function) command(env []string) ([]string, error) {
	values := map[string]string{}
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	command, wrapper := f.Command, values["AWS_LAMBDA_EXEC_WRAPPER"]
	if wrapper != "" && len(f.Wrapped) > 0 {
		command = f.Wrapped
	}
	var words []string
	for _, word := range command {
		if word == "${WRAPPER}" {
			words = append(words, "/bin/sh", "-c", startWrapped, wrapper)
			continue
		}
		word, err := expand(word, values)
		if err != nil {
			return nil, fmt.Errorf("the runtime client's command: %w", err)
		}
		words = append(words, word)
	}
	return words, nil
}

var variable = regexp.MustCompile(`\$\{(\w+)\}`)

// expand fills in ${NAME}. Nothing else is special.
func expand(template string, values map[string]string) (string, error) {
	var unknown string
	result := variable.ReplaceAllStringFunc(template, func(m string) string {
		name := m[2 : len(m)-1]
		value, ok := values[name]
		if !ok {
			unknown = name
		}
		return value
	})
	if unknown != "" {
		return "", fault.New("known are Lambda's own variables and the client's",
			"got ${%s} in %q, want the name of a known variable", unknown, template)
	}
	return result, nil
}
