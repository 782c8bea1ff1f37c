// Package adapter hands the events of API Gateway to Gin through the adapter
// that AWS publishes.
package adapter

import (
	"context"
	"net/url"
	"strings"

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
		event.Path = whole(event.Path)
		return proxy.ProxyWithContext(ctx, event)
	}
}

// whole makes a path that reaches the router as a whole. The adapter parses it as a
// part of an address, which ends at # and ?, and fails the invocation where that
// cannot be parsed: https://github.com/awslabs/aws-lambda-go-api-proxy/blob/v0.16.2/core/request.go
func whole(path string) string {
	path = strings.Map(func(r rune) rune {
		if r == '#' || r == '?' {
			return '_' // No route has one of the three.
		}
		return r
	}, path)
	if _, err := url.ParseRequestURI(path); err != nil {
		return "/" + url.PathEscape(path)
	}
	return path
}
