// Package e2e deploys the whole application to an emulator of AWS on loopback, as
// a person would, and takes it down again:
//
//	make e2e
//
// The emulator is ministack, installed from requirements.txt into the cache. It
// runs functions for real, but not those of every Lambda runtime: the others'
// invocations are sent to our own engine. It is for behaviour, never for figures,
// and it enforces neither permissions nor roles: the tests of stacks/ do.
package e2e
