// Package adapter hands the events of API Gateway to Gin through the adapter
// that AWS publishes.
package adapter

import (
	"context"
	"net/url"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	ginadapter "github.com/awslabs/aws-lambda-go-api-proxy/gin"
	"github.com/gin-gonic/gin"
)

// Start answers Lambda's events. It never returns.
func Start(router *gin.Engine) { lambda.Start(Handler(router)) }

// Handler answers an event by the router.
func Handler(router *gin.Engine) func(context.Context, events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	proxy := ginadapter.New(router)
	return func(ctx context.Context, event events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
		// A path that net/url cannot parse would be a failed invocation, not a 404, as in
		// https://github.com/awslabs/aws-lambda-go-api-proxy/blob/v0.16.2/core/request.go
		if _, err := url.ParseRequestURI(event.Path); err != nil {
			event.Path = "/" + url.PathEscape(event.Path)
		}
		return proxy.ProxyWithContext(ctx, event)
	}
}
