package selftest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// newStub is a database that holds nothing: it has the table that the lab looks
// for, answers the warm-up with nothing, and the function after the delay that
// its request asks for. It writes down how long that really was.
func newStub(records *records) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the caller has gone
		}
		answer := []byte("{}")
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".DescribeTable") {
			answer = table()
		}
		var wish struct{ DelayUs int64 }
		if json.Unmarshal(body, &wish) == nil && wish.DelayUs > 0 {
			began := time.Now()
			time.Sleep(time.Duration(wish.DelayUs) * time.Microsecond)
			records.addDatabase(time.Since(began))
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = w.Write(answer) // the caller may have gone
	}))
}

// table describes the items table as DescribeTable does.
func table() []byte {
	definition := config.ItemsTable()
	var attributes, keys []map[string]string
	for _, a := range definition.Attributes {
		attributes = append(attributes, map[string]string{"AttributeName": a.Name, "AttributeType": string(a.Type)})
	}
	for _, k := range definition.Keys {
		keys = append(keys, map[string]string{"AttributeName": k.Attribute, "KeyType": string(k.Type)})
	}
	text, err := json.Marshal(map[string]any{"Table": map[string]any{
		"TableStatus": "ACTIVE", "AttributeDefinitions": attributes, "KeySchema": keys,
	}})
	if err != nil {
		panic("selftest: " + err.Error()) // maps of strings can be written
	}
	return text
}
