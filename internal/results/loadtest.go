package results

// LoadTest is what is known of a load that came from outside the functions, over HTTP:
// of k6, or of bench load. Its calls are in the configurations' windows.
type LoadTest struct {
	Tool          string  `json:"tool"`                 // such as k6
	Scenario      string  `json:"scenario,omitempty"`   // its name
	Schedule      string  `json:"schedule,omitempty"`   // in words
	Parts         int     `json:"parts"`                // instances, or files, that were put together
	WindowSeconds float64 `json:"windowSeconds"`        // of each Window
	Iterations    *int64  `json:"iterations,omitempty"` // begun, all parts together
	Dropped       *int64  `json:"dropped,omitempty"`    // due, and never begun
	Late          *int64  `json:"late,omitempty"`       // begun behind the schedule by the generator itself
	PeakInFlight  *int64  `json:"peakInFlight,omitempty"`
	// Unnamed calls had nothing that says whose they are; they are in no configuration.
	Unnamed int64 `json:"unnamed,omitempty"`
}

// Window is a part of a load test in time, and its unit of replication: calls of the
// same moment met the same machine, queue and neighbours. All runtimes that were called
// then have a window of that Index.
type Window struct {
	Index      int                  `json:"index"`          // from the first window of the test on, from 0
	Operations map[string]Operation `json:"operations"`     // calls, but for the cold ones
	Cold       *Operation           `json:"cold,omitempty"` // all operations: those whose answer said that its environment was new
}

// Connections is what making connections took, apart from the calls themselves.
type Connections struct {
	BlockedMs    *Histogram `json:"blockedMs,omitempty"`    // of each call: waiting for a connection
	ConnectingMs *Histogram `json:"connectingMs,omitempty"` // of each new connection
	TLSMs        *Histogram `json:"tlsMs,omitempty"`        // of each TLS handshake
}
