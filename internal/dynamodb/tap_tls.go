package dynamodb

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// tlsConfig is what DynamoDB's endpoints offer: TLS 1.2 and 1.3
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/infrastructure-security.html),
// HTTP/1.1, and the resumption of sessions by tickets.
func tlsConfig(certificate *tls.Certificate) *tls.Config {
	if certificate == nil {
		return nil
	}
	return &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
}

func (t *Tap) scheme() string {
	if t.tls != nil {
		return "https"
	}
	return "http"
}

// session begins a connection: where the tap speaks TLS, with the handshake.
func (p *Port) session(tcp *net.TCPConn) (*session, error) {
	s := &session{port: p, conn: tcp, tcp: tcp}
	if p.tap.tls != nil {
		// The clock starts with the first byte: before it the function may have a
		// connection for later, or read its roots.
		first := &firstByte{Conn: tcp, clock: p.meter.clock}
		secure := tls.Server(first, p.tap.tls)
		if err := secure.HandshakeContext(p.ctx); err != nil {
			return nil, fmt.Errorf("TLS handshake: %w", err)
		}
		p.shook(p.meter.clock.Now().Sub(first.at))
		s.conn = secure
	}
	s.in = bufio.NewReaderSize(s.conn, 16<<10)
	return s, nil
}

// firstByte notes when the first byte of a connection was read.
type firstByte struct {
	net.Conn
	clock Clock
	at    time.Time
}

func (f *firstByte) Read(b []byte) (int, error) {
	n, err := f.Conn.Read(b)
	if f.at.IsZero() && n > 0 {
		f.at = f.clock.Now()
	}
	return n, err
}
