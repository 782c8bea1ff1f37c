package dynamodb

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkTap compares a call to a server that answers at once, directly and
// through the tap, in turns: the difference is what the tap adds.
func BenchmarkTap(b *testing.B) {
	const request = `{"Key":{"id":{"S":"7f3c9a52-6d0e-4b6f-9a55-0d7f0f1f2a3b"}}}`
	const answer = `{"Item":{"id":{"S":"7f3c9a52-6d0e-4b6f-9a55-0d7f0f1f2a3b"},"name":{"S":"Coffee"},"price":{"N":"19.99"}}}`
	upstream := serveFake(b, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		io.WriteString(w, answer)
	})
	urls := []string{upstream, openTap(b, upstream, TapOptions{}).URL()}
	took := make([][]time.Duration, len(urls))
	for b.Loop() {
		for i, url := range urls {
			started := time.Now()
			response, err := http.Post(url, "application/x-amz-json-1.0", strings.NewReader(request))
			if err != nil {
				b.Fatal(err)
			}
			io.Copy(io.Discard, response.Body)
			response.Body.Close()
			took[i] = append(took[i], time.Since(started))
		}
	}
	median := func(d []time.Duration) float64 {
		slices.Sort(d)
		return float64(d[len(d)/2]) / float64(time.Millisecond)
	}
	direct, tapped := median(took[0]), median(took[1])
	b.ReportMetric(direct, "direct-p50-ms")
	b.ReportMetric(tapped-direct, "added-p50-ms")
}
