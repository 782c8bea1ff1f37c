package runtimeapi

import (
	"slices"
	"time"
)

// Round is a phase of the environment, init or an invocation, as far as extensions have
// a part in it: it is over when each of them has asked for the next event.
type Round struct {
	Done chan struct{}
	at   time.Time
	left []*Extension
}

// At is when the last of them did. It is valid when Done is closed.
func (r *Round) At() time.Time { return r.at }

// rested takes an extension out of a round; the caller holds the server's lock.
func (r *Round) rested(e *Extension, at time.Time) {
	if i := slices.Index(r.left, e); i >= 0 {
		r.left = slices.Delete(r.left, i, i+1)
		r.at = at
		if len(r.left) == 0 {
			close(r.Done)
		}
	}
}

// CloseRegistration ends it, as the runtime's first request for an event does, and
// gives the round of those that have not asked for an event yet; nil: there are none.
func (s *Server) CloseRegistration() *Round {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.registrationClosed = true
	return s.newRound(func(e *Extension) bool { return e.state == extensionRegistered })
}

// Round is the one that is under way; nil: extensions have no part in it.
func (s *Server) Round() *Round {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.round
}

func (s *Server) newRound(takesPart func(*Extension) bool) *Round {
	s.round = nil
	round := &Round{Done: make(chan struct{})}
	for _, e := range s.extensions {
		if takesPart(e) {
			round.left = append(round.left, e)
		}
	}
	if len(round.left) > 0 {
		s.round = round
	}
	return s.round
}

// tellInvoke begins a round of an invocation; the caller holds the lock.
func (s *Server) tellInvoke(e Event) {
	round := s.newRound(func(e *Extension) bool { return e.invoke && e.state == extensionReady })
	if round == nil {
		return
	}
	type tracing struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	}
	event := struct {
		EventType   string   `json:"eventType"`
		DeadlineMS  int64    `json:"deadlineMs"`
		RequestID   string   `json:"requestId"`
		FunctionARN string   `json:"invokedFunctionArn"`
		Tracing     *tracing `json:"tracing,omitempty"`
	}{"INVOKE", e.Deadline.UnixMilli(), e.ID, e.FunctionARN, nil}
	if e.TraceID != "" {
		event.Tracing = &tracing{"X-Amzn-Trace-Id", e.TraceID}
	}
	for _, one := range slices.Clone(round.left) {
		s.tell(one, event)
	}
}
