package builtin

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
	"time"
)

// Sizes in bytes as the service has them.
const (
	maxItem  = 400 << 10
	maxPage  = 1 << 20
	maxKey   = 2048
	bucketed = 4096 // buckets of a table
)

// table holds items in the order of their keys' hashes, as the service does, so
// that a Scan can go on after any key, be there such an item or not. An item is
// kept as the JSON that answers have: a pointer or two for the garbage collector,
// whatever is in it.
type table struct {
	definition      definition
	attribute, kind string // of the key
	created         time.Time

	mu      sync.RWMutex
	buckets [bucketed][]row // by the hash's first 12 bits; each in order
	count   int
	bytes   int
}

type row struct {
	hash uint64
	key  string // the key's JSON
	json []byte // the item's
	size int    // of the item, as the service counts
}

func (r row) compare(s row) int {
	return cmp.Or(cmp.Compare(r.hash, s.hash), cmp.Compare(r.key, s.key))
}

func (r row) bucket() int { return int(r.hash >> (64 - 12)) }

// rowOf is a row without an item, for a key that has been checked.
func rowOf(key value) row {
	text := encode(key)
	sum := sha256.Sum256(text)
	return row{hash: binary.BigEndian.Uint64(sum[:]), key: string(text)}
}

// find returns the item with a row's key, nil where there is none.
func (t *table) find(key row) []byte {
	bucket := t.buckets[key.bucket()]
	if at, ok := slices.BinarySearchFunc(bucket, key, row.compare); ok {
		return bucket[at].json
	}
	return nil
}

func (t *table) set(r row) {
	bucket := t.buckets[r.bucket()]
	at, there := slices.BinarySearchFunc(bucket, r, row.compare)
	if there {
		t.bytes += r.size - bucket[at].size
		bucket[at] = r
		return
	}
	t.buckets[r.bucket()] = slices.Insert(bucket, at, r)
	t.count++
	t.bytes += r.size
}

func (t *table) remove(key row) {
	bucket := t.buckets[key.bucket()]
	if at, there := slices.BinarySearchFunc(bucket, key, row.compare); there {
		t.count--
		t.bytes -= bucket[at].size
		t.buckets[key.bucket()] = slices.Delete(bucket, at, at+1)
	}
}

// page returns up to limit items after a key, or from the start where after is
// nil, and the last one's key where it was not the walk's end that ended the
// page.
func (t *table) page(after *row, limit int) (items [][]byte, last *row) {
	first := 0
	if after != nil {
		first = after.bucket()
	}
	size := 0
	for n := first; n < bucketed; n++ {
		bucket := t.buckets[n]
		from := 0
		if after != nil && n == first {
			at, there := slices.BinarySearchFunc(bucket, *after, row.compare)
			if from = at; there {
				from++
			}
		}
		for i := range bucket[from:] {
			r := &bucket[from+i]
			items = append(items, r.json)
			if size += r.size; len(items) == limit || size >= maxPage {
				return items, &row{key: r.key}
			}
		}
	}
	return items, nil
}

// keyOf takes the key out of an item or a key that has been checked.
func (t *table) keyOf(of item) (value, error) {
	v, there := of[t.attribute]
	switch {
	case !there:
		return v, invalid("One or more parameter values were invalid: Missing the key %s in the item", t.attribute)
	case v.kind() != t.kind:
		return v, invalid("One or more parameter values were invalid: Type mismatch for key %s expected: %s actual: %s", t.attribute, t.kind, v.kind())
	case v.S != nil && *v.S == "" || v.B != nil && len(*v.B) == 0:
		return v, invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty %s value. Key: %s", map[string]string{"S": "string", "B": "binary"}[t.kind], t.attribute)
	case v.S != nil && len(*v.S) > maxKey || v.B != nil && len(*v.B) > maxKey:
		return v, invalid("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of%d bytes", maxKey)
	}
	return v, nil
}

// onlyKey is the row of a key that is all of what was given.
func (t *table) onlyKey(given item) (row, error) {
	if _, err := given.check(0); err != nil {
		return row{}, err
	}
	v, there := given[t.attribute]
	if !there || len(given) != 1 || v.kind() != t.kind {
		return row{}, invalid("The provided key element does not match the schema")
	}
	v, err := t.keyOf(given)
	return rowOf(v), err
}

// joined is a JSON list of values that are JSON already.
func joined(values [][]byte) []byte {
	return slices.Concat([]byte("["), bytes.Join(values, []byte(",")), []byte("]"))
}
