// Package docs holds the repository's pages to account, by its tests alone: README.de.md says
// what README.md says, the index names every page. That links and commands lead somewhere is tested in cmd/bench.
package docs
