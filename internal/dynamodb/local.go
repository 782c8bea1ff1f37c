package dynamodb

import (
	"context"
	"embed"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

//go:embed dynamodblocal/pom.xml
var localFiles embed.FS

const localVersion = "3.1.0"

// Notice is what a person must have read before a database of the given kind
// is started, or "". The caller prints it: this package does not.
func Notice(k Kind) string {
	switch k {
	case Dynoxide:
		return "dynoxide answers web pages of every origin: while it runs, a page open in a browser could read and change its tables."
	case Local:
	default:
		return ""
	}
	return "DynamoDB Local " + localVersion + " is Amazon's, under the Amazon DynamoDB Local License Agreement: it asks for an AWS account in good standing " +
		"and forbids passing the software on. It is fetched from Maven Central for you and is no part of this project. " +
		"While it runs, it listens on all network interfaces of this machine. Its telemetry is turned off."
}

var javaTool = config.Tool{
	Tool:    "java",
	Version: ">=17",
	Probe: []string{
		"java -version",
		"/usr/lib/jvm/*/bin/java -version",
		"~/.sdkman/candidates/java/*/bin/java -version",
		"/opt/homebrew/opt/openjdk/bin/java -version",
	},
	Hint: "DynamoDB Local runs on Java: install version 17 or newer, or leave --dynamodb out for the built-in database",
}

var mavenTool = config.Tool{
	Tool:  "mvn",
	Probe: []string{"mvn --version"},
	Hint:  "install Maven; it is needed once, to fetch DynamoDB Local",
}

// localCommand fetches DynamoDB Local where it is missing and returns its
// command. It takes no port 0, so a free one is looked for; somebody else may
// take it in between, which is why start tries again.
func localCommand(ctx context.Context, o Options) (launch, error) {
	java, err := o.Find(ctx, javaTool)
	if err != nil {
		return launch{}, err
	}
	d := Description{Kind: Local, Name: "DynamoDB Local", Version: localVersion, Runtime: "java " + java.Version}
	dir, err := install(ctx, o, localFiles, "dynamodblocal", func(ctx context.Context, dir string) error {
		mvn, err := exec.LookPath("mvn")
		if err != nil {
			return fault.New("install Maven for this first start only, or leave --dynamodb out for the built-in database",
				"mvn is not on the PATH; it is wanted once, to fetch DynamoDB Local %s into the cache folder", localVersion)
		}
		command := exec.CommandContext(ctx, mvn, "--batch-mode", "--quiet", "-Dmaven.artifact.threads=12", "package")
		command.Dir = dir
		return runInstaller(ctx, command, "is Maven Central within reach?")
	})
	if err != nil {
		return launch{}, err
	}
	port, err := o.port()
	if err != nil {
		return launch{}, err
	}
	lib := filepath.Join(dir, "lib")
	// It unpacks a library into the temporary folder and is killed before it
	// would remove it.
	scratch, err := os.MkdirTemp("", "dynamodb-local-")
	if err != nil {
		return launch{}, fmt.Errorf("make a temporary folder for DynamoDB Local: %w", err)
	}
	command := exec.Command(java.Path, "-XX:+UseSerialGC", "-Djava.io.tmpdir="+scratch, "-Djava.library.path="+lib, "-cp", filepath.Join(lib, "*"),
		"software.amazon.dynamodb.services.local.main.ServerRunner",
		// It allows web pages of every origin unless one is named: this one is nobody's.
		"-cors", "http://localhost.invalid", "-inMemory", "-sharedDb", "-disableTelemetry", "-port", strconv.Itoa(port))
	command.Dir = scratch
	d.Endpoint = "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	return launch{command: command, description: d, scratch: scratch}, nil
}

// port is the one that was asked for, or a free one.
func (o Options) port() (int, error) {
	if o.Port != 0 {
		return o.Port, nil
	}
	return freePort()
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		return 0, fault.New("", "look for a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
