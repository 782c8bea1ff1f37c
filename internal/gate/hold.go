package gate

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Subject is one function that can be called, looked behind and spoilt: local.Subject is.
type Subject interface {
	contract.Faults
	Invoke(ctx context.Context, event []byte) ([]byte, error)
	Fresh(ctx context.Context) error
	Rows() contract.Table
	Close() error
}

// Options say how functions are reached, and what of the contract is asked.
type Options struct {
	// Subject prepares a configuration; up to AtOnce are in use at the same time.
	Subject func(ctx context.Context, c target.Config) (Subject, error)
	AtOnce  int
	Version string   // what /health must say
	Cases   []string // globs; empty means all
	Faults  bool     // also spoil the database: slower
}

// Hold runs the suite against each configuration, several at the same time, and hands the
// reports over in the order of configurations. The first error ends it, also one of done.
func Hold(ctx context.Context, suite contract.Suite, configurations []target.Config, o Options, done func(target.Config, contract.Report) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type outcome struct {
		report contract.Report
		err    error
	}
	slots := make(chan struct{}, o.AtOnce)
	outcomes := make([]chan outcome, len(configurations))
	var wait sync.WaitGroup
	defer wait.Wait()
	for i, c := range configurations {
		outcomes[i] = make(chan outcome, 1)
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			report, err := o.hold(ctx, suite, c)
			outcomes[i] <- outcome{report, err}
		})
	}
	for i, c := range configurations {
		one := <-outcomes[i]
		if one.err == nil {
			one.err = done(c, one.report)
		}
		if one.err != nil {
			cancel() // the others end, and are waited for
			return one.err
		}
	}
	return nil
}

// hold runs the suite against one configuration.
func (o Options) hold(ctx context.Context, suite contract.Suite, c target.Config) (report contract.Report, err error) {
	known, err := contract.LoadKnownFailing(c.Runtime.Dir)
	if err != nil {
		return report, err
	}
	variant, err := c.Runtime.Variant(c.Variant)
	if err != nil {
		return report, err
	}
	declared, err := Declared(c, suite)
	if err != nil {
		return report, err
	}
	if file := variant.ContractFile(); file != "" {
		if suite, err = suite.Only(os.DirFS(c.Runtime.Dir), filepath.ToSlash(filepath.Clean(file))); err != nil {
			return report, err
		}
	}
	subject, err := o.Subject(ctx, c)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, subject.Close()) }()
	options := contract.Options{
		Runtime: c.Runtime.Name, Levels: []contract.Level{contract.Event}, Prefixes: c.Runtime.Prefixes,
		Glob: o.Cases, SourceIP: contract.EventSourceIP, Architecture: c.Arch, MemoryMB: c.MemoryMB,
		Version: o.Version, TTLDays: config.ItemTTLDays, KnownFailing: known, Declared: declared, MayConform: variant.Class != config.Stock,
		Fresh: subject.Fresh, Rows: subject.Rows(),
	}
	if o.Faults {
		options.Faults = subject
	}
	report, err = contract.Run(ctx, suite, &contract.EventClient{Invoke: subject.Invoke}, options)
	if !variant.Default {
		report.Variant = c.Variant
	}
	return report, err
}

// Declared are the differences that a stock variant must have, and one that is
// stock but for a single trick may have.
func Declared(c target.Config, suite contract.Suite) ([]contract.Declared, error) {
	if c.Runtime.Variants[c.Variant].Class != config.Stock && !isSwitch(c) {
		return nil, nil
	}
	return contract.LoadDeclared(c.Runtime.Dir, suite)
}

// isSwitch tells whether a variant is there to show what one setting of a tuned
// one gains by itself.
func isSwitch(c target.Config) bool {
	for _, variant := range c.Runtime.Variants {
		if slices.ContainsFunc(variant.Settings, func(s config.Setting) bool { return s.Switch == c.Variant }) {
			return true
		}
	}
	return false
}
