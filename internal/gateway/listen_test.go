package gateway

import (
	"net"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

func TestListenRefuses(t *testing.T) {
	tests := []struct{ addr, want string }{
		{"", "not host:port"},
		{"8080", "not host:port"},
		{"127.0.0.1", "not host:port"},
		{":8080", "every network interface"},
		{"0.0.0.0:0", "not on loopback"},
		{"[::]:0", "not on loopback"},
		{"192.0.2.1:0", "not on loopback"},
		{"example.com:0", "not on loopback"},
		{"127.0.0.1:http-nonsense", "listen on"},
		{"127.0.0.1:70000", "listen on"},
	}
	for _, tt := range tests {
		listener, err := Listen(tt.addr)
		if err == nil {
			listener.Close()
			t.Errorf("%q: got a listener on %s, want an error", tt.addr, listener.Addr())
			continue
		}
		if !strings.Contains(err.Error(), tt.want) || !fault.IsUsage(err) || fault.Hint(err) == "" {
			t.Errorf("%q: got %v (usage %t, hint %q), want a usage error with %q and a hint",
				tt.addr, err, fault.IsUsage(err), fault.Hint(err), tt.want)
		}
	}
}

func TestListen(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "localhost:0"} {
		listener, err := Listen(addr)
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		if got := listener.Addr().(*net.TCPAddr); !got.IP.IsLoopback() || got.Port == 0 {
			t.Errorf("%q: got %s", addr, got)
		}
	}
}

func TestListenPortInUse(t *testing.T) {
	first, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	second, err := Listen(first.Addr().String())
	if err == nil {
		second.Close()
		t.Fatal("got a second listener on one port")
	}
	_, port, _ := net.SplitHostPort(first.Addr().String())
	if want := "port " + port + " of 127.0.0.1 is in use"; err.Error() != want || !fault.IsUsage(err) {
		t.Errorf("got %q (usage %t), want %q", err, fault.IsUsage(err), want)
	}
	if got, want := fault.Hint(err), "choose another port"; !strings.Contains(got, want) {
		t.Errorf("got the hint %q, want it to say %q", got, want)
	}
}
