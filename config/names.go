package config

import "strings"

// Prefix begins every name that users type or see in AWS.
const Prefix = "multi-runtime-benchmark"

// WithSuffix is the name of an environment of somebody's own: dev-anna. ok tells
// whether the suffix is one, up to 12 small letters and digits.
func WithSuffix(environment, suffix string) (name string, ok bool) {
	return environment + "-" + suffix, ownSuffix.MatchString(suffix)
}

// FunctionName is the promised name of a runtime's function: users type it.
func FunctionName(runtime, environment string) string {
	return Prefix + "-" + runtime + "-" + environment
}

// VariantFunctionName is the name of a function beside the promised one, for a
// variant that is not the default. Lambda allows 64 characters.
func VariantFunctionName(runtime, variant, environment string) string {
	return Prefix + "-" + runtime + "-" + variant + "-" + environment
}

// RuntimeTag is on all of a runtime's stack, beside project and environment: a cost
// allocation tag once somebody has activated it in Billing.
const RuntimeTag = "runtime"

// LogGroupName is the log group of a function.
func LogGroupName(function string) string { return "/aws/lambda/" + function }

// DashboardName is the CloudWatch dashboard of an environment.
func DashboardName(environment string) string { return Prefix + "-" + environment }

// RuntimesDashboardName is the dashboard beside it, with each runtime by itself.
func RuntimesDashboardName(environment string) string {
	return DashboardName(environment) + "-runtimes"
}

// APIName is the REST API's name: CloudWatch's dimension ApiName.
func APIName(environment string) string { return Prefix + "-" + environment }

// StageName is the API's stage: it is called after the environment.
func StageName(environment string) string { return environment }

// The stacks beside those of the runtimes.
const (
	SharedPart     = "shared"
	MonitoringPart = "monitoring"
	LoadPart       = "load"
)

// StackName is the CloudFormation stack of a part: SharedPart, MonitoringPart or
// a runtime's name. The environment dev has the plain name, others add theirs:
// MultiRuntimeBenchmarkGoStack, MultiRuntimeBenchmarkGoStackProd.
func StackName(part, environment string) string {
	name := "MultiRuntimeBenchmark" + Pascal(part) + "Stack"
	if environment != Dev {
		name += Pascal(environment)
	}
	return name
}

// Pascal is a name with dashes as a CDK id: multi-runtime is MultiRuntime.
func Pascal(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "-") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}
