// Package insights asks CloudWatch Logs Insights and waits for the whole answer.
//
//	rows, err := insights.Run(ctx, client, insights.Query{Group: "/aws/lambda/x", Text: "fields @message", Begin: began, End: now})
package insights

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Most rows that a query answers.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
const Most = 10_000

// Query is one of a log group's events between two moments.
type Query struct {
	Group      string
	Text       string // in the language of Logs Insights, without a limit
	Begin, End time.Time
}

// Polls become rarer.
const (
	firstPause = 200 * time.Millisecond
	lastPause  = 2 * time.Second
)

// Waiter blocks for d or until ctx ends.
type Waiter func(ctx context.Context, d time.Duration) error

// Run starts a query and polls until it is complete. Each row has its fields by name.
// A query that fails, or that ctx ends, is an error; so is one with as many rows as can
// be had, since there may be more.
func Run(ctx context.Context, client *cloudwatchlogs.Client, q Query, wait Waiter) ([]map[string]string, error) {
	started, err := client.StartQuery(ctx, &cloudwatchlogs.StartQueryInput{
		LogGroupName: &q.Group, QueryString: aws.String(q.Text), Limit: aws.Int32(Most),
		StartTime: aws.Int64(q.Begin.Unix()), EndTime: aws.Int64(q.End.Unix() + 1), // whole seconds, both included
	})
	if err != nil {
		return nil, fmt.Errorf("ask the log group %s: %w", q.Group, err)
	}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		got, err := client.GetQueryResults(ctx, &cloudwatchlogs.GetQueryResultsInput{QueryId: started.QueryId})
		if err != nil {
			if ctx.Err() != nil {
				stop(ctx, client, started.QueryId)
			}
			return nil, fmt.Errorf("read what the log group %s answers: %w", q.Group, err)
		}
		switch got.Status {
		case types.QueryStatusComplete:
			if len(got.Results) >= Most {
				return nil, fault.New("ask for less at a time", "ask the log group %s: got %d rows, which is the most that a query answers: there may be more", q.Group, len(got.Results))
			}
			return rows(got.Results), nil
		case types.QueryStatusFailed, types.QueryStatusCancelled, types.QueryStatusTimeout:
			return nil, fault.New("ask again", "ask the log group %s: the query ended as %s", q.Group, got.Status)
		}
		if err := wait(ctx, pause); err != nil {
			stop(ctx, client, started.QueryId)
			return nil, err
		}
	}
}

// stop ends a query that nobody waits for any more: an account may have 100 at a time.
func stop(ctx context.Context, client *cloudwatchlogs.Client, id *string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, _ = client.StopQuery(ctx, &cloudwatchlogs.StopQueryInput{QueryId: id}) // it ends by itself, too
}

func rows(results [][]types.ResultField) []map[string]string {
	all := make([]map[string]string, 0, len(results))
	for _, fields := range results {
		row := map[string]string{}
		for _, f := range fields {
			row[aws.ToString(f.Field)] = aws.ToString(f.Value)
		}
		all = append(all, row)
	}
	return all
}
