package invokeapi

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"net/http"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

// runStream invokes and sends the answer as it comes, each part an event, with an event
// behind them that says how it ended. A function's error is in there: the status is 200
// as soon as the function has run.
func (h *Handler) runStream(ctx context.Context, w http.ResponseWriter, in invocation, entry *Entry) *apiError {
	begun := false
	begin := func(version string) {
		if begun {
			return
		}
		begun = true
		if version == "" {
			version = latest
		}
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		w.Header().Set("X-Amz-Executed-Version", version)
		entry.Status = http.StatusOK
		w.WriteHeader(http.StatusOK)
	}
	in.options.Stream = func(_ string, part []byte) {
		begin("")
		gateway.SendPart(w, message("PayloadChunk", "application/octet-stream", part))
	}
	result, err := h.Invoker.Invoke(ctx, in.function, in.payload, in.options)
	var end struct {
		Code    string `json:"ErrorCode,omitempty"`
		Details string `json:"ErrorDetails,omitempty"`
		Log     string `json:"LogResult,omitempty"`
	}
	switch {
	case err != nil && !begun:
		entry.Err = err
		return fromInvoker(err, in)
	case err != nil:
		entry.Err = err
		end.Code, end.Details = "ServiceException", err.Error()
	case result.FunctionError != "":
		end.Code, end.Details = result.FunctionError, string(result.Payload)
	}
	entry.FunctionError, entry.Cold = result.FunctionError, result.Cold
	begin(result.ExecutedVersion)
	if in.tail {
		end.Log = base64.StdEncoding.EncodeToString(lastBytes(result.LogTail, maxLogTail))
	}
	body, err := json.Marshal(end)
	if err != nil { // strings always marshal
		panic("invokeapi: " + err.Error())
	}
	gateway.SendPart(w, message("InvokeComplete", "application/json", body))
	return nil
}

// message is one of the media type application/vnd.amazon.eventstream: both lengths and
// their checksum, the headers, the payload, and the checksum of all that.
// https://smithy.io/2.0/aws/amazon-eventstream.html
func message(event, contentType string, payload []byte) []byte {
	var headers []byte
	for _, header := range [][2]string{{":message-type", "event"}, {":event-type", event}, {":content-type", contentType}} {
		const text = 7 // the type of a header's value
		headers = append(append(headers, byte(len(header[0]))), header[0]...)
		headers = binary.BigEndian.AppendUint16(append(headers, text), uint16(len(header[1])))
		headers = append(headers, header[1]...)
	}
	size := 4 + 4 + 4 + 4 + len(headers) + len(payload) // with the lengths and the checksums
	b := binary.BigEndian.AppendUint32(make([]byte, 0, size), uint32(size))
	b = binary.BigEndian.AppendUint32(b, uint32(len(headers)))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	b = append(append(b, headers...), payload...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}
