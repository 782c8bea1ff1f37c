package script

import (
	"os"
	"slices"
	"strings"
)

// HostEnv is this process's environment for a script: without what make hands
// to its own children (a jobserver that is not open here), in one locale and time
// zone, since sorted lists and dates end up in artifacts.
func HostEnv() []string {
	env := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains([]string{"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKE_TERMOUT", "MAKE_TERMERR"}, name)
	})
	return append(env, "LC_ALL=C.UTF-8", "TZ=UTC")
}
