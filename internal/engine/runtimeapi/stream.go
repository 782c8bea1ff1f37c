package runtimeapi

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"time"
)

// MaxStream is Lambda's limit of a streamed response in bytes.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const MaxStream = 200 << 20

// Sink takes a response in parts, as the runtime sends them, with the type that the
// runtime gave it. A part is only valid during the call.
type Sink func(contentType string, part []byte)

// stream takes a response that the runtime sends as it comes into being: it goes to the
// event's sink, and into one piece where there is none.
func (c *conn) stream(r *http.Request) verdict {
	s := c.s
	o := &Outcome{Streamed: true, ContentType: r.Header.Get("Content-Type")}
	if o.ContentType == "" {
		o.ContentType = "application/octet-stream"
	}
	r.Body = &clocked{ReadCloser: r.Body, now: s.options.Now, first: &o.First}
	s.mu.Lock()
	sink, most := s.sink, s.options.MaxResponse
	s.mu.Unlock()
	var err error
	if sink == nil {
		o.Payload, o.TooLarge, err = c.body(r)
	} else {
		most = s.options.MaxStream
		o.TooLarge, err = c.pass(r, func(part []byte) { sink(o.ContentType, part) })
	}
	o.At = s.options.Now()
	switch {
	case err != nil && sink == nil:
		s.finish(nil)
		return over
	case err != nil:
		// What has left cannot be taken back: there is no second try.
		o.Truncated, o.Failed, o.ErrorType = true, true, "Runtime.TruncatedResponse"
		s.finish(o)
		return over
	case o.TooLarge:
		s.finish(o)
		return c.tooLarge(most)
	}
	// A stream that fails half-way says so in its trailers.
	if t := r.Trailer.Get(headerErrorType); t != "" {
		o.Failed, o.ErrorType = true, errorType(t)
		if body, err := base64.StdEncoding.DecodeString(r.Trailer.Get(trailerErrorBody)); err == nil && len(body) > 0 {
			o.Payload = body
		}
	}
	s.finish(o)
	return c.accepted()
}

// pass hands a body on in parts, and no more of it than Lambda would take.
func (c *conn) pass(r *http.Request, to func(part []byte)) (tooLarge bool, err error) {
	if err := c.goOn(); err != nil {
		return false, err
	}
	part := make([]byte, 32<<10)
	for size := 0; ; {
		n, err := r.Body.Read(part)
		if size += n; n > 0 && size <= c.s.options.MaxStream {
			to(part[:n])
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return size > c.s.options.MaxStream, err
		}
	}
}

// clocked takes down when the first part of a body comes.
type clocked struct {
	io.ReadCloser
	now   func() time.Time
	first *time.Time
}

func (c *clocked) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	if n > 0 && c.first.IsZero() {
		*c.first = c.now()
	}
	return n, err
}

// goOn tells a client that waits for it to send its body.
func (c *conn) goOn() error {
	if !c.asks {
		return nil
	}
	c.asks = false
	_, err := io.WriteString(c.nc, "HTTP/1.1 100 Continue\r\n\r\n")
	return err
}
