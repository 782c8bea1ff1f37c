package runtimeapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The Extensions API 2020-01-01: programs beside the runtime, and parts of the runtime
// itself, that take part in the environment's life. What it refuses, it refuses in the
// words of AWS's emulator.
const (
	extensionPrefix = "/2020-01-01/extension/"
	// MaxExtensions is Lambda's limit for one environment.
	MaxExtensions = 10

	headerExtensionName      = "Lambda-Extension-Name"
	headerExtensionID        = "Lambda-Extension-Identifier"
	headerExtensionErrorType = "Lambda-Extension-Function-Error-Type"
	headerAcceptFeature      = "Lambda-Extension-Accept-Feature"
)

// Identity is what an extension is told about its function when it registers.
type Identity struct{ Name, Version, Handler, Account string }

// Extension is one that has registered.
type Extension struct {
	Name     string
	External bool // a program of its own, of /opt/extensions

	id               string
	invoke, shutdown bool // the events that it wants
	state            extensionState
	conn             *conn // whose next is unanswered; nobody reads it
}

type extensionState string

const (
	extensionRegistered extensionState = "Registered"
	extensionReady      extensionState = "Ready"
	extensionRunning    extensionState = "Running"
	extensionInitError  extensionState = "InitError"
	extensionExitError  extensionState = "ExitError"
)

// Extensions are those that have registered. They are not changed any more once init
// is over.
func (s *Server) Extensions() []*Extension {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.extensions)
}

// Registered is closed when all of Options.Extensions have registered.
func (s *Server) Registered() <-chan struct{} { return s.registered }

// Fatal is the kind of error that an extension has posted first; "" is none.
func (s *Server) Fatal() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fatal
}

// tell sends an event to an extension that waits for one; the caller holds the lock.
func (s *Server) tell(e *Extension, event any) {
	c := e.conn
	e.conn, e.state = nil, extensionRunning
	if c.answer(http.StatusOK, "Lambda-Extension-Event-Identifier: "+uuid.NewString()+"\r\n", event) != nil {
		// An extension that has hung up is not waited for. What it means that it ended,
		// its process says.
		c.nc.Close()
		delete(s.conns, c)
		if s.round != nil {
			s.round.rested(e, s.options.Now())
		}
		return
	}
	if c.last {
		c.closeWrite()
	}
	s.serving.Add(1)
	go c.serve()
}

// shutdown is the event that ends an environment.
type shutdown struct {
	EventType  string `json:"eventType"`
	DeadlineMS int64  `json:"deadlineMs"`
	Reason     string `json:"shutdownReason"`
}

// Shutdown tells the extensions that have registered for it; those that are busy are
// told when they ask. The reason is spindown, timeout or failure.
func (s *Server) Shutdown(reason string, deadline time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ending = &shutdown{"SHUTDOWN", deadline.UnixMilli(), reason}
	for _, e := range s.extensions {
		if e.shutdown && e.conn != nil {
			s.tell(e, s.ending)
		}
	}
}

// Describe gives its state and the events that it has registered for, as a log has them.
// It is for the end of an init.
func (s *Server) Describe(e *Extension) (state string, events []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	events = []string{}
	if e.invoke {
		events = append(events, "INVOKE")
	}
	if e.shutdown {
		events = append(events, "SHUTDOWN")
	}
	return string(e.state), events
}

// Shuts says whether an extension wants to be told that the environment ends.
func (e *Extension) Shuts() bool { return e.shutdown }

// extensionRequest answers what is no part of the Runtime API.
func (c *conn) extensionRequest(r *http.Request, at time.Time) verdict {
	path, ok := strings.CutPrefix(r.URL.Path, extensionPrefix)
	if at := strings.TrimSuffix(r.URL.Path, "/"); r.Method == http.MethodPut && (at == telemetryPath || at == logsPath) {
		return c.subscribe(r)
	}
	if !ok {
		return c.reply(http.StatusNotFound, "", "404 page not found")
	}
	method, serve := http.MethodPost, c.extensionError
	switch path {
	case "register":
		serve = func(r *http.Request, _ *Extension, _ time.Time) verdict { return c.register(r) }
	case "event/next":
		method, serve = http.MethodGet, c.extensionNext
	case "init/error", "exit/error":
	default:
		return c.reply(http.StatusNotFound, "", "404 page not found")
	}
	if r.Method != method {
		return c.reply(http.StatusMethodNotAllowed, "", "")
	}
	if path == "register" {
		return serve(r, nil, at)
	}
	e, refused := c.s.extension(r.Header.Get(headerExtensionID))
	if refused != nil {
		return c.forbid(refused)
	}
	return serve(r, e, at)
}

// refusal of an extension's request.
type refusal struct{ kind, message string }

func (c *conn) forbid(r *refusal) verdict {
	return c.reply(http.StatusForbidden, r.kind, r.message)
}

// extension finds the one that a request's identifier names.
func (s *Server) extension(id string) (*Extension, *refusal) {
	if id == "" {
		return nil, &refusal{"Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header"}
	}
	if _, err := uuid.Parse(id); err != nil {
		return nil, &refusal{"Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.extensions {
		if e.id == id {
			return e, nil
		}
	}
	return nil, &refusal{"Extension.UnknownExtensionIdentifier", "Unknown extension " + id}
}

func (c *conn) register(r *http.Request) verdict {
	body, _, err := c.body(r)
	if err != nil {
		return over
	}
	e, refused := newExtension(r.Header.Get(headerExtensionName), body, c.s.options.Extensions)
	if refused == nil {
		refused = c.s.enter(e)
	}
	if refused != nil {
		return c.forbid(refused)
	}
	f := c.s.options.Function
	answer := struct {
		Account string `json:"accountId,omitempty"`
		Name    string `json:"functionName"`
		Version string `json:"functionVersion"`
		Handler string `json:"handler"`
	}{Name: f.Name, Version: f.Version, Handler: f.Handler}
	for _, feature := range strings.Split(r.Header.Get(headerAcceptFeature), ",") {
		if strings.TrimSpace(feature) == "accountId" {
			answer.Account = f.Account
		}
	}
	return c.unless(c.answer(http.StatusOK, headerExtensionID+": "+e.id+"\r\n", answer))
}

// newExtension reads a registration.
func newExtension(name string, body []byte, external []string) (*Extension, *refusal) {
	if name == "" {
		return nil, &refusal{"Extension.InvalidExtensionName", "Empty extension name"}
	}
	var wanted struct {
		Events            []string `json:"events"`
		ConfigurationKeys []string `json:"configurationKeys"`
	}
	err := json.Unmarshal(body, &wanted)
	if err == nil && len(wanted.ConfigurationKeys) > 0 {
		err = errors.New("configurationKeys are deprecated; use environment variables instead")
	}
	if err != nil {
		return nil, &refusal{"InvalidRequestFormat", err.Error()}
	}
	e := &Extension{Name: name, External: slices.Contains(external, name), id: uuid.NewString(), state: extensionRegistered}
	for _, event := range wanted.Events {
		switch {
		case event == "INVOKE":
			e.invoke = true
		case event == "SHUTDOWN" && e.External:
			e.shutdown = true
		case event == "SHUTDOWN":
			return nil, &refusal{"Extension.InvalidEventType", event + ": ShutdownEventNotSupportedForInternalExtension"}
		default:
			return nil, &refusal{"Extension.InvalidEventType", event + ": ErrorInvalidEventType"}
		}
	}
	return e, nil
}

// enter takes an extension up.
func (s *Server) enter(e *Extension) *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	externals := 0
	for _, other := range s.extensions {
		if other.External {
			externals++
		}
		switch {
		case other.Name == e.Name && e.External:
			return notAllowed(other.state, extensionRegistered, e.Name)
		case other.Name == e.Name:
			return &refusal{"Extension.InvalidExtensionState", "Extension with this name already registered"}
		}
	}
	switch {
	case s.registrationClosed:
		return &refusal{"Extension.RegistrationClosed", "Extension registration closed already"}
	case !e.External && len(s.extensions)-externals+len(s.options.Extensions) >= MaxExtensions:
		return &refusal{"Extension.TooManyExtensions", fmt.Sprintf("Extension limit (%d) reached", MaxExtensions)}
	}
	s.extensions = append(s.extensions, e)
	if e.External && externals+1 == len(s.options.Extensions) {
		close(s.registered)
	}
	return nil
}

func notAllowed(from, to extensionState, who string) *refusal {
	return &refusal{"Extension.InvalidExtensionState",
		fmt.Sprintf("State transition from %s to %s failed for extension %s. Error: State transition is not allowed", from, to, who)}
}

// extensionNext ends an extension's part of a round, and waits for an event.
func (c *conn) extensionNext(_ *http.Request, e *Extension, at time.Time) verdict {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.state != extensionRegistered && e.state != extensionRunning {
		return c.forbid(notAllowed(e.state, extensionReady, e.id))
	}
	e.state, e.conn = extensionReady, c
	if s.round != nil {
		s.round.rested(e, at)
	}
	if s.ending != nil && e.shutdown {
		s.tell(e, s.ending)
	}
	return parked
}

// extensionError takes init/error and exit/error. What follows from it is known when
// the process ends, which is expected of it.
func (c *conn) extensionError(r *http.Request, e *Extension, _ time.Time) verdict {
	if _, _, err := c.body(r); err != nil {
		return over
	}
	if r.Header.Get(headerExtensionErrorType) == "" {
		return c.forbid(&refusal{"Extension.MissingHeader", headerExtensionErrorType + " not found"})
	}
	to, fatal := extensionExitError, "Extension.ExitError"
	if strings.HasSuffix(r.URL.Path, "/init/error") {
		to, fatal = extensionInitError, "Extension.InitError"
	}
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	allowed := e.state == to || e.state == extensionRegistered ||
		to == extensionExitError && (e.state == extensionReady || e.state == extensionRunning)
	if !allowed {
		return c.forbid(notAllowed(e.state, to, e.id))
	}
	e.state = to
	if s.fatal == "" {
		s.fatal = fatal
	}
	return c.accepted()
}

// answer sends JSON, behind header lines of its own.
func (c *conn) answer(status int, header string, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err) // structs of strings and numbers
	}
	_, err = fmt.Fprintf(c.nc, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s",
		status, http.StatusText(status), header, len(body), body)
	return err
}
