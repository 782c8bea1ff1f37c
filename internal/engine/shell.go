package engine

import (
	"os/exec"
	"path/filepath"
	"sync"
)

// shellCover makes /bin/sh what it is on Amazon Linux 2023, where bash answers to that
// name: the file behind the machine's own /bin/sh, and its bash to cover it with. Both
// are "" where the machine's is bash already, or has none.
var shellCover = sync.OnceValues(func() (covered, bash string) {
	found, err := exec.LookPath("bash")
	if err != nil {
		return "", ""
	}
	// The links are followed here: a link to an absolute path would lead out of the cage.
	covered, err = filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		return "", ""
	}
	bash, err = filepath.EvalSymlinks(found)
	if err != nil || bash == covered {
		return "", ""
	}
	return covered, bash
})
