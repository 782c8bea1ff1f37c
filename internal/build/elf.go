package build

import (
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

var machines = map[string]elf.Machine{config.X8664: elf.EM_X86_64, config.ARM64: elf.EM_AARCH64}

// checkBinaries refuses programs and libraries of another architecture, and such
// that need a newer glibc than the target has (glibcMax "" leaves that
// unchecked). Both would only show in AWS.
func checkBinaries(dir string, files []file, arch, glibcMax string) error {
	for _, f := range files {
		if !f.mode.IsRegular() || f.size < 4 {
			continue
		}
		if err := checkBinary(filepath.Join(dir, filepath.FromSlash(f.name)), f.name, arch, glibcMax); err != nil {
			return err
		}
	}
	return nil
}

func checkBinary(path, name, arch, glibcMax string) error {
	in, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("check a binary: %w", err)
	}
	defer in.Close()
	var magic [4]byte
	if _, err := in.ReadAt(magic[:], 0); err != nil || string(magic[:]) != elf.ELFMAG {
		return nil // no ELF file
	}
	binary, err := elf.NewFile(in)
	if err != nil {
		return fault.New("is it cut off?", "check %s: %w", name, err)
	}
	if want := machines[arch]; binary.Machine != want {
		return fault.New("the build command must honour $BENCH_ARCH", "%s: got a binary for %s, want %s, since the artifact is for %s", name, binary.Machine, want, arch)
	}
	if glibcMax == "" {
		return nil
	}
	needs, err := binary.DynamicVersionNeeds()
	if err != nil {
		return fmt.Errorf("read what %s needs: %w", name, err)
	}
	worst := ""
	for _, library := range needs {
		for _, need := range library.Needs {
			version, ok := strings.CutPrefix(need.Dep, "GLIBC_")
			if ok && newer(version, glibcMax) && (worst == "" || newer(version, worst)) {
				worst = version
			}
		}
	}
	if worst == "" {
		return nil
	}
	return fault.New("link against an older glibc, or statically", "%s: got a binary that needs glibc %s (%s), want at most %s",
		name, worst, strings.Join(symbolsOf(binary, "GLIBC_"+worst), ", "), glibcMax)
}

// symbolsOf names up to three symbols that ask for a version.
func symbolsOf(binary *elf.File, version string) []string {
	symbols, err := binary.DynamicSymbols()
	if err != nil {
		return []string{"unknown symbols"}
	}
	var names []string
	for _, s := range symbols {
		if s.Version == version && len(names) < 3 {
			names = append(names, s.Name)
		}
	}
	return names
}

// newer reports whether the glibc version a is newer than b. Versions that are
// no numbers (GLIBC_PRIVATE, GLIBC_ABI_DT_RELR) count as newer than all: binaries
// that need them are made for one glibc.
func newer(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		x, y := 0, 0
		var err error
		if i < len(as) {
			if x, err = strconv.Atoi(as[i]); err != nil {
				return true
			}
		}
		if i < len(bs) {
			if y, err = strconv.Atoi(bs[i]); err != nil {
				return false
			}
		}
		if x != y {
			return x > y
		}
	}
	return false
}

// linkedModules reads the library versions that some linkers leave in the
// binaries themselves.
func linkedModules(dir string, files []file) map[string]string {
	versions := map[string]string{}
	for _, f := range files {
		if f.mode&fs.ModeType != 0 || f.mode&0o100 == 0 {
			continue
		}
		info, err := buildinfo.ReadFile(filepath.Join(dir, filepath.FromSlash(f.name)))
		if err != nil {
			continue // no such binary
		}
		for _, m := range info.Deps {
			version := m.Version
			if m.Replace != nil && m.Replace.Version != "" && m.Replace.Version != "(devel)" {
				version = m.Replace.Version
			}
			versions[m.Path] = version
		}
	}
	return versions
}
