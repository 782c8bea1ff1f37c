package dynamodb

import (
	"context"
	"net"
	"os/exec"
	"strconv"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// The program's own version, and that of its crate, dynoxide-rs.
const (
	dynoxideProgram = ">=1.5"
	dynoxideCrate   = "3.2.0"
)

// dynoxideTool is never installed from here: no registry that everybody has holds
// it ready made, and to compile it takes minutes.
var dynoxideTool = config.Tool{
	Tool:    "dynoxide",
	Version: dynoxideProgram,
	Probe:   []string{"dynoxide --version", "~/.cargo/bin/dynoxide --version"},
	Hint: "install it, which takes minutes: cargo install dynoxide-rs --version " + dynoxideCrate +
		" --locked --no-default-features --features native-sqlite,http-server,cli; or leave --dynamodb out for the built-in database",
}

// dynoxideCommand starts the one that the user has installed. It takes no port 0,
// so a free one is looked for; where somebody else takes it in between, start
// tries again.
func dynoxideCommand(ctx context.Context, o Options) (launch, error) {
	found, err := o.Find(ctx, dynoxideTool)
	if err != nil {
		return launch{}, err
	}
	port, err := o.port()
	if err != nil {
		return launch{}, err
	}
	text := strconv.Itoa(port)
	return launch{
		command: exec.Command(found.Path, "serve", "--host", "127.0.0.1", "--port", text, "--log", "quiet"),
		description: Description{Kind: Dynoxide, Name: "dynoxide", Version: found.Version,
			Endpoint: "http://" + net.JoinHostPort("127.0.0.1", text)},
	}, nil
}
