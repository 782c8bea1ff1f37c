package constructs

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
)

// optional is nil for "", so that the CDK's default applies.
func optional(value string) *string {
	if value == "" {
		return nil
	}
	return jsii.String(value)
}

// retention translates days into the CDK's names. CloudWatch takes these lengths
// and no others: another one is the caller's mistake and panics, as the CDK does.
func retention(days int) awslogs.RetentionDays {
	known := map[int]awslogs.RetentionDays{
		1: awslogs.RetentionDays_ONE_DAY, 3: awslogs.RetentionDays_THREE_DAYS, 5: awslogs.RetentionDays_FIVE_DAYS,
		7: awslogs.RetentionDays_ONE_WEEK, 14: awslogs.RetentionDays_TWO_WEEKS, 30: awslogs.RetentionDays_ONE_MONTH,
		60: awslogs.RetentionDays_TWO_MONTHS, 90: awslogs.RetentionDays_THREE_MONTHS, 180: awslogs.RetentionDays_SIX_MONTHS,
		365: awslogs.RetentionDays_ONE_YEAR,
	}
	name, ok := known[days]
	if !ok {
		panic(fmt.Sprintf("log retention: got %d days, want 1, 3, 5, 7, 14, 30, 60, 90, 180 or 365", days))
	}
	return name
}

// logPolicy keeps a log group, but not one of a stack whose first deployment failed:
// the next attempt would find its name taken.
func logPolicy(retain bool) awscdk.RemovalPolicy {
	if retain {
		return awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE
	}
	return awscdk.RemovalPolicy_DESTROY
}

// either is value, or otherwise when it was left out.
func either[T comparable](value, otherwise T) T {
	var none T
	if value == none {
		return otherwise
	}
	return value
}

// units translates CloudWatch's names into the CDK's.
var units = map[string]awscloudwatch.Unit{
	"Milliseconds": awscloudwatch.Unit_MILLISECONDS, "Megabytes": awscloudwatch.Unit_MEGABYTES,
	"Bytes": awscloudwatch.Unit_BYTES, "None": awscloudwatch.Unit_NONE,
}
