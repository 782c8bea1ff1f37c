package results

import (
	"bytes"
	"os"
	"testing"
)

// FuzzDocument wants of every text a document that is written and read again without a
// change, or an error.
func FuzzDocument(f *testing.F) {
	whole, err := os.ReadFile("testdata/complete.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`{"schema":1}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		document, err := Parse(text)
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := Encode(&first, document); err != nil {
			t.Fatal(err)
		}
		again, err := Parse(first.Bytes())
		if err != nil {
			t.Fatalf("what was written can't be read again: %v", err)
		}
		if err := Encode(&second, again); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Error("a document changes when it is read again")
		}
	})
}
