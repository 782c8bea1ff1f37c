package dynamodb

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// send sends one request as an SDK would, and returns what comes back as it is.
func send(t testing.TB, db *Database, operation, body string) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, db.Endpoint(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("X-Amz-Date", "20260101T000000Z")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(read)
}

// storedUpdate is the API's PUT of an item, as the stores send it.
const storedUpdate = `"Key":{"id":{"S":"a"}},"ConditionExpression":"attribute_exists(id)","UpdateExpression":"SET #name = :name, description = :description, price = :price","ExpressionAttributeNames":{"#name":"name"},"ExpressionAttributeValues":{":name":{"S":"Tea"},":description":{"S":"x"},":price":{"N":"1e1"}},"ReturnValues":"ALL_NEW"`

// crossChecks are asked in this order of one table. What differs between
// implementations by right, as an order of items, is not among them.
var crossChecks = []struct{ operation, body string }{
	// What the store does.
	{"GetItem", `"Key":{"id":{"S":"a"}},"ConsistentRead":true`},
	{"PutItem", `"Item":{"id":{"S":"a"},"name":{"S":"Caf\u00e9 <&>"},"description":{"S":""},"price":{"N":"19.990"},"expiresAt":{"N":"1800000000"}}`},
	{"GetItem", `"Key":{"id":{"S":"a"}},"ConsistentRead":true`},
	{"UpdateItem", storedUpdate},
	{"UpdateItem", `"Key":{"id":{"S":"b"}},"ConditionExpression":"attribute_exists(id)","UpdateExpression":"SET price = :price","ExpressionAttributeValues":{":price":{"N":"1"}},"ReturnValues":"ALL_NEW"`},
	{"DeleteItem", `"Key":{"id":{"S":"b"}},"ConditionExpression":"attribute_exists(id)"`},
	{"Scan", `"Limit":10`},
	{"Scan", `"Limit":10,"ExclusiveStartKey":{"id":{"S":"a"}}`},
	{"DeleteItem", `"Key":{"id":{"S":"a"}},"ConditionExpression":"attribute_exists(id)"`},
	{"DeleteItem", `"Key":{"id":{"S":"a"}},"ConditionExpression":"attribute_exists(id)"`},
	{"DeleteItem", `"Key":{"id":{"S":"a"}}`},
	{"Scan", `"Limit":1`},

	// Values of all types.
	{"PutItem", `"Item":{"id":{"S":"t"},"b":{"B":"AQI="},"t":{"BOOL":true},"n":{"NULL":true},"m":{"M":{"x":{"L":[{"N":"-0.10"},{"S":"y"}]}}},"e":{"M":{}},"l":{"L":[]},"ns":{"NS":["1","2.0"]}}`},
	{"GetItem", `"Key":{"id":{"S":"t"}},"ConsistentRead":true`},
	{"PutItem", `"Item":{"id":{"S":"t"},"n":{"N":"0.0000000000000000000000000000000000000000012300"}}`},
	{"GetItem", `"Key":{"id":{"S":"t"}}`},
	{"PutItem", `"Item":{"id":{"S":"t"},"n":{"N":"-123456789012345678901234567890.12345678"}},"ReturnValues":"ALL_OLD"`},
	{"GetItem", `"Key":{"id":{"S":"t"}}`},
	{"PutItem", `"Item":{"id":{"S":"t"},"n":{"N":"1234567890123456789012345678901234567.89"}}`},
	{"PutItem", `"Item":{"id":{"S":"t"},"n":{"N":"1e126"}}`},
	{"PutItem", `"Item":{"id":{"S":"t"},"n":{"N":"1e-131"}}`},
	{"PutItem", `"Item":{"id":{"S":"t"},"n":{"N":"one"}}`},
	{"PutItem", `"Item":{"id":{"S":"t"},"n":{"N":""}}`},
	{"PutItem", `"Item":{"id":{"S":"t"},"s":{"SS":["x","x"]}}`},
	{"PutItem", `"Item":{"id":{"S":"t"},"s":{"SS":[]}}`},
	{"PutItem", `"Item":{"id":{"S":"t"},"n":{"NULL":false}}`},
	{"PutItem", `"Item":{"id":{"S":"t"},"n":{}}`},
	{"PutItem", `"Item":{"id":{"S":"t"},"n":{"S":"a","N":"1"}}`},
	{"PutItem", `"Item":{"id":{"S":"t"},"long":{"S":"` + strings.Repeat("x", 400<<10) + `"}}`},

	// Keys.
	{"PutItem", `"Item":{"name":{"S":"no key"}}`},
	{"PutItem", `"Item":{"id":{"N":"1"}}`},
	{"PutItem", `"Item":{"id":{"S":""}}`},
	{"GetItem", `"Key":{"id":{"N":"1"}}`},
	{"GetItem", `"Key":{"id":{"S":"a"},"other":{"S":"b"}}`},
	{"GetItem", `"Key":{}`},
	{"Scan", `"Limit":0`},
	{"Scan", `"ExclusiveStartKey":{"other":{"S":"a"}}`},

	// Conditions.
	{"PutItem", `"Item":{"id":{"S":"c"},"n":{"N":"2"},"s":{"S":"hello"}},"ConditionExpression":"attribute_not_exists(id)"`},
	{"PutItem", `"Item":{"id":{"S":"c"}},"ConditionExpression":"attribute_not_exists(id)"`},
	{"PutItem", `"Item":{"id":{"S":"c"}},"ConditionExpression":"attribute_not_exists(id)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"`},
	{"PutItem", `"Item":{"id":{"S":"c"},"n":{"N":"2"},"s":{"S":"hello"}},"ConditionExpression":"n = :two AND (s = :s OR NOT attribute_exists(x))","ExpressionAttributeValues":{":two":{"N":"2.0"},":s":{"S":"no"}}`},
	{"PutItem", `"Item":{"id":{"S":"c"},"n":{"N":"2"},"s":{"S":"hello"}},"ConditionExpression":"n between :a and :b and begins_with(s, :h)","ExpressionAttributeValues":{":a":{"N":"-1"},":b":{"N":"10"},":h":{"S":"he"}}`},
	{"PutItem", `"Item":{"id":{"S":"c"}},"ConditionExpression":"n > :ten","ExpressionAttributeValues":{":ten":{"N":"10"}}`},
	{"PutItem", `"Item":{"id":{"S":"c"},"n":{"N":"2"},"s":{"S":"hello"}},"ConditionExpression":"x <> x"`},
	{"PutItem", `"Item":{"id":{"S":"c"}},"ConditionExpression":"x <> id AND n IN (:a, :b)","ExpressionAttributeValues":{":a":{"N":"1"},":b":{"N":"3"}}`},
	{"PutItem", `"Item":{"id":{"S":"c"}},"ConditionExpression":"name = :n","ExpressionAttributeValues":{":n":{"S":"x"}}`},
	{"PutItem", `"Item":{"id":{"S":"c"}},"ConditionExpression":"#n = :n","ExpressionAttributeValues":{":n":{"S":"x"}}`},
	{"PutItem", `"Item":{"id":{"S":"c"}},"ConditionExpression":"n = :n"`},
	{"PutItem", `"Item":{"id":{"S":"c"}},"ConditionExpression":"n = :n","ExpressionAttributeValues":{":n":{"N":"1"},":m":{"N":"1"}}`},
	{"PutItem", `"Item":{"id":{"S":"c"}},"ConditionExpression":"n = :n","ExpressionAttributeNames":{"#x":"x"},"ExpressionAttributeValues":{":n":{"N":"1"}}`},
	{"PutItem", `"Item":{"id":{"S":"c"}},"ExpressionAttributeValues":{":n":{"N":"1"}}`},
	{"PutItem", `"Item":{"id":{"S":"c"}},"ConditionExpression":""`},
	{"PutItem", `"Item":{"id":{"S":"c"}},"ConditionExpression":"attribute_exists(id"`},
	{"PutItem", `"Item":{"id":{"S":"c"}},"ConditionExpression":"nothing_such(id)"`},
	{"PutItem", `"Item":{"id":{"S":"c"}},"ConditionExpression":"id = = id"`},
	{"PutItem", `"Item":{"id":{"S":"c"}},"ReturnValues":"ALL_NEW"`},
	{"GetItem", `"Key":{"id":{"S":"c"}}`},

	// Updates.
	{"UpdateItem", `"Key":{"id":{"S":"u"}}`},
	{"GetItem", `"Key":{"id":{"S":"u"}}`},
	{"UpdateItem", `"Key":{"id":{"S":"u"}},"UpdateExpression":"ADD n :one SET a = :a, b = if_not_exists(b, :a)","ExpressionAttributeValues":{":one":{"N":"1.5"},":a":{"S":"x"}},"ReturnValues":"ALL_NEW"`},
	{"UpdateItem", `"Key":{"id":{"S":"u"}},"UpdateExpression":"SET n = n - :x, a = b REMOVE b","ExpressionAttributeValues":{":x":{"N":"0.25"}},"ReturnValues":"UPDATED_NEW"`},
	{"UpdateItem", `"Key":{"id":{"S":"u"}},"UpdateExpression":"SET n = :x","ExpressionAttributeValues":{":x":{"N":"7"}},"ReturnValues":"UPDATED_OLD"`},
	{"UpdateItem", `"Key":{"id":{"S":"u"}},"UpdateExpression":"SET n = :x","ExpressionAttributeValues":{":x":{"N":"8"}},"ReturnValues":"ALL_OLD"`},
	{"UpdateItem", `"Key":{"id":{"S":"v"}},"UpdateExpression":"REMOVE n","ReturnValues":"ALL_OLD"`},
	{"UpdateItem", `"Key":{"id":{"S":"u"}},"UpdateExpression":"SET id = :x","ExpressionAttributeValues":{":x":{"S":"w"}}`},
	{"UpdateItem", `"Key":{"id":{"S":"u"}},"UpdateExpression":"SET a = missing"`},
	{"UpdateItem", `"Key":{"id":{"S":"u"}},"UpdateExpression":"SET a = a + :x","ExpressionAttributeValues":{":x":{"N":"1"}}`},
	{"UpdateItem", `"Key":{"id":{"S":"u"}},"UpdateExpression":"ADD a :x","ExpressionAttributeValues":{":x":{"N":"1"}}`},
	{"UpdateItem", `"Key":{"id":{"S":"u"}},"UpdateExpression":"ADD n :x","ExpressionAttributeValues":{":x":{"S":"1"}}`},
	{"UpdateItem", `"Key":{"id":{"S":"u"}},"UpdateExpression":"SET a = :x, a = :x","ExpressionAttributeValues":{":x":{"S":"1"}}`},
	{"UpdateItem", `"Key":{"id":{"S":"u"}},"UpdateExpression":"SET a = :x SET b = :x","ExpressionAttributeValues":{":x":{"S":"1"}}`},
	{"UpdateItem", `"Key":{"id":{"S":"u"}},"UpdateExpression":"SET status = :x","ExpressionAttributeValues":{":x":{"S":"1"}}`},
	{"UpdateItem", `"Key":{"id":{"S":"u"}},"UpdateExpression":"CHANGE a"`},
	{"GetItem", `"Key":{"id":{"S":"u"}}`},

	// What is no request.
	{"GetItem", `"Key":{"id":"u"}`},
	{"GetItem", `"Key":`},
	{"Frobnicate", `"Key":{"id":{"S":"u"}}`},
}

// known are the answers in which a kind is not like the service, and why.
var known = map[Kind]map[string]string{
	Dynalite: {
		`"Item":{"id":{"S":"c"}},"ConditionExpression":"attribute_not_exists(id)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"`: "it is older than this parameter",
	},
	Dynoxide: {
		`"Item":{"id":{"S":"c"},"n":{"N":"2"},"s":{"S":"hello"}},"ConditionExpression":"x <> x"`: "it compares an attribute with itself",
		`"Key":{"id":{"S":"v"}},"UpdateExpression":"REMOVE n","ReturnValues":"ALL_OLD"`:          "it takes an item that was not there for its key",
	},
	Local: {
		storedUpdate: "it keeps a number of an update as it was written",
		`"Limit":10`: "it keeps a number of an update as it was written",
		`"Key":{"id":{"S":"t"}},"ConsistentRead":true`: "it keeps a number inside a map or a list as it was written",
		`"Key":{"id":{"S":"a"}}`:                       "it tells of the capacity of a DeleteItem that found nothing, unasked",
		`"Key":{"id":"u"}`:                             "it fails where the request is no DynamoDB JSON",
		`"Key":`:                                       "it fails where the request is no JSON",
	},
}

// outcome is an answer without what implementations word for themselves.
type outcome struct {
	status int
	body   any
}

func outcomeOf(t *testing.T, db *Database, operation, body string) outcome {
	t.Helper()
	status, text := send(t, db, operation, body)
	var answer map[string]any
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%s: %s %.200s: %v in %q", db.Describe().Name, operation, body, err, text)
	}
	delete(answer, "message")
	delete(answer, "Message")
	if name, ok := answer["__type"].(string); ok {
		answer["__type"] = name[strings.LastIndexByte(name, '#')+1:]
	}
	return outcome{status, answer}
}

// Every kind of database answers the store, and whoever is mistaken, in the same
// way: the built-in one is held against the others.
func TestKindsAnswerAlike(t *testing.T) {
	own := start(t, Options{})
	for _, kind := range kinds[1:] {
		t.Run(string(kind), func(t *testing.T) {
			other := start(t, Options{Kind: kind, TableName: "crosscheck"})
			mine, err := Start(t.Context(), Options{Endpoint: own.Endpoint(), TableName: "crosscheck-" + string(kind)})
			if err != nil {
				t.Fatal(err)
			}
			defer mine.Close()
			for _, c := range crossChecks {
				in := func(db *Database) string { return `{"TableName":"` + db.TableName() + `",` + c.body + `}` }
				got, want := outcomeOf(t, mine, c.operation, in(mine)), outcomeOf(t, other, c.operation, in(other))
				if why := known[kind][c.body]; why != "" {
					if reflect.DeepEqual(got, want) {
						t.Errorf("%s %s: both answer %v, no longer is it so that %s", c.operation, c.body, got, why)
					}
					continue
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s %.300s:\n got %v\nwant %v, as of %s", c.operation, c.body, got, want, other.Describe().Name)
				}
			}
		})
	}
}
