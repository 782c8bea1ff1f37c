package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
)

// draw is what bars are drawn in, begun with the first of them.
func (u *ui) draw() *mpb.Progress {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.drawn == nil {
		u.drawn = mpb.New(mpb.WithOutput(u.stderr), mpb.WithWidth(40), mpb.WithRefreshRate(200*time.Millisecond))
	}
	u.drawers++
	return u.drawn
}

// drop is called for each draw. With the last bar gone the screen is as without.
func (u *ui) drop() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.drawers--; u.drawers == 0 {
		u.drawn.Wait()
		u.drawn = nil
	}
}

// bar is the progress of one piece of work of known length.
type bar struct {
	u       *ui
	name    string
	total   int
	done    int
	last    time.Time
	started time.Time
	note    string
	inner   *mpb.Bar // nil where nothing can be redrawn
	ended   bool
	mu      sync.Mutex
}

// Bar starts showing progress of total steps. On a terminal it is a bar with
// the time left; elsewhere a line every ten seconds, so that a log stays short.
func (u *ui) Bar(name string, total int) *bar {
	b := &bar{u: u, name: name, total: total, started: time.Now(), last: time.Now()}
	if u.terminal {
		b.inner = u.draw().AddBar(int64(total),
			mpb.PrependDecorators(decor.Name(name+" "), decor.CountersNoUnit("%d/%d")),
			mpb.AppendDecorators(decor.OnComplete(decor.Any(func(s decor.Statistics) string { return b.left() }), "done"),
				decor.Any(func(decor.Statistics) string { return b.text() })),
			mpb.BarRemoveOnComplete(),
		)
	}
	return b
}

func (b *bar) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.note == "" {
		return ""
	}
	return "  " + b.note
}

func (b *bar) left() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.leftLocked()
}

func (b *bar) leftLocked() string {
	if b.done == 0 {
		return ""
	}
	elapsed := time.Since(b.started)
	left := time.Duration(float64(elapsed) / float64(b.done) * float64(b.total-b.done))
	return phrase.Roughly(left) + " left"
}

// Step moves the bar on by one; note says what it is about.
func (b *bar) Step(note string) {
	b.mu.Lock()
	b.done++
	b.note = note
	line := ""
	if b.inner == nil && (time.Since(b.last) > 10*time.Second) && b.done < b.total {
		b.last = time.Now()
		line = fmt.Sprintf("%s %d/%d, %s", b.name, b.done, b.total, b.leftLocked())
	}
	b.mu.Unlock()
	if b.inner != nil {
		b.inner.Increment()
	}
	if line != "" {
		b.u.Say("%s", line)
	}
}

// Note says what goes on between two steps.
func (b *bar) Note(text string) {
	b.mu.Lock()
	b.note = text
	b.mu.Unlock()
	if b.inner == nil {
		b.u.Say("%s", text)
	}
}

// End takes the bar away, whether or not it was completed.
func (b *bar) End() {
	if b.inner == nil || b.ended {
		return
	}
	b.ended = true
	b.inner.Abort(true)
	b.inner.Wait()
	b.u.drop()
}

// logPause is how long a log hears nothing of work that goes on.
const logPause = 30 * time.Second

// work is one of several pieces of work, side by side, whose length is not known.
type work struct {
	u       *ui
	name    string
	about   string // how long it may take, for people
	started time.Time
	last    string // what it printed last
	inner   *mpb.Bar
	stop    chan struct{}
	mu      sync.Mutex
}

// Work starts showing that something is being done: on a terminal a line with the time
// that it has taken and what it printed last, elsewhere a line every half minute.
func (u *ui) Work(name, about string) *work {
	w := &work{u: u, name: name, about: about, started: time.Now(), stop: make(chan struct{})}
	if u.terminal {
		w.inner = u.draw().New(0, mpb.SpinnerStyle().PositionLeft(), mpb.BarWidth(2),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return w.text(time.Since(w.started), width(u.stderr)-4) })), mpb.BarRemoveOnComplete())
		return w
	}
	go func() {
		ticker := time.NewTicker(logPause)
		defer ticker.Stop()
		for {
			select {
			case <-w.stop:
				return
			case <-ticker.C:
				u.Say("%s", w.text(time.Since(w.started), 1000))
			}
		}
	}()
	return w
}

// text is what is shown of it after that time, in so many columns.
func (w *work) text(took time.Duration, columns int) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := w.name + ", " + phrase.Roughly(took.Truncate(time.Second))
	if w.about != "" {
		text += " of about " + w.about
	}
	if w.last != "" {
		text += ": " + w.last
	}
	if runes := []rune(text); len(runes) > columns {
		text = string(runes[:max(columns-1, 0)]) + "…"
	}
	return text
}

// Line is what it printed.
func (w *work) Line(text string) {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1 // what moves a cursor
		}
		return r
	}, text)
	if clean = strings.TrimSpace(clean); clean == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = clean
}

// installing shows what is fetched or compiled into the cache.
func (u *ui) installing(what string) runtimeclient.Work {
	u.Say("installing %s: once, and up to a minute", what)
	return u.Work("installing "+what, "")
}

// End takes it away.
func (w *work) End() {
	close(w.stop)
	if w.inner == nil {
		return
	}
	w.inner.Abort(true)
	w.inner.Wait()
	w.u.drop()
}
