package bench

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const sqsAnswer = `{"batchItemFailures":[{"itemIdentifier":"2","more":true}],"count":1.0,"big":9007199254740993,"x-id":{"a b":null}}`

func expect(t *testing.T, text string) *expectation {
	t.Helper()
	var said any
	if err := yaml.Unmarshal([]byte(text), &said); err != nil {
		t.Fatal(err)
	}
	e, err := newExpectation(said)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestExpectationsThatHold(t *testing.T) {
	for _, text := range []string{
		`{}`, `{batchItemFailures: [{itemIdentifier: "2"}]}`, `{count: 1}`, `{big: 9007199254740993}`, `{x-id: {"a b": null}}`,
		`{".batchItemFailures[0].itemIdentifier": "2", ".count": 1}`, `{'.["x-id"]["a b"]': null}`, `{'."x-id"."a b"': null}`,
		`{.x-id: {"a b": null}}`, `{".batchItemFailures": [{itemIdentifier: "2", more: true}]}`,
	} {
		if why := expect(t, text).wrong([]byte(sqsAnswer)); why != "" {
			t.Errorf("%s: got %q, want it to hold", text, why)
		}
	}
	if why := (*expectation)(nil).wrong([]byte("no JSON")); why != "" {
		t.Errorf("none: got %q", why)
	}
	if why := expect(t, `{".": [1]}`).wrong([]byte("[1]")); why != "" {
		t.Errorf("the whole: got %q", why)
	}
}

func TestExpectationsThatDoNot(t *testing.T) {
	for text, want := range map[string]string{
		`{batchItemFailures: []}`:                          `.batchItemFailures: got [{"itemIdentifier":"2","more":true}], want []`,
		`{batchItemFailures: [{itemIdentifier: "1"}]}`:     `.batchItemFailures[0].itemIdentifier: got "2", want "1"`,
		`{count: "1"}`:                                     `.count: got 1.0, want "1"`,
		`{big: 9007199254740992}`:                          `.big: got 9007199254740993, want 9007199254740992`,
		`{missing: 1}`:                                     `.missing: got nothing, want 1`,
		`{".batchItemFailures[1]": {}}`:                    `.batchItemFailures[1]: got nothing, want {}`,
		`{".batchItemFailures[0]": {itemIdentifier: "2"}}`: `.batchItemFailures[0]: got {"itemIdentifier":"2","more":true}, want {"itemIdentifier":"2"}`,
		`{".count.more": 1}`:                               `.count.more: got nothing, want 1`,
		`[]`:                                               `.: got {`,
		`null`:                                             `want null`,
	} {
		if why := expect(t, text).wrong([]byte(sqsAnswer)); !strings.Contains(why, want) {
			t.Errorf("%s: got %q, want %q", text, why, want)
		}
	}
	if why := expect(t, `{a: 1}`).wrong([]byte("<html>")); !strings.HasPrefix(why, "got no JSON") {
		t.Errorf("no JSON: got %q", why)
	}
}

func TestPathsThatAreNone(t *testing.T) {
	for _, text := range []string{".a..b", ".a[", ".a[x]", ".a[-1]", `.["a`, ".a b.", ".a]", "a.b"} {
		if steps, err := parsePath(text); err == nil {
			t.Errorf("%s: got %v, want it refused", text, steps)
		}
	}
	if _, err := newExpectation(map[string]any{".a": 1, "b": 2}); err == nil {
		t.Error("a path beside a name: got it accepted")
	}
}
