// Package workflows holds the repository's GitHub workflows to account, by its tests
// alone: they are checked by actionlint and zizmor, run nothing but targets of the
// Makefile, and set up what bench doctor wants. Its scripts are what workflows do beyond
// a command of bench: a comparison with another commit, and the branch of kept runs.
package workflows
