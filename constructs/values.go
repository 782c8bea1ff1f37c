package constructs

import (
	"fmt"
	"maps"
	"slices"

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
		60: awslogs.RetentionDays_TWO_MONTHS, 90: awslogs.RetentionDays_THREE_MONTHS, 120: awslogs.RetentionDays_FOUR_MONTHS,
		150: awslogs.RetentionDays_FIVE_MONTHS, 180: awslogs.RetentionDays_SIX_MONTHS, 365: awslogs.RetentionDays_ONE_YEAR,
		400: awslogs.RetentionDays_THIRTEEN_MONTHS, 545: awslogs.RetentionDays_EIGHTEEN_MONTHS, 731: awslogs.RetentionDays_TWO_YEARS,
		1096: awslogs.RetentionDays_THREE_YEARS, 1827: awslogs.RetentionDays_FIVE_YEARS, 2192: awslogs.RetentionDays_SIX_YEARS,
		2557: awslogs.RetentionDays_SEVEN_YEARS, 2922: awslogs.RetentionDays_EIGHT_YEARS, 3288: awslogs.RetentionDays_NINE_YEARS,
		3653: awslogs.RetentionDays_TEN_YEARS,
	}
	name, ok := known[days]
	if !ok {
		panic(fmt.Sprintf("log retention: got %d days, want one of %v", days, slices.Sorted(maps.Keys(known))))
	}
	return name
}

// required refuses an empty text: AWS would refuse it later, or make up a name that
// nobody meant.
func required(what, value string) string {
	if value == "" {
		panic(what + ": got none, want one")
	}
	return value
}

// given is the props, or empty ones when they were left out.
func given[T any](props *T) *T {
	if props == nil {
		return new(T)
	}
	return props
}

// tag puts tags on a construct and on everything below it.
func tag(scope Construct, tags map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		awscdk.Tags_Of(scope).Add(jsii.String(required("tag", name)), jsii.String(tags[name]), nil)
	}
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
