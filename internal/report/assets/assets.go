// Package assets holds what the report's page is made of: its template, its style, and
// the bundle of charts, which is built from src by make and never committed.
package assets

import "embed"

// Files are report.html, report.css and, where it was built, vendor/charts.js.
//
//go:embed report.html report.css all:vendor
var Files embed.FS
