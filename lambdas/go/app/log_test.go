package app

import (
	"bytes"
	"log/slog"
	"testing"
	"time"
)

func TestLogLevel(t *testing.T) {
	for name, want := range map[string]slog.Level{
		"": slog.LevelInfo, "DEBUG": slog.LevelDebug, "INFO": slog.LevelInfo,
		"WARN": slog.LevelWarn, "ERROR": slog.LevelError, "debug": slog.LevelDebug, "loud": slog.LevelInfo,
	} {
		if got := logLevel(name); got != want {
			t.Errorf("logLevel(%q): got %v, want %v", name, got, want)
		}
	}
}

func TestLogLineHasLambdasNames(t *testing.T) {
	var log bytes.Buffer
	logger := newLogger(&log, slog.LevelInfo)
	logger.Debug("not shown")
	record := slog.NewRecord(time.Date(2026, 11, 22, 5, 5, 6, 70e6, time.FixedZone("", 3600)), slog.LevelWarn, "words", 0)
	record.AddAttrs(slog.String("error", "<x>"))
	if err := logger.Handler().Handle(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	want := `{"timestamp":"2026-11-22T05:05:06.07+01:00","level":"WARN","message":"words","error":"<x>"}` + "\n"
	if got := log.String(); got != want {
		t.Errorf("log:\ngot  %swant %s", got, want)
	}
}
