package sandbox

import (
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// ownLimits finds what this program itself is limited to, as in a container: a
// box below it can't have more. 0: no limit. What it can't see from inside of
// its own mount of the tree, it can't know.
func ownLimits(l layout) (cpus float64, memory int64) {
	least := func(p place, read func(dir string) float64) (n float64) {
		if !p.exists() {
			return 0
		}
		for group := p.path; ; group = path.Dir(group) {
			if limit := read(filepath.Join(p.mount, group)); limit > 0 && (n == 0 || limit < n) {
				n = limit
			}
			if group == "/" || group == "." {
				return n
			}
		}
	}
	smaller := func(a, b float64) float64 {
		if a == 0 || b != 0 && b < a {
			return b
		}
		return a
	}
	cpus = smaller(
		least(l.unified, func(dir string) float64 {
			quota, period, _ := strings.Cut(word(dir, "cpu.max"), " ")
			return ratio(quota, period)
		}),
		least(l.v1["cpu"], func(dir string) float64 {
			return ratio(word(dir, "cpu.cfs_quota_us"), word(dir, "cpu.cfs_period_us"))
		}))
	bytes := func(file string) func(dir string) float64 {
		return func(dir string) float64 {
			n := ratio(word(dir, file), "1")
			if n >= 1<<62 { // v1 writes "no limit" as the largest number of pages
				return 0
			}
			return n
		}
	}
	memory = int64(smaller(least(l.unified, bytes("memory.max")), least(l.v1["memory"], bytes("memory.limit_in_bytes"))))
	return cpus, memory
}

func word(dir, file string) string {
	b, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// ratio is 0 for "max", -1 and whatever else is no limit.
func ratio(a, b string) float64 {
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	if err1 != nil || err2 != nil || x <= 0 || y <= 0 {
		return 0
	}
	return x / y
}
