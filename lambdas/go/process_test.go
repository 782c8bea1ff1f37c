package main

import (
	"os"
	"runtime"
	"testing"
)

func TestProcessTellsItsUse(t *testing.T) {
	p := thisProcess()
	user, system := p.CPU()
	if user+system <= 0 {
		t.Errorf("CPU time: got %v and %v, want some", user, system)
	}
	rss, peak := p.RSS(), p.PeakRSS()
	if runtime.GOOS != "linux" { // There is no /proc.
		if rss != 0 || peak != 0 {
			t.Errorf("memory: got %d and %d bytes, want 0", rss, peak)
		}
		return
	}
	// A Go test binary takes a few megabytes.
	if rss < 1<<20 || rss%int64(os.Getpagesize()) != 0 {
		t.Errorf("resident bytes: got %d, want whole pages of more than 1 MiB", rss)
	}
	if peak < 1<<20 || peak%1024 != 0 {
		t.Errorf("peak of the resident bytes: got %d, want whole KiB of more than 1 MiB", peak)
	}
}

func TestProcessWithoutProc(t *testing.T) {
	if got := (process{}).RSS(); got != 0 {
		t.Errorf("resident bytes without /proc: got %d, want 0", got)
	}
}

func TestLeadingInt(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "x": 0, "12 kB\n": 12, "7\n": 7, "5": 0} {
		if got := leadingInt([]byte(text)); got != want {
			t.Errorf("leadingInt(%q): got %d, want %d", text, got, want)
		}
	}
}
