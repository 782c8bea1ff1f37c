package runtimeapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	telemetryPath = "/2022-07-01/telemetry"
	logsPath      = "/2020-08-15/logs"
)

// Subscription is an extension's wish for telemetry, by the Telemetry API.
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html
type Subscription struct {
	Extension string
	Types     []string // of platform, function and extension
	Port      int      // of 127.0.0.1, where it listens by HTTP
	Path      string   // there
	MaxItems  int      // of a batch
	MaxBytes  int
	Timeout   time.Duration // after which a batch is sent as it is
}

// destinations are the names by which an extension may call its own host.
var destinations = []string{"sandbox.localdomain", "sandbox", "localhost", "127.0.0.1"}

// subscribe answers PUT …/telemetry, and says of the Logs API, which it has replaced, that
// it is not here, as AWS's emulator does.
func (c *conn) subscribe(r *http.Request) verdict {
	body, _, err := c.body(r)
	if err != nil {
		return over
	}
	if strings.HasPrefix(r.URL.Path, logsPath) {
		return c.reply(http.StatusAccepted, "Logs.NotSupported", "Logs API is not supported: the Telemetry API is")
	}
	if c.s.options.Subscribe == nil {
		return c.reply(http.StatusAccepted, "Telemetry.NotSupported", "Telemetry API is not supported where an environment has no network of its own")
	}
	e, refused := c.s.extension(r.Header.Get(headerExtensionID))
	if refused != nil {
		return c.forbid(refused)
	}
	c.s.mu.Lock()
	closed := c.s.registrationClosed
	c.s.mu.Unlock()
	if closed {
		return c.forbid(&refusal{"Telemetry.SubscriptionClosed", "Telemetry API subscription is closed already"})
	}
	s, wrong := newSubscription(body)
	if len(wrong) > 0 {
		return c.reply(http.StatusBadRequest, "ValidationError", strings.Join(wrong, "; "))
	}
	s.Extension = e.Name
	c.s.options.Subscribe(s)
	return c.unless(c.answer(http.StatusOK, "", "OK"))
}

// newSubscription reads a subscription, or says what is wrong with it.
func newSubscription(body []byte) (s Subscription, wrong []string) {
	var wanted struct {
		SchemaVersion string   `json:"schemaVersion"`
		Types         []string `json:"types"`
		Buffering     struct {
			MaxItems  int `json:"maxItems"`
			MaxBytes  int `json:"maxBytes"`
			TimeoutMS int `json:"timeoutMs"`
		} `json:"buffering"`
		Destination struct {
			Protocol string `json:"protocol"`
			URI      string `json:"URI"`
		} `json:"destination"`
	}
	if err := json.Unmarshal(body, &wanted); err != nil {
		return s, []string{err.Error()}
	}
	no := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if !slices.Contains([]string{"2022-07-01", "2022-12-13", "2025-01-29"}, wanted.SchemaVersion) {
		no("schemaVersion %q is not supported", wanted.SchemaVersion)
	}
	if len(wanted.Types) == 0 {
		no("types should not be empty")
	}
	for _, t := range wanted.Types {
		if !slices.Contains([]string{"platform", "function", "extension"}, t) {
			no("type %q is not supported", t)
		}
	}
	if wanted.Destination.Protocol != "HTTP" {
		no("protocol %q is not supported here, HTTP is", wanted.Destination.Protocol)
	}
	uri, err := url.Parse(wanted.Destination.URI)
	switch {
	case err != nil:
		no("URI: %v", err)
	case !slices.Contains(destinations, uri.Hostname()):
		no("URI host %q is not sandbox.localdomain", uri.Hostname())
	case uri.Port() == "":
		no("URI port is not provided")
	default:
		s.Port, _ = strconv.Atoi(uri.Port()) // a URL's is a number
		s.Path = uri.RequestURI()
	}
	within := func(name string, value, fallback, least, most int) int {
		if value == 0 {
			return fallback
		}
		if value < least || value > most {
			no("%s should be from %d to %d", name, least, most)
		}
		return value
	}
	s.Types = wanted.Types
	s.MaxItems = within("maxItems", wanted.Buffering.MaxItems, 1000, 1000, 10000)
	s.MaxBytes = within("maxBytes", wanted.Buffering.MaxBytes, 256<<10, 256<<10, 1<<20)
	s.Timeout = time.Duration(within("timeoutMs", wanted.Buffering.TimeoutMS, 1000, 25, 30000)) * time.Millisecond
	return s, wrong
}
