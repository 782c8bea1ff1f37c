package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Sink takes a function's answer in parts, with the type that the function gave it. A
// part is only valid during the call.
type Sink func(contentType string, part []byte)

// patience is how long a client may leave a part of a stream unread. The function waits
// for it meanwhile.
const patience = time.Minute

// SendPart sends a part of an answer at once. A client that went away is no fault of
// anybody here.
func SendPart(w http.ResponseWriter, part []byte) {
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(patience))
	_, _ = w.Write(part)
	_ = control.Flush()
}

// integrationType is the type of a stream that begins with a status and headers.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
const integrationType = "application/vnd.awslambda.http-integration-response"

// delimiter stands between them and the body.
var delimiter = make([]byte, 8)

// maxPrelude is how much may stand before it, in bytes: AWS documents no limit.
const maxPrelude = 1 << 20

// prelude is what a stream begins with.
type prelude struct {
	StatusCode json.RawMessage `json:"statusCode"`
	Headers    json.RawMessage `json:"headers"`
	Cookies    []string        `json:"cookies"`
}

// stream makes a client's response of the parts of an answer.
type stream struct {
	begin func(Response) // told once, with the body's beginning
	next  func(part []byte)
	begun bool
	held  []byte // of a prelude that is not whole yet
	err   error  // it can't be read; nothing has begun
}

func (s *stream) take(contentType string, part []byte) {
	media, _, _ := strings.Cut(contentType, ";")
	switch {
	case s.err != nil:
	case s.begun:
		s.next(part)
	case strings.TrimSpace(media) != integrationType:
		s.begun = true
		s.begin(Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {contentType}}, Body: part})
	default:
		s.held = append(s.held, part...)
		head, body, whole := bytes.Cut(s.held, delimiter)
		if !whole {
			if len(s.held) > maxPrelude {
				s.fail(fmt.Errorf("want eight zero bytes behind it"))
			}
			return
		}
		response, err := fromPrelude(head)
		if err != nil {
			s.fail(err)
			return
		}
		response.Body, s.begun, s.held = body, true, nil
		s.begin(response)
	}
}

func (s *stream) fail(err error) {
	s.err = &MalformedError{Reason: "the stream's metadata: " + err.Error(), Answer: excerpt(s.held)}
}

// end is what kept the answer from beginning.
func (s *stream) end() error {
	if s.err == nil && len(s.held) > 0 {
		s.fail(fmt.Errorf("want eight zero bytes behind it"))
	}
	return s.err
}

// fromPrelude reads what a stream begins with.
func fromPrelude(head []byte) (Response, error) {
	var p prelude
	if err := json.Unmarshal(head, &p); err != nil {
		return Response{}, fmt.Errorf("want a JSON object (%w)", err)
	}
	response := Response{StatusCode: http.StatusOK, Header: http.Header{}}
	var err error
	if len(p.StatusCode) > 0 {
		if response.StatusCode, err = parseStatus(p.StatusCode); err != nil {
			return Response{}, fmt.Errorf("statusCode: %w", err)
		}
	}
	if len(p.Headers) > 0 && !isNull(p.Headers) {
		headers, err := parseHeaders2(p.Headers)
		if err != nil {
			return Response{}, fmt.Errorf("headers: %w", err)
		}
		for name, value := range headers {
			if !droppedFromAnswer2[http.CanonicalHeaderKey(name)] {
				response.Header.Set(name, value)
			}
		}
	}
	for _, cookie := range p.Cookies {
		response.Header.Add("Set-Cookie", cookie)
	}
	if response.Header.Get("Content-Type") == "" {
		response.Header.Set("Content-Type", "application/octet-stream")
	}
	return response, nil
}

// FromStream makes one response of a whole streamed answer.
func FromStream(contentType string, answer []byte) (Response, error) {
	var response Response
	s := stream{begin: func(r Response) { response = r }}
	s.take(contentType, answer)
	if err := s.end(); err != nil {
		return Response{}, err
	}
	if !s.begun { // an empty answer
		response = Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {contentType}}}
	}
	return response, nil
}

// streamed says why an answer that is a stream is none that an API in one piece can read.
func streamed(payload []byte) error {
	if head, _, found := bytes.Cut(payload, delimiter); found && json.Valid(head) {
		return &MalformedError{Reason: "the function streams it: want integration: url with stream: true, as of a function URL whose invoke mode is RESPONSE_STREAM", Answer: excerpt(head)}
	}
	return nil
}
