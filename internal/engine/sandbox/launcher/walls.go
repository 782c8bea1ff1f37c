//go:build linux && !nowalls

package main

// walls are what holds a command back. A launcher without them is built for one thing, to
// measure what they cost: make bench-walls. It is never shipped, and no order lifts them.
const walls = true
