package builtin

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// maxRequest is the service's limit in bytes.
const maxRequest = 16 << 20

const contentType = "application/x-amz-json-1.0"

type operation func(request []byte) (any, error)

// server answers the requests of one database.
type server struct{ operations map[string]operation }

// NewHandler returns a database without tables. Whoever serves it keeps web
// pages out: see internal/frontdoor.
func NewHandler() http.Handler {
	d := &database{tables: map[string]*table{}}
	return &server{operations: map[string]operation{
		"CreateTable":   reading(d.createTable),
		"DescribeTable": reading(d.describeTable),
		"DeleteTable":   reading(d.deleteTable),
		"ListTables":    reading(d.listTables),
		"PutItem":       reading(d.putItem),
		"GetItem":       reading(d.getItem),
		"UpdateItem":    reading(d.updateItem),
		"DeleteItem":    reading(d.deleteItem),
		"Scan":          reading(d.scan),
	}}
}

// reading makes an operation of a function of its input. A parameter that the
// function doesn't know is refused.
func reading[In any](run func(In) (any, error)) operation {
	return func(request []byte) (any, error) {
		var in In
		decoder := json.NewDecoder(bytes.NewReader(request))
		decoder.DisallowUnknownFields()
		err := decoder.Decode(&in)
		if err == nil {
			if _, err = decoder.Token(); err == io.EOF {
				return run(in)
			}
			err = errors.New("more than one value")
		}
		// encoding/json has no type for this error.
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return nil, beyond("the parameter %s", name)
		}
		return nil, &failure{Type: ofProtocol + "SerializationException", Message: "The request is not what the operation takes: " + err.Error()}
	}
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		return // the caller is gone, or sends without an end
	}
	answer, err := s.run(r, request)
	status, body := http.StatusOK, []byte(nil)
	var failed *failure
	switch {
	case err == nil:
		body = encode(answer)
	case errors.As(err, &failed):
		status, body = http.StatusBadRequest, encode(failed)
	default:
		status, body = http.StatusInternalServerError, encode(&failure{Type: ofService + "InternalServerError", Message: err.Error()})
	}
	header := w.Header()
	header["Content-Type"] = []string{contentType}
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	// The SDKs check it: a part of what a call costs a function.
	header["X-Amz-Crc32"] = []string{strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10)}
	header["X-Amzn-Requestid"] = []string{rand.Text()} // 26 characters; the service has 52
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller that has hung up needs no answer
}

func (s *server) run(r *http.Request, request []byte) (any, error) {
	name, versioned := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_20120810.")
	run, known := s.operations[name]
	switch {
	case r.Method != http.MethodPost || !versioned:
		return nil, &failure{Type: ofProtocol + "UnknownOperationException"}
	case !known:
		return nil, &failure{Type: ofProtocol + "UnknownOperationException", Message: beyond("the operation %s", name).Message}
	case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "):
		return nil, &failure{Type: ofProtocol + "MissingAuthenticationTokenException", Message: "Request must contain either a valid (registered) AWS access key ID or X.509 certificate."}
	}
	return run(request)
}
