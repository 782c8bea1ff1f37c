package main

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

// process tells what the running process uses. It answers 0 for what the system
// does not tell, as where there is no /proc.
type process struct {
	statm *os.File // Stays open, since every request reads it.
}

func thisProcess() process {
	statm, err := os.Open("/proc/self/statm")
	if err != nil {
		return process{}
	}
	return process{statm: statm}
}

// CPU returns the CPU time used since the process was started.
func (process) CPU() (user, system time.Duration) {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0, 0
	}
	return time.Duration(r.Utime.Nano()), time.Duration(r.Stime.Nano())
}

// RSS returns the resident bytes.
func (p process) RSS() int64 {
	var buf [128]byte
	n := 0
	if p.statm != nil {
		n, _ = p.statm.ReadAt(buf[:], 0)
	}
	_, resident, _ := bytes.Cut(buf[:n], []byte(" ")) // "size resident shared …", in pages
	return leadingInt(resident) * int64(os.Getpagesize())
}

// PeakRSS returns the high-water mark of the resident bytes. It is VmHWM, since
// getrusage's maximum includes what the process was before its exec.
func (process) PeakRSS() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, peak, _ := bytes.Cut(status, []byte("VmHWM:")) // "VmHWM:	   23456 kB"
	return leadingInt(bytes.TrimLeft(peak, "\t ")) * 1024
}

// leadingInt reads the decimal digits that text begins with, 0 if there are none.
func leadingInt(text []byte) int64 {
	end := bytes.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	n, _ := strconv.ParseInt(string(text[:max(end, 0)]), 10, 64)
	return n
}
