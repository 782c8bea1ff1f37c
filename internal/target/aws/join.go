package aws

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/insights"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Logs can be asked some seconds after they were written.
const (
	logPatience   = 3 * time.Minute
	firstLogPause = 2 * time.Second
	lastLogPause  = 15 * time.Second
)

// reports finds the REPORTs of requests that went through the API since a moment, by
// the ids that their answers carried. It asks until all are there, or for as long as
// logs can be late; a report that is missing then says why.
func (t *Target) reports(ctx context.Context, accessLogs string, f Function, requests []string, since time.Time) ([]target.Report, error) {
	given := t.options.Now().Add(logPatience)
	lambda := map[string]string{}       // Lambda's id, by request
	found := map[string]target.Report{} // by Lambda's id
	unreadable := map[string]string{}   // why, by Lambda's id
	unjoined := func() (ids []string) { // requests whose id at Lambda is not known
		for _, id := range requests {
			if lambda[id] == "" {
				ids = append(ids, id)
			}
		}
		return ids
	}
	unreported := func() (ids []string) { // Lambda's ids without a report
		for _, id := range lambda {
			if _, there := found[id]; !there && unreadable[id] == "" {
				ids = append(ids, id)
			}
		}
		return ids
	}
	for pause := firstLogPause; ; pause = min(2*pause, lastLogPause) {
		if ids := unjoined(); len(ids) > 0 {
			rows, err := t.ask(ctx, accessLogs, fmt.Sprintf("fields requestId, lambdaRequestId | filter requestId in %s", list(ids)), since)
			if err != nil {
				return nil, err
			}
			for _, row := range rows {
				if id := row["lambdaRequestId"]; id != "" && id != "-" {
					lambda[row["requestId"]] = id
				}
			}
		}
		if ids := unreported(); len(ids) > 0 {
			rows, err := t.ask(ctx, config.LogGroupName(f.Name), fmt.Sprintf(`fields @message, @logStream | filter (@type = "REPORT" and @requestId in %[1]s) or (type = "platform.report" and record.requestId in %[1]s)`, list(ids)), since)
			if err != nil {
				return nil, err
			}
			for _, id := range ids {
				for _, row := range rows {
					if !strings.Contains(row["@message"], id) {
						continue
					}
					one, why := reportOf(row, id, f.MemoryMB)
					if why != "" {
						unreadable[id] = why
					} else {
						found[id] = one
					}
				}
			}
		}
		if len(unjoined()) == 0 && len(unreported()) == 0 || !t.options.Now().Before(given) {
			break
		}
		if err := t.options.Wait(ctx, pause); err != nil {
			return nil, err
		}
	}
	all := make([]target.Report, 0, len(requests))
	for _, id := range requests {
		one, there := found[lambda[id]]
		switch {
		case there:
		case lambda[id] == "":
			one.Missing = "the access log has no line of it"
		case unreadable[lambda[id]] != "":
			one.Missing = unreadable[lambda[id]]
		default:
			one.Missing = "the function's log has none"
		}
		one.RequestID = id
		all = append(all, one)
	}
	return all, nil
}

// reportOf is a row's report, or why it has none that counts.
func reportOf(row map[string]string, id string, memoryMB int) (target.Report, string) {
	line, err := report.ForCall(row["@message"], id)
	switch {
	case err != nil:
		return target.Report{}, err.Error()
	case line.MemorySizeMB != memoryMB:
		return target.Report{}, fmt.Sprintf("it ran with %d MB instead of %d", line.MemorySizeMB, memoryMB)
	}
	return target.Report{
		Environment: row["@logStream"], Init: line.Init, Restore: line.Restore, Duration: line.Duration, Billed: line.Billed, MaxMemory: int64(line.MaxMemoryUsedMB) << 20,
	}, ""
}

// ask runs a query over the time since a moment, with a minute of clocks that differ.
func (t *Target) ask(ctx context.Context, group, text string, since time.Time) ([]map[string]string, error) {
	rows, err := insights.Run(ctx, t.account.logs, insights.Query{Group: group, Text: text, Begin: since.Add(-time.Minute), End: t.options.Now().Add(time.Minute)}, t.options.Wait)
	var refused smithy.APIError
	if errors.As(err, &refused) {
		return nil, deployed.Explain(err, t.account.Region, "ask the log group "+group, "logs:StartQuery and logs:GetQueryResults on it")
	}
	return rows, err
}

// list is a list of ids in the language of Logs Insights. They are hexadecimal: what is
// not is left out, since it would be taken for a part of the query.
func list(ids []string) string {
	var quoted []string
	for _, id := range ids {
		if strings.Trim(strings.ToLower(id), "0123456789abcdef-") == "" {
			quoted = append(quoted, `"`+id+`"`)
		}
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
