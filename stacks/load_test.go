package stacks_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/stacks"
)

// The load workers' stack stands beside an environment that has them, reads nothing but
// what it needs, and is protected like the others.
func TestLoadStack(t *testing.T) {
	s, err := synthStacks(map[string]any{"load": "true"}, imaginary()[:1], func(app awscdk.App, cfg stacks.Config) {
		shared := stacks.NewSharedStack(app, config.StackName(config.SharedPart, cfg.Environment.Name), &stacks.SharedStackProps{Deployment: cfg.Deployment})
		stacks.NewLoadStack(app, config.StackName(config.LoadPart, cfg.Environment.Name), &stacks.LoadStackProps{Deployment: cfg.Deployment, Zip: cfg.LoadZip, Shared: shared})
	})
	if err != nil {
		t.Fatal(err)
	}
	load := s.stack(t, config.LoadPart)
	golden(t, "load.dev.json", load)
	for _, name := range []string{"StateMachineArn", "BucketName"} {
		if load.Outputs[name].Value == nil {
			t.Errorf("got no output %s, which bench looks for", name)
		}
	}
	machines := load.of("AWS::StepFunctions::StateMachine")
	if len(machines) != 1 {
		t.Fatalf("got %d state machines, want 1", len(machines))
	}
	text := definition(t, machines[0].Properties["DefinitionString"])
	var machine struct {
		States map[string]struct {
			Type, ItemsPath string
			ItemSelector    map[string]string
			MaxConcurrency  int
			ItemProcessor   struct {
				ProcessorConfig map[string]string
				States          map[string]struct {
					Type       string
					Parameters map[string]string
					Catch      []struct{ ErrorEquals []string }
					Retry      []struct{ ErrorEquals []string }
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &machine); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	workers := machine.States["Workers"]
	// What stepfunctions.Task reads.
	want := map[string]string{"job.$": "$.job", "index.$": "$$.Map.Item.Value", "started.$": "$$.Execution.StartTime", "leadSeconds.$": "$.leadSeconds"}
	if workers.Type != "Map" || workers.ItemsPath != "$.shares" || !reflect.DeepEqual(workers.ItemSelector, want) || workers.MaxConcurrency != 0 || workers.ItemProcessor.ProcessorConfig["Mode"] != "DISTRIBUTED" {
		t.Errorf("got the map %+v", workers)
	}
	send, failed := workers.ItemProcessor.States["Send"], workers.ItemProcessor.States["Failed"]
	if len(send.Catch) != 1 || send.Catch[0].ErrorEquals[0] != "States.ALL" || !reflect.DeepEqual(failed.Parameters, map[string]string{"index.$": "$.index", "failed.$": "$.failed"}) {
		t.Errorf("got the states %+v and %+v, want a worker's error in its receipt's place", send, failed)
	}
	// A worker that may have sent something is never started again.
	if len(send.Retry) != 1 || !reflect.DeepEqual(send.Retry[0].ErrorEquals, []string{"Lambda.TooManyRequestsException"}) {
		t.Errorf("got the retries %+v, want one of what was refused", send.Retry)
	}
}

// definition is the text of an Fn::Join, with what it refers to left out.
func definition(t *testing.T, v any) string {
	t.Helper()
	join, _ := v.(map[string]any)
	parts, _ := join["Fn::Join"].([]any)
	if len(parts) != 2 {
		t.Fatalf("got the definition %v, want parts", v)
	}
	var text strings.Builder
	for _, part := range parts[1].([]any) {
		if s, ok := part.(string); ok {
			fmt.Fprint(&text, s)
		} else {
			fmt.Fprint(&text, "x")
		}
	}
	return text.String()
}
