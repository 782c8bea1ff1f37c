package builtin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// That it answers as other implementations do is tested in package dynamodb.

// caller asks a database with the table "items", whose key is the string id.
func caller(t *testing.T) func(operation, body string) (status int, answer map[string]any) {
	t.Helper()
	handler := NewHandler()
	call := func(operation, body string) (int, map[string]any) {
		request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		request.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
		request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x")
		response := httptest.NewRecorder()
		handler.ServeHTTP(response, request)
		var answer map[string]any
		if err := json.Unmarshal(response.Body.Bytes(), &answer); err != nil {
			t.Errorf("%s: %v in %q", operation, err, response.Body)
		}
		return response.Code, answer
	}
	status, answer := call("CreateTable", `{"TableName":"items","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"BillingMode":"PAY_PER_REQUEST"}`)
	if status != 200 {
		t.Fatalf("create the table: %v", answer)
	}
	return call
}

// What is not known is refused by name, and never passed over.
func TestWhatItDoesNotKnow(t *testing.T) {
	call := caller(t)
	for _, c := range []struct{ operation, body, name string }{
		{"Query", `{"TableName":"items"}`, "the operation Query"},
		{"TransactWriteItems", `{}`, "the operation TransactWriteItems"},
		{"Scan", `{"TableName":"items","FilterExpression":"a = b"}`, `the parameter "FilterExpression"`},
		{"GetItem", `{"TableName":"items","Key":{"id":{"S":"a"}},"ProjectionExpression":"a"}`, `the parameter "ProjectionExpression"`},
		{"GetItem", `{"TableName":"items","Key":{"id":{"S":"a"}},"ReturnConsumedCapacity":"TOTAL"}`, "ReturnConsumedCapacity TOTAL"},
		{"PutItem", `{"TableName":"items","Item":{"id":{"S":"a"}},"Expected":{}}`, `the parameter "Expected"`},
		{"PutItem", `{"TableName":"items","Item":{"id":{"S":"a"}},"ConditionExpression":"size(id) = id"}`, "the function size"},
		{"PutItem", `{"TableName":"items","Item":{"id":{"S":"a"}},"ConditionExpression":"attribute_exists(a.b)"}`, "a path into an attribute"},
		{"UpdateItem", `{"TableName":"items","Key":{"id":{"S":"a"}},"UpdateExpression":"SET a[0] = b"}`, "a path into an attribute"},
		{"UpdateItem", `{"TableName":"items","Key":{"id":{"S":"a"}},"UpdateExpression":"DELETE a b"}`, "the clause DELETE"},
		{"UpdateItem", `{"TableName":"items","Key":{"id":{"S":"a"}},"UpdateExpression":"SET a = list_append(a, a)"}`, "the function list_append"},
		{"UpdateItem", `{"TableName":"items","Key":{"id":{"S":"a"}},"UpdateExpression":"ADD a :s","ExpressionAttributeValues":{":s":{"SS":["x"]}}}`, "sets in ADD"},
		{"CreateTable", `{"TableName":"two","KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"b","KeyType":"RANGE"}],"AttributeDefinitions":[],"BillingMode":"PAY_PER_REQUEST"}`, "a sort key"},
		{"CreateTable", `{"TableName":"two","GlobalSecondaryIndexes":[]}`, `the parameter "GlobalSecondaryIndexes"`},
	} {
		status, answer := call(c.operation, c.body)
		message, _ := answer["message"].(string)
		if status != 400 || !strings.Contains(message, c.name) || !strings.HasSuffix(message, "choose another with --dynamodb dynalite") {
			t.Errorf("%s %s: got %d %v, want 400 and the words %q", c.operation, c.body, status, answer, c.name)
		}
	}
	if _, answer := call("Scan", `{"TableName":"items"}`); answer["Count"] != 0.0 {
		t.Errorf("a refused call left %v", answer)
	}
}

func TestUpdatesAtOnceAllCount(t *testing.T) {
	call := caller(t)
	const callers, each = 8, 50
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range each {
				if status, answer := call("UpdateItem", `{"TableName":"items","Key":{"id":{"S":"a"}},"UpdateExpression":"ADD n :one","ExpressionAttributeValues":{":one":{"N":"1"}}}`); status != 200 {
					t.Error(answer)
				}
				call("Scan", `{"TableName":"items"}`)
				call("DescribeTable", `{"TableName":"items"}`)
			}
		})
	}
	all.Wait()
	_, answer := call("GetItem", `{"TableName":"items","Key":{"id":{"S":"a"}}}`)
	if got, want := fmt.Sprint(answer["Item"]), fmt.Sprintf("map[id:map[S:a] n:map[N:%d]]", callers*each); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAnUpdateThatFailsChangesNothing(t *testing.T) {
	call := caller(t)
	call("PutItem", `{"TableName":"items","Item":{"id":{"S":"a"},"n":{"N":"1"}}}`)
	if status, answer := call("UpdateItem", `{"TableName":"items","Key":{"id":{"S":"a"}},"UpdateExpression":"SET n = :two, x = missing","ExpressionAttributeValues":{":two":{"N":"2"}}}`); status != 400 {
		t.Fatalf("got %d %v", status, answer)
	}
	_, answer := call("GetItem", `{"TableName":"items","Key":{"id":{"S":"a"}}}`)
	if got, want := fmt.Sprint(answer["Item"]), "map[id:map[S:a] n:map[N:1]]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Pages end at 1 MB, and all of them together hold every item once, whatever else
// is written and removed on the way.
func TestPages(t *testing.T) {
	call := caller(t)
	padding := strings.Repeat("x", 100<<10)
	const items = 40
	for i := range items {
		call("PutItem", fmt.Sprintf(`{"TableName":"items","Item":{"id":{"S":"%02d"},"x":{"S":"%s"}}}`, i, padding))
	}
	var got []string
	from, pages := "", 0
	for {
		_, answer := call("Scan", `{"TableName":"items"`+from+`}`)
		before := len(got)
		for _, one := range answer["Items"].([]any) {
			if id := one.(map[string]any)["id"].(map[string]any)["S"].(string); !strings.HasPrefix(id, "new") {
				got = append(got, id)
			}
		}
		pages++
		last, more := answer["LastEvaluatedKey"].(map[string]any)
		if !more {
			break
		}
		if n := len(got) - before; n != 11 { // 10 are 1,000 KB and their names
			t.Errorf("page %d: got %d large items, want 11", pages, n)
		}
		key := string(encode(last))
		from = `,"ExclusiveStartKey":` + key
		call("DeleteItem", `{"TableName":"items","Key":`+key+`}`)
		call("PutItem", fmt.Sprintf(`{"TableName":"items","Item":{"id":{"S":"new%d"}}}`, pages))
	}
	slices.Sort(got)
	if len(got) != items || len(slices.Compact(got)) != items {
		t.Errorf("got %d items, of them different %d, want %d", len(got), len(slices.Compact(got)), items)
	}
	if pages != 4 {
		t.Errorf("got %d pages, want 4", pages)
	}
}

func TestTableCountsItsItems(t *testing.T) {
	call := caller(t)
	counted := func() string {
		_, answer := call("DescribeTable", `{"TableName":"items"}`)
		table := answer["Table"].(map[string]any)
		return fmt.Sprint(table["ItemCount"], " of ", table["TableSizeBytes"], " bytes, ", table["TableStatus"])
	}
	for _, step := range []struct{ operation, body, want string }{
		{"PutItem", `"Item":{"id":{"S":"a"},"text":{"S":"hello"}}`, "1 of 12 bytes, ACTIVE"},
		{"PutItem", `"Item":{"id":{"S":"b"},"n":{"N":"12.5"}}`, "2 of 19 bytes, ACTIVE"},
		{"PutItem", `"Item":{"id":{"S":"a"}}`, "2 of 10 bytes, ACTIVE"},
		{"DeleteItem", `"Key":{"id":{"S":"b"}}`, "1 of 3 bytes, ACTIVE"},
		{"DeleteItem", `"Key":{"id":{"S":"b"}}`, "1 of 3 bytes, ACTIVE"},
	} {
		if status, answer := call(step.operation, `{"TableName":"items",`+step.body+`}`); status != 200 {
			t.Fatal(answer)
		}
		if got := counted(); got != step.want {
			t.Errorf("after %s %s: got %s, want %s", step.operation, step.body, got, step.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0.00": "0", "+1": "1", "007": "7", ".5": "0.5", "5.": "5", "1e2": "100", "1E-2": "0.01", "-12.3400e1": "-123.4",
		"1e125": "1" + strings.Repeat("0", 125), "1e-130": "0." + strings.Repeat("0", 129) + "1", "0e999999": "0",
		strings.Repeat("9", 38): strings.Repeat("9", 38),
	} {
		got := text
		if _, err := checkNumber(&got); err != nil || got != want {
			t.Errorf("%s: got %s %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", ".", "-", "1e", "e1", "1 ", "0x1", "NaN", "1e126", "1e-131", "1e999999999", strings.Repeat("9", 39)} {
		if got, err := checkNumber(&text); err == nil {
			t.Errorf("%s: got %d, want an error", text, got)
		}
	}
}

func FuzzExpressions(f *testing.F) {
	for _, seed := range []string{
		"attribute_exists(id)", "a = :v AND NOT (b < c OR #n IN (:v, d))", "SET a = b + :v REMOVE c ADD n :v", "x between :v and y", "((", "#", ":v", "a[0].b",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		number := "1"
		s, err := newSubstitutes(map[string]string{"#n": "n"}, item{":v": {N: &number}})
		if err != nil {
			t.Fatal(err)
		}
		if holds, err := parse("ConditionExpression", expression, s, (*parser).conditions); err == nil {
			holds(item{})
			holds(item{"a": {N: &number}, "b": {S: &number}})
		}
		if changes, err := parse("UpdateExpression", expression, s, (*parser).updates); err == nil {
			if new, err := changed(item{"a": {N: &number}}, changes); err == nil {
				if _, err := new.check(0); err != nil {
					t.Logf("refused in the end: %v", err)
				}
			}
		}
	})
}
