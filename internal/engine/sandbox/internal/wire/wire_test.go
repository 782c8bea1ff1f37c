package wire

import (
	"bytes"
	"reflect"
	"testing"
)

func order() Order {
	return Order{
		Root:      "/tmp/run/root",
		OldMounts: true,
		Mounts:    []Mount{{"/a b", "/var/task", true}, {"/c\n", "/tmp", false}},
		Enter:     3,
		CPUs:      []int{0, 7},
		Files:     1024,
		Dir:       "/var/task",
		Command:   []string{"./bootstrap", "", "ü"},
		Env:       []string{"A=1", "B=two words", "C="},
	}
}

func TestRoundTrip(t *testing.T) {
	for _, want := range []Order{order(), {Mounts: []Mount{}, CPUs: []int{}, Command: []string{}, Env: []string{}}} {
		got, err := Read(bytes.NewReader(Encode(want)))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestReadRefusesWhatIsCutOrGarbled(t *testing.T) {
	whole := Encode(order())
	for n := range whole {
		if _, err := Read(bytes.NewReader(whole[:n])); err == nil {
			t.Fatalf("the first %d of %d bytes were taken for an order", n, len(whole))
		}
	}
	// The length says less than there is: the rest of the order is missing.
	short := bytes.Clone(whole)
	short[3]--
	if _, err := Read(bytes.NewReader(short)); err == nil {
		t.Error("an order with a wrong length was taken")
	}
	huge := []byte{0xff, 0xff, 0xff, 0xff}
	if _, err := Read(bytes.NewReader(huge)); err == nil {
		t.Error("an order of 4 GiB was taken")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(Encode(order()))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		again, err := Read(bytes.NewReader(Encode(o)))
		if err != nil || !reflect.DeepEqual(o, again) {
			t.Errorf("got %+v (%v), want %+v", again, err, o)
		}
	})
}

func TestFailure(t *testing.T) {
	want := Failure{Step: "execute ./bootstrap in /var/task", Errno: 2}
	if got := DecodeFailure(EncodeFailure(want)); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, want := DecodeFailure([]byte("panic: no number")), (Failure{Step: "panic: no number"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
