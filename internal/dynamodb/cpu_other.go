//go:build !linux

package dynamodb

import (
	"errors"
	"time"
)

// CPU is not known here.
func (db *Database) CPU() (time.Duration, error) { return 0, errors.ErrUnsupported }
