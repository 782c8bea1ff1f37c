package adapter

import (
	"net/http"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/gin-gonic/gin"
)

// A path reaches the router as a whole, and escaped once more where net/url cannot parse it.
func TestOddPaths(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	for path, want := range map[string]string{
		"/items":     "/items",
		"/items/%20": "/items/%20",
		"/items/#?x": "/items/__x",
		"/items/%zz": "/%2Fitems%2F%25zz",
		"/a\x00":     "/%2Fa%00",
	} {
		router := gin.New()
		router.NoRoute(func(c *gin.Context) { c.String(http.StatusNotFound, c.Request.URL.EscapedPath()) })
		got, err := Handler(router)(t.Context(), events.APIGatewayProxyRequest{HTTPMethod: http.MethodGet, Path: path})
		if err != nil || got.StatusCode != http.StatusNotFound || got.Body != want {
			t.Errorf("%q: got %d %s, %v, want 404 %s", path, got.StatusCode, got.Body, err, want)
		}
	}
}
