package stepfunctions

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
)

// Job is what workers do: a load or a burst, of which the other one is nil.
type Job struct {
	Load  *loadtest.Job `json:"load,omitempty"` // its Index is that of the Task
	Burst *Burst        `json:"burst,omitempty"`
}

// Task is what the state machine hands to each worker. It begins LeadSeconds after the
// execution, by AWS's clock: the user's may be set as it likes.
type Task struct {
	Job         Job       `json:"job"`
	Index       int       `json:"index"`
	Started     time.Time `json:"started"` // of the execution
	LeadSeconds float64   `json:"leadSeconds"`
}

// begin is when everybody begins, unless that is over.
func (t Task) begin(part loadtest.Part, what string) (time.Time, error) {
	begin := t.Started.Add(time.Duration(t.LeadSeconds * float64(time.Second)))
	if late := time.Since(begin); late > 0 {
		return time.Time{}, fmt.Errorf("%s: was ready %v after the %s had begun", part, late.Round(time.Millisecond), what)
	}
	return begin, nil
}

// Receipt is what a worker answers: where its share lies. A share itself may be larger
// than the 256 KiB that a state's output may have.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
type Receipt struct {
	Index int    `json:"index"`
	Key   string `json:"key"`
	// Failed is filled in by the state machine for a worker that answered with an error.
	Failed *Failed `json:"failed,omitempty"`
}

// Failed is an error as Step Functions tells it.
type Failed struct {
	Error string
	Cause string // Lambda's answer, as a JSON text
}

func shareKey(run string, index int) string { return fmt.Sprintf("%s%04d.json", prefix(run), index) }
func stopKey(run string) string             { return prefix(run) + "stop" }
func prefix(run string) string              { return Folder + run + "/" }

// Folder is where everything lies in the bucket.
const Folder = "runs/"

// Worker is the Lambda function: it sends one share, and leaves what it saw in a bucket.
type Worker struct {
	Settings aws.Config
	Base     string // the deployed API's URL: a task can't name another one
	KeyID    string // of API Gateway's key; empty for an API that asks for none
	Bucket   string
	// Look is how often it looks whether it was called off.
	Look time.Duration
}

// Handle does one task.
func (w Worker) Handle(ctx context.Context, task Task) (Receipt, error) {
	switch {
	case task.Job.Load != nil:
		return w.load(ctx, task, *task.Job.Load)
	case task.Job.Burst != nil:
		return w.burst(ctx, task, *task.Job.Burst)
	}
	return Receipt{}, errors.New("job: got neither a load nor a burst: is this worker older than the bench that has started it?")
}

// load sends a share of a load.
func (w Worker) load(ctx context.Context, task Task, job loadtest.Job) (Receipt, error) {
	job.Index = task.Index
	if err := job.Check(); err != nil {
		return Receipt{}, err
	}
	key, err := w.key(ctx)
	if err != nil {
		return Receipt{}, err
	}
	loading, end := w.untilCalledOff(ctx, job.Run)
	defer end()
	sender := job.Sender(strings.TrimRight(w.Base, "/"), key)
	sender.Begin = func(context.Context) (time.Time, error) { return task.begin(job.Part, "load") }
	test, err := sender.Send(loading)
	if err != nil {
		return Receipt{}, err
	}
	return w.leave(ctx, job.Run, job.Part, job.Share(test, sender.Recorder))
}

// leave puts what was seen into the bucket.
func (w Worker) leave(ctx context.Context, run string, part loadtest.Part, seen any) (Receipt, error) {
	text, err := json.Marshal(seen)
	if err != nil {
		return Receipt{}, fmt.Errorf("%s: %w", part, err)
	}
	receipt := Receipt{Index: part.Index, Key: shareKey(run, part.Index)}
	// A share that lies there already is another's: a worker that ran twice sent twice.
	_, err = s3.NewFromConfig(w.Settings).PutObject(ctx, &s3.PutObjectInput{Bucket: &w.Bucket, Key: &receipt.Key, Body: bytes.NewReader(text), IfNoneMatch: aws.String("*"), ContentType: aws.String("application/json")})
	if err != nil {
		return Receipt{}, fmt.Errorf("%s: leave what was counted in %s: %w", part, receipt.Key, err)
	}
	return receipt, nil
}

func (w Worker) key(ctx context.Context) (string, error) {
	if w.KeyID == "" {
		return "", nil
	}
	got, err := apigateway.NewFromConfig(w.Settings).GetApiKey(ctx, &apigateway.GetApiKeyInput{ApiKey: &w.KeyID, IncludeValue: aws.Bool(true)})
	if err != nil {
		return "", fmt.Errorf("read the API key %s: %w", w.KeyID, err)
	}
	if aws.ToString(got.Value) == "" {
		return "", errors.New("read the API key " + w.KeyID + ": got nothing")
	}
	return *got.Value, nil
}

// untilCalledOff is a context that ends when the user has called the run off. Whoever may
// not list a bucket is told that an object which does not exist is forbidden: any error is
// none.
func (w Worker) untilCalledOff(ctx context.Context, run string) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(ctx)
	objects := s3.NewFromConfig(w.Settings)
	go func() {
		look := time.NewTicker(w.Look)
		defer look.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-look.C:
			}
			if _, err := objects.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &w.Bucket, Key: aws.String(stopKey(run))}); err == nil {
				stop()
				return
			}
		}
	}()
	return ctx, stop
}
