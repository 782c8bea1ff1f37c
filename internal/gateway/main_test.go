package gateway

import (
	"os"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/leaktest"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Run(m)) }
