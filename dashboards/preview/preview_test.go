package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The page is made from what is deployed: each widget of the bodies is on it, and a
// second time the page is the same.
func TestPageShowsEveryWidget(t *testing.T) {
	var pages []string
	for range 2 {
		out := filepath.Join(t.TempDir(), "new", "board.html")
		var stderr bytes.Buffer
		if code := run([]string{"-out", out, "environment=prod"}, filepath.Join("..", ".."), &stderr); code != 0 {
			t.Fatalf("got exit code %d: %s", code, stderr.String())
		}
		content, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, string(content))
	}
	if pages[0] != pages[1] {
		t.Error("got two pages of the same boards")
	}
	for _, want := range []string{
		`<main id="multi-runtime-benchmark-prod"`, `<main id="multi-runtime-benchmark-prod-runtimes"`, `href="#multi-runtime-benchmark-prod-runtimes"`,
		"Starts fastest? Cold start, median, ms", "How to read this", `<span class="ringing">`,
	} {
		if !strings.Contains(pages[0], want) {
			t.Errorf("got no %s", want)
		}
	}
	for _, no := range []string{"NaN", "Inf", "<script", "http://", "https://"} {
		if strings.Contains(pages[0], no) {
			t.Errorf("got %s on the page", no)
		}
	}
	// A line without a point has a path without a way.
	if empty := regexp.MustCompile(`stroke="[^"]*" d=""`).FindAllString(pages[0], -1); len(empty) > 0 {
		t.Errorf("got %d lines without points", len(empty))
	}
}

func TestBadChoice(t *testing.T) {
	var stderr bytes.Buffer
	if code := run([]string{"environment=moon"}, filepath.Join("..", ".."), &stderr); code != 2 || !strings.Contains(stderr.String(), "hint: known environments") {
		t.Errorf("got exit code %d, %s", code, stderr.String())
	}
}

func TestFormula(t *testing.T) {
	missing := math.NaN()
	values := map[string]float64{"m1": 6, "m2": 3, "m3": missing}
	for expression, want := range map[string]float64{
		"100 * m1 / m2": 200, "m1 - m2 - 1": 2, "1000000 * (m1 * 0.5 + 2)": 5e6, "100 * FILL(m3, 0) / m2": 0,
		"m1 / PERIOD(m1)": 0.02, "m1 + m3": missing, "m1 + m2": 9,
	} {
		got, err := evaluate(expression, values, 300)
		if err != nil || (got != want && !(math.IsNaN(got) && math.IsNaN(want))) {
			t.Errorf("%s: got %v, %v, want %v", expression, got, err, want)
		}
	}
	for _, expression := range []string{"m9", "1 +", "(1", "1 2", "SEARCH(m1)", ""} {
		if got, err := evaluate(expression, values, 300); err == nil {
			t.Errorf("%q: got %v, want an error", expression, got)
		}
	}
}

func TestStatistic(t *testing.T) {
	in := []float64{4, 1, 3, 2}
	for stat, want := range map[string]float64{"Sum": 10, "Average": 2.5, "Maximum": 4, "SampleCount": 4, "p50": 2, "p99": 4, "PR(3:)": 25} {
		if got, err := statistic(stat, in); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", stat, got, err, want)
		}
	}
	if got, err := statistic("p50", nil); err != nil || !math.IsNaN(got) {
		t.Errorf("no samples: got %v, %v", got, err)
	}
	for _, stat := range []string{"Median", "p101", "", "IQM"} {
		if _, err := statistic(stat, in); err == nil {
			t.Errorf("%q: got no error", stat)
		}
	}
}
