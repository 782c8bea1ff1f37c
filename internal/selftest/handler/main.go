// Command handler is the function that bench measures itself with. It answers
// after as long a sleep as an event's header asks for, and says how long that
// was by its own clock; then it asks the database, which delays its answer as
// well. It speaks the Runtime API without a client or net/http, so that bench
// can carry it along: 2.6 MB.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// The headers of events and answers, in microseconds.
const (
	delayHeader    = "x-delay-us"    // how long to sleep
	databaseHeader = "x-database-us" // how long the database shall
	delayedHeader  = "x-delayed-us"  // how long it was
)

func main() {
	fmt.Fprintln(os.Stderr, "handler:", serve())
	os.Exit(1)
}

// serve answers events until something goes wrong: Lambda ends a function by
// killing it.
func serve() error {
	api, err := dial(os.Getenv("AWS_LAMBDA_RUNTIME_API"))
	if err != nil {
		return err
	}
	const path = "/2018-06-01/runtime/invocation/"
	var database *conn
	for {
		header, body, err := api.exchange("GET", path+"next", nil)
		if err != nil {
			return err
		}
		if database == nil { // lazily, as the SDKs do
			endpoint, err := url.Parse(os.Getenv("AWS_ENDPOINT_URL_DYNAMODB"))
			if err != nil {
				return err
			}
			if database, err = dial(endpoint.Host); err != nil {
				return err
			}
		}
		answer, err := handle(body, database)
		if err != nil {
			return err
		}
		if _, _, err := api.exchange("POST", path+header.Get("Lambda-Runtime-Aws-Request-Id")+"/response", answer); err != nil {
			return err
		}
	}
}

// handle answers an event of API Gateway's.
func handle(body []byte, database *conn) ([]byte, error) {
	var event struct{ Headers map[string]string }
	if err := json.Unmarshal(body, &event); err != nil {
		return nil, err
	}
	wishes := map[string]int{}
	for name, value := range event.Headers {
		if us, err := strconv.Atoi(value); err == nil {
			wishes[strings.ToLower(name)] = us
		}
	}
	began := time.Now()
	if us := wishes[delayHeader]; us > 0 {
		time.Sleep(time.Duration(us) * time.Microsecond)
	}
	slept := time.Since(began)
	if _, _, err := database.exchange("POST", "/", fmt.Appendf(nil, `{"delayUs":%d}`, wishes[databaseHeader])); err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{
		"statusCode": 200, "body": "ok", "headers": map[string]string{delayedHeader: strconv.FormatInt(slept.Microseconds(), 10)},
	})
}

// conn is a connection that is kept alive, with one exchange at a time.
type conn struct {
	host string
	nc   net.Conn
	in   *textproto.Reader
	r    *bufio.Reader
}

func dial(host string) (*conn, error) {
	nc, err := net.Dial("tcp", host)
	if err != nil {
		return nil, err
	}
	r := bufio.NewReader(nc)
	return &conn{host: host, nc: nc, r: r, in: textproto.NewReader(r)}, nil
}

func (c *conn) exchange(method, path string, body []byte) (textproto.MIMEHeader, []byte, error) {
	request := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n", method, path, c.host, len(body))
	if _, err := c.nc.Write(append(request, body...)); err != nil {
		return nil, nil, err
	}
	status, err := c.in.ReadLine()
	if err != nil {
		return nil, nil, err
	}
	header, err := c.in.ReadMIMEHeader()
	if err != nil {
		return nil, nil, err
	}
	length, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil {
		return nil, nil, errors.New("an answer without a length: " + status)
	}
	answer := make([]byte, length)
	if _, err := io.ReadFull(c.r, answer); err != nil {
		return nil, nil, err
	}
	if !strings.HasPrefix(status, "HTTP/1.1 20") {
		return nil, nil, fmt.Errorf("%s %s: %s %s", method, path, status, answer)
	}
	return header, answer, nil
}
