package wire

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"testing"
)

func messages() []Message {
	return []Message{
		&Cell{
			Root: "/run/root", OldMounts: true, Mounts: []Mount{{"/a b", "/var/task", true}, {"", "/tmp", false}},
			TempBytes: 512 << 20, User: -1, OwnPIDs: true, OwnNet: true, OwnIPC: true,
		},
		&Run{
			Ports: []int{9001, 8000}, Groups: 5, CPUs: []int{0, 1}, Files: 1024, Processes: 1024, Confine: true,
			Reads: []string{"/code"}, Writes: []string{"/tmp/x", "/tmp/y"}, Connects: []int{1},
			Dir: "/var/task", Command: []string{"./bootstrap", ""}, Env: []string{"A=1\n", "B=\x00ü"},
		},
		&Failure{Step: "mount /a at /b", Errno: 2}, &End{Status: 9, PeakKB: 1 << 20},
	}
}

func empty(m Message) Message { return reflect.New(reflect.TypeOf(m).Elem()).Interface().(Message) }

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, want := range append(messages(), &Cell{}, &Run{}) {
		b := Encode(want)
		got := empty(want)
		if err := Read(bytes.NewReader(b), got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v and %v, want %+v", got, err, want)
		}
		for cut := range b {
			if err := Read(bytes.NewReader(b[:cut]), empty(want)); err == nil {
				t.Errorf("%T cut off after %d of %d bytes was taken", want, cut, len(b))
			}
		}
		if err := Read(bytes.NewReader(b[:0]), got); !errors.Is(err, io.EOF) {
			t.Errorf("got %v for nothing, want %v", err, io.EOF)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, m := range messages() {
		f.Add(Encode(m))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range messages() {
			got, again := empty(m), empty(m)
			if Read(bytes.NewReader(b), got) != nil {
				continue
			}
			if err := Read(bytes.NewReader(Encode(got)), again); err != nil || !reflect.DeepEqual(got, again) {
				t.Errorf("got %+v and %v, want %+v", again, err, got)
			}
		}
	})
}
