package deployed

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// StageLimit is how many requests a second the stage of a REST API lets through; 0 where it
// has no limit but the account's, or where the address is not API Gateway's own, which does
// not tell the stage.
func StageLimit(ctx context.Context, settings aws.Config, address string) (perSecond float64, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return 0, fmt.Errorf("read the API's address: %w", err)
	}
	api, rest, _ := strings.Cut(u.Host, ".")
	stage := strings.Trim(u.Path, "/")
	if !strings.HasPrefix(rest, "execute-api.") || stage == "" {
		return 0, nil
	}
	got, err := apigateway.NewFromConfig(settings).GetStage(ctx, &apigateway.GetStageInput{RestApiId: &api, StageName: &stage})
	var gone *types.NotFoundException
	switch {
	case errors.As(err, &gone):
		return 0, fmt.Errorf("there is no stage %s of %s", stage, api)
	case err != nil:
		return 0, Explain(err, settings.Region, "read the limit of "+stage, "apigateway:GET on /restapis/*/stages/*")
	}
	if all, ok := got.MethodSettings["*/*"]; ok && all.ThrottlingRateLimit > 0 {
		return all.ThrottlingRateLimit, nil
	}
	return 0, nil
}
