// Command loadworker is the Lambda function that sends one share of a load or of a burst:
// the stack LoadStack has it, and bench load --scale and bench aws --scale start it.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest/stepfunctions"
)

func main() {
	settings, err := awsconfig.LoadDefaultConfig(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	worker := stepfunctions.Worker{
		Settings: settings, Base: os.Getenv("BASE_URL"), KeyID: os.Getenv("API_KEY_ID"), Bucket: os.Getenv("BUCKET_NAME"), Look: 5 * time.Second,
	}
	lambda.Start(worker.Handle)
}
