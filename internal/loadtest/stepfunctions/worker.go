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

// Task is what the state machine hands to each worker. The load begins Lead after the
// execution, by AWS's clock: the user's may be set as it likes.
type Task struct {
	Job         loadtest.Job `json:"job"` // whose Index is another field's
	Index       int          `json:"index"`
	Started     time.Time    `json:"started"` // of the execution
	LeadSeconds float64      `json:"leadSeconds"`
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
	// Look is how often it looks whether the load was called off.
	Look time.Duration
}

// Handle does one task.
func (w Worker) Handle(ctx context.Context, task Task) (Receipt, error) {
	job := task.Job
	job.Index = task.Index
	if err := job.Check(); err != nil {
		return Receipt{}, err
	}
	key, err := w.key(ctx)
	if err != nil {
		return Receipt{}, err
	}
	objects := s3.NewFromConfig(w.Settings)
	loading, stop := context.WithCancel(ctx)
	defer stop()
	go w.watch(loading, stop, objects, job.Run)
	sender := job.Sender(strings.TrimRight(w.Base, "/"), key)
	sender.Begin = func(context.Context) (time.Time, error) {
		begin := task.Started.Add(time.Duration(task.LeadSeconds * float64(time.Second)))
		if late := time.Since(begin); late > 0 {
			return time.Time{}, fmt.Errorf("%s: was ready %v after the load had begun", job.Part, late.Round(time.Millisecond))
		}
		return begin, nil
	}
	test, err := sender.Send(loading)
	if err != nil {
		return Receipt{}, err
	}
	text, err := json.Marshal(job.Share(test, sender.Recorder))
	if err != nil {
		return Receipt{}, fmt.Errorf("%s: %w", job.Part, err)
	}
	receipt := Receipt{Index: job.Index, Key: shareKey(job.Run, job.Index)}
	// A share that lies there already is another's: a worker that ran twice sent twice.
	_, err = objects.PutObject(ctx, &s3.PutObjectInput{Bucket: &w.Bucket, Key: &receipt.Key, Body: bytes.NewReader(text), IfNoneMatch: aws.String("*"), ContentType: aws.String("application/json")})
	if err != nil {
		return Receipt{}, fmt.Errorf("%s: leave what was counted in %s: %w", job.Part, receipt.Key, err)
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

// watch calls the load off when the user has. Whoever may not list a bucket is told that
// an object which does not exist is forbidden: any error is none.
func (w Worker) watch(ctx context.Context, stop func(), objects *s3.Client, run string) {
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
}
