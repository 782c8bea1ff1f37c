package report

// Refusal is a reason for refusing samples, as a sentence without its point, and what
// the first of them left.
type Refusal struct{ Text, Reason, Evidence string }
