package results

import (
	"fmt"
	"slices"
)

// Check finds what a schema can't say: ids used twice, references to nothing,
// histograms that disagree with their counts.
func (d *Document) Check() error {
	if d.Ended.Before(d.Started) {
		return fmt.Errorf("ended: got %s, wanted a time not before started, %s", d.Ended.Format("15:04:05"), d.Started.Format("15:04:05"))
	}
	for i, r := range d.Runtimes {
		for j, v := range r.Variants {
			if v.Class != "" && v.Kind != KindAPI {
				return fmt.Errorf("runtimes[%d].variants[%d].class: got %q, wanted none for the kind %s", i, j, v.Class, v.Kind)
			}
		}
	}
	artifacts := map[string]bool{}
	for i, a := range d.Artifacts {
		if artifacts[a.ID] {
			return fmt.Errorf("artifacts[%d].id: got %q twice, wanted each id once", i, a.ID)
		}
		artifacts[a.ID] = true
	}
	keys := map[string]bool{}
	environments := map[string]bool{}
	for i := range d.Configurations {
		c := &d.Configurations[i]
		field := fmt.Sprintf("configurations[%d]", i)
		if keys[c.Key()] {
			return fmt.Errorf("%s: got %s twice, wanted each configuration once", field, c.Key())
		}
		keys[c.Key()] = true
		if err := d.checkConfiguration(field, c, artifacts, environments); err != nil {
			return err
		}
	}
	if err := d.checkTraffic(); err != nil {
		return err
	}
	families := map[string]bool{}
	for i, f := range d.Plan.Families {
		if families[f.ID] {
			return fmt.Errorf("plan.families[%d].id: got %q twice, wanted each id once", i, f.ID)
		}
		families[f.ID] = true
		for _, member := range f.Members {
			if !keys[member] {
				return fmt.Errorf("plan.families[%d].members: got %q, wanted configurations of this document", i, member)
			}
		}
	}
	return nil
}

func (d *Document) checkConfiguration(field string, c *Configuration, artifacts, environments map[string]bool) error {
	runtime, ok := d.Runtime(c.Runtime)
	if !ok {
		return fmt.Errorf("%s.runtime: got %q, wanted one of the document's runtimes", field, c.Runtime)
	}
	if _, ok := runtime.Variant(c.Variant); !ok {
		return fmt.Errorf("%s.variant: got %q, wanted a variant of %s", field, c.Variant, c.Runtime)
	}
	if c.Artifact != "" && !artifacts[c.Artifact] {
		return fmt.Errorf("%s.artifact: got %q, wanted the id of one of the document's artifacts", field, c.Artifact)
	}
	for i := range c.Environments {
		e := &c.Environments[i]
		at := fmt.Sprintf("%s.environments[%d]", field, i)
		if environments[e.ID] {
			return fmt.Errorf("%s.id: got %q twice, wanted each environment once", at, e.ID)
		}
		environments[e.ID] = true
		if b := e.Burst; b != nil && (b.Cold+b.Warm+b.Throttled+b.Refused != b.Calls || b.Cold == 0) {
			return fmt.Errorf("%s.burst: got %d cold, %d warm, %d throttled and %d refused, wanted at least one cold and the sum %d", at, b.Cold, b.Warm, b.Throttled, b.Refused, b.Calls)
		}
		for name, operation := range e.Operations {
			if err := operation.HDR.check(operation.N); err != nil {
				return fmt.Errorf("%s.operations[%q]: %w", at, name, err)
			}
		}
		if !slices.IsSortedFunc(e.Curve, func(a, b CurvePoint) int { return a.Index - b.Index }) {
			return fmt.Errorf("%s.curve: got indexes out of order, wanted them ascending", at)
		}
	}
	for i := range c.Windows {
		w := &c.Windows[i]
		at := fmt.Sprintf("%s.windows[%d]", field, i)
		if i > 0 && w.Index <= c.Windows[i-1].Index {
			return fmt.Errorf("%s.index: got %d behind %d, wanted them ascending", at, w.Index, c.Windows[i-1].Index)
		}
		for name, operation := range w.Operations {
			if err := operation.HDR.check(operation.N); err != nil {
				return fmt.Errorf("%s.operations[%q]: %w", at, name, err)
			}
		}
		if w.Cold != nil {
			if err := w.Cold.HDR.check(w.Cold.N); err != nil {
				return fmt.Errorf("%s.cold: %w", at, err)
			}
		}
	}
	if len(c.Windows) > 0 && d.LoadTest == nil {
		return fmt.Errorf("loadTest: got none, wanted it beside the windows of %s", field)
	}
	for i, step := range c.Load {
		at := fmt.Sprintf("%s.load[%d]", field, i)
		if step.Sent+step.Dropped > step.Planned || step.Errors > step.Sent {
			return fmt.Errorf("%s: got %d calls sent, %d dropped and %d errors, wanted them to fit into the %d planned", at, step.Sent, step.Dropped, step.Errors, step.Planned)
		}
		if err := step.HDR.check(step.Sent - step.Errors); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	return nil
}

func (h HDR) check(n int64) error {
	for _, clock := range h.clocks() {
		if clock.histogram != nil && clock.histogram.N() != n {
			return fmt.Errorf("hdr.%s: got %d values, wanted n, %d", clock.name, clock.histogram.N(), n)
		}
	}
	if h.FirstByteMs != nil && h.FirstByteMs.N() > n { // not every call need be streamed
		return fmt.Errorf("hdr.firstByteMs: got %d values, wanted at most n, %d", h.FirstByteMs.N(), n)
	}
	return nil
}

type namedHistogram struct {
	name      string
	histogram *Histogram
}

func (h HDR) clocks() []namedHistogram {
	return []namedHistogram{
		{"clientMs", h.ClientMs}, {"responseMs", h.ResponseMs}, {"durationMs", h.DurationMs},
		{"cpuMs", h.CPUMs}, {"dbMs", h.DBMs},
	}
}
