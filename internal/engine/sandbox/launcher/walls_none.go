//go:build linux && nowalls

package main

const walls = false
