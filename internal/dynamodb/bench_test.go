package dynamodb

import (
	"io"
	"net/http"
	"slices"
	"strconv"
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

// BenchmarkDatabase is one client's calls, one after the other, of each kind of
// database, in the mix of the API's own workload.
//
//	make bench-database
func BenchmarkDatabase(b *testing.B) {
	for _, kind := range kinds {
		b.Run(string(kind), func(b *testing.B) {
			db, err := Start(b.Context(), Options{Kind: kind, CacheDir: testCache()})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			if err := db.Warm(b.Context()); err != nil {
				b.Fatal(err)
			}
			took := map[string][]time.Duration{}
			before, n := cpuOf(b, db), 0
			for b.Loop() {
				id := strconv.Itoa(n)
				for _, call := range []struct{ operation, body string }{
					{"PutItem", `"Item":{"id":{"S":"` + id + `"},"name":{"S":"Coffee"},"description":{"S":"A bag of 250 g"},"price":{"N":"19.99"},"runtime":{"S":"go"},"createdAt":{"S":"2026-01-01T00:00:00.000Z"}}`},
					{"GetItem", `"Key":{"id":{"S":"` + id + `"}},"ConsistentRead":true`},
					{"Scan", `"Limit":10`},
					{"UpdateItem", `"Key":{"id":{"S":"` + id + `"}},"UpdateExpression":"SET #n = :n","ConditionExpression":"attribute_exists(id)","ExpressionAttributeNames":{"#n":"name"},"ExpressionAttributeValues":{":n":{"S":"Tea"}},"ReturnValues":"ALL_NEW"`},
					{"DeleteItem", `"Key":{"id":{"S":"` + id + `"}},"ConditionExpression":"attribute_exists(id)"`},
				} {
					if call.operation == "DeleteItem" && n%2 == 0 {
						continue // so that the table grows
					}
					started := time.Now()
					status, body := send(b, db, call.operation, `{"TableName":"`+db.TableName()+`",`+call.body+`}`)
					took[call.operation] = append(took[call.operation], time.Since(started))
					if status != http.StatusOK {
						b.Fatalf("%s: %d %s", call.operation, status, body)
					}
				}
				n++
			}
			calls := 0
			for operation, times := range took {
				slices.Sort(times)
				calls += len(times)
				for _, q := range []int{50, 99} {
					b.ReportMetric(float64(times[len(times)*q/100])/1e6, operation+"-p"+strconv.Itoa(q)+"-ms")
				}
			}
			b.ReportMetric((cpuOf(b, db)-before)*1e3/float64(calls), "CPU-ms/call")
		})
	}
}
