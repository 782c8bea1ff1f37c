package main

import (
	"io"
	"log/slog"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/store"
)

// newLogger writes one JSON object a line, with the names that Lambda looks
// for: without timestamp it files every line under INFO.
func newLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			switch a.Key {
			case slog.TimeKey:
				return slog.String("timestamp", store.Timestamp(a.Value.Time()))
			case slog.MessageKey:
				a.Key = "message"
			}
			return a
		},
	}))
}

// logLevel reads Lambda's names of levels. Two of them slog does not have; what
// is unknown or empty is INFO.
func logLevel(name string) slog.Level {
	var level slog.Level
	switch name {
	case "TRACE":
		return slog.LevelDebug
	case "FATAL":
		return slog.LevelError
	}
	if level.UnmarshalText([]byte(name)) != nil {
		return slog.LevelInfo
	}
	return level
}
