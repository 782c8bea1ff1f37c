// Package stepfunctions sends a load, or a burst of calls, from many Lambda functions, which
// a Distributed Map of Step Functions starts at once: Worker is what each of them does, and
// Fleet is how bench starts them and collects what they saw.
//
//	fleet, err := stepfunctions.Find(ctx, settings, "dev")
//	shares, failures, err := fleet.Run(ctx, job)
//	recorder, test, problems, err := job.Merge(shares)
package stepfunctions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
)

const (
	// MaxWorkers keeps what the map answers, a receipt or a reason of each, below the
	// 256 KiB of a state's output.
	MaxWorkers = 200
	// MaxLength of a load: a worker has Lambda's 15 minutes for it, for what comes before
	// and for the last answer.
	MaxLength = 12 * time.Minute
	// Lead is what workers have to start and to prepare.
	Lead = time.Minute
	// patience is how long a called off load may still take: its workers look every few
	// seconds, then wait for their last answers.
	patience = 2 * time.Minute
)

// Fleet is the LoadStack of an environment.
type Fleet struct {
	Machine, Bucket string // ARN and name
	region          string
	states          *sfn.Client
	objects         *s3.Client
	// poll is how often it asks whether the workers are done.
	poll time.Duration
}

// Find looks the LoadStack up.
func Find(ctx context.Context, settings aws.Config, environment string) (*Fleet, error) {
	name := config.StackName(config.LoadPart, environment)
	outputs, err := deployed.Outputs(ctx, settings, name)
	if err != nil {
		return nil, err
	}
	f := &Fleet{
		Machine: outputs["StateMachineArn"], Bucket: outputs["BucketName"], region: settings.Region,
		states: sfn.NewFromConfig(settings), objects: s3.NewFromConfig(settings), poll: time.Second,
	}
	if f.Machine == "" || f.Bucket == "" {
		return nil, fault.New("deploy it: make deploy ARGS=\"-c load=true\"", "no workers in %s: there is no stack %s in %s", environment, name, settings.Region)
	}
	return f, nil
}

// Run sends the job's load by job.Of workers, and collects their shares. When the context
// ends the load is called off, and what was counted by then comes back.
func (f *Fleet) Run(ctx context.Context, job loadtest.Job) ([]loadtest.Share, []loadtest.Failure, error) {
	return carryOut[loadtest.Share](ctx, f, execution{Job: Job{Load: &job}, LeadSeconds: Lead.Seconds()}, job.Run, job.Of)
}

// execution is the state machine's input.
type execution struct {
	Job         Job     `json:"job"`
	LeadSeconds float64 `json:"leadSeconds"`
	Shares      []int   `json:"shares"`
}

// carryOut has so many workers do a job of this name, and collects what each has left.
func carryOut[T any](ctx context.Context, f *Fleet, in execution, run string, of int) (shares []T, failures []loadtest.Failure, err error) {
	for i := range of {
		in.Shares = append(in.Shares, i)
	}
	arn, err := f.start(ctx, in, run)
	if err != nil {
		return nil, nil, err
	}
	ended, err := f.wait(ctx, run, arn)
	if err != nil {
		return nil, nil, err
	}
	if ended.Status != types.ExecutionStatusSucceeded {
		return nil, nil, fault.New("its history in the console of Step Functions tells more", "the execution %s: %s %s: %s",
			arn, ended.Status, aws.ToString(ended.Error), aws.ToString(ended.Cause))
	}
	var receipts []Receipt
	if err := json.Unmarshal([]byte(aws.ToString(ended.Output)), &receipts); err != nil {
		return nil, nil, fmt.Errorf("read the output of %s: %w", arn, err)
	}
	ctx = context.WithoutCancel(ctx)
	for _, r := range receipts {
		part := loadtest.Part{Index: r.Index, Of: of}
		if r.Failed != nil {
			failures = append(failures, loadtest.Failure{Part: part, Err: r.Failed.err()})
			continue
		}
		var share T
		if err := f.fetch(ctx, r.Key, &share); err != nil {
			failures = append(failures, loadtest.Failure{Part: part, Err: err})
			continue
		}
		shares = append(shares, share)
	}
	return shares, failures, f.clean(ctx, run, receipts)
}

func (f *Fleet) start(ctx context.Context, in execution, run string) (arn string, err error) {
	text, err := json.Marshal(in)
	if err != nil {
		return "", fmt.Errorf("write the job: %w", err)
	}
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	// Who gives up meanwhile would not know whether they were started, and calls them off.
	started, err := f.states.StartExecution(context.WithoutCancel(ctx), &sfn.StartExecutionInput{StateMachineArn: &f.Machine, Name: &run, Input: aws.String(string(text))})
	if err != nil {
		return "", deployed.Explain(err, f.region, "start the workers", "states:StartExecution")
	}
	return aws.ToString(started.ExecutionArn), nil
}

// wait is until the execution's end.
func (f *Fleet) wait(ctx context.Context, run, arn string) (*sfn.DescribeExecutionOutput, error) {
	asking, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	asked := ctx.Done()
	look := time.NewTicker(f.poll)
	defer look.Stop()
	for {
		got, err := f.states.DescribeExecution(asking, &sfn.DescribeExecutionInput{ExecutionArn: &arn})
		if asking.Err() != nil {
			return nil, errors.Join(context.Cause(ctx), fmt.Errorf("the workers were told to stop, and did not within %v: %s", patience, arn))
		}
		if err != nil {
			then := "they are called off"
			if f.callOff(asking, run) != nil {
				then = "they go on"
			}
			return nil, deployed.Explain(err, f.region, "ask how far the workers are; "+then+": "+arn, "states:DescribeExecution")
		}
		if got.Status != types.ExecutionStatusRunning {
			return got, nil
		}
		select {
		case <-look.C:
		case <-asking.Done():
		case <-asked:
			asked = nil
			if err := f.callOff(asking, run); err != nil {
				return nil, deployed.Explain(err, f.region, "call the workers off; they go on to their end: "+arn, "s3:PutObject")
			}
			timer := time.AfterFunc(patience, end)
			defer timer.Stop()
		}
	}
}

// callOff tells the workers of a run to stop.
func (f *Fleet) callOff(ctx context.Context, run string) error {
	_, err := f.objects.PutObject(ctx, &s3.PutObjectInput{Bucket: &f.Bucket, Key: aws.String(stopKey(run)), Body: strings.NewReader("stop")})
	return err
}

func (f *Fleet) fetch(ctx context.Context, key string, share any) error {
	got, err := f.objects.GetObject(ctx, &s3.GetObjectInput{Bucket: &f.Bucket, Key: &key})
	if err != nil {
		return deployed.Explain(err, f.region, "read "+key+" in "+f.Bucket, "s3:GetObject")
	}
	defer got.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return fmt.Errorf("read %s in %s: %w", key, f.Bucket, err)
	}
	if err := json.Unmarshal(text, share); err != nil {
		return fmt.Errorf("read %s in %s: %w", key, f.Bucket, err)
	}
	return nil
}

// clean removes what the run has left in the bucket, which can only be destroyed empty.
func (f *Fleet) clean(ctx context.Context, run string, receipts []Receipt) error {
	remove := []s3types.ObjectIdentifier{{Key: aws.String(stopKey(run))}}
	for _, r := range receipts {
		if r.Failed == nil {
			remove = append(remove, s3types.ObjectIdentifier{Key: aws.String(r.Key)})
		}
	}
	got, err := f.objects.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &f.Bucket, Delete: &s3types.Delete{Objects: remove, Quiet: aws.Bool(true)}})
	if err != nil {
		return deployed.Explain(err, f.region, "remove "+prefix(run)+" from "+f.Bucket, "s3:DeleteObject")
	}
	for _, left := range got.Errors {
		return fault.New("it goes by itself within a day", "remove %s from %s: %s: %s", aws.ToString(left.Key), f.Bucket, aws.ToString(left.Code), aws.ToString(left.Message))
	}
	return nil
}

// err is in Lambda's own words, where the cause has them.
func (f Failed) err() error {
	var said struct {
		ErrorMessage string `json:"errorMessage"`
	}
	if json.Unmarshal([]byte(f.Cause), &said) == nil && said.ErrorMessage != "" {
		return errors.New(said.ErrorMessage)
	}
	return fmt.Errorf("%s: %s", f.Error, strings.Join(strings.Fields(f.Cause), " "))
}
