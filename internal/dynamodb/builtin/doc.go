// Package builtin is bench's own DynamoDB: the operations that the API's store
// asks, in memory, in a process of its own. It exists so that what stands behind
// the functions takes little of the machine and always the same of it, and so
// that nobody has to install anything.
//
//	command, err := builtin.Command(0) // its first line of output is its URL
//
// It knows tables whose key is one attribute, PutItem, GetItem, UpdateItem,
// DeleteItem and Scan, all types of values, conditions on and updates of
// attributes of an item's top level. What it does not know it refuses by name
// and never passes over: no operation, parameter or function has half a
// meaning. Where it answers, it answers as the service does; a test asks the
// same of other implementations.
//
// It keeps nothing: not beyond its process, not on disk. A page of a Scan ends at
// 1 MB as the service's does; there is no throttling, there are no indexes.
package builtin
