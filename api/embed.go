// Package api is the contract: openapi.yaml for readers and generators, words.yaml
// with the texts that are fixed for every implementation, contract/*.yaml with
// the cases, and the schema of the case files. It is data; internal/contract
// runs it.
//
//	suite, err := contract.Load(api.Files)
package api

import "embed"

// Files holds openapi.yaml, words.yaml, contract.schema.json and contract/*.yaml.
//
//go:embed openapi.yaml words.yaml contract.schema.json contract/*.yaml
var Files embed.FS
