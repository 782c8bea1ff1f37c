// Command framework is the floor of the Go runtime and its framework: the API's
// routes on Gin behind the API's own event adapter, with fixed answers. What its
// figures have above those of bare is what Gin and the adapter cost.
package main

import (
	"net/http"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/gin-gonic/gin"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/event"
)

func main() { lambda.Start(event.Handler{HTTP: routes()}) }

func routes() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.RedirectTrailingSlash = false
	router.HandleMethodNotAllowed = true
	for _, prefix := range []string{"", "/go"} {
		group := router.Group(prefix)
		group.GET("/items", ok)
		group.POST("/items", create)
		group.GET("/items/:id", ok)
		group.PUT("/items/:id", ok)
		group.DELETE("/items/:id", remove)
	}
	return router
}

func ok(c *gin.Context) { answer(c, http.StatusOK) }

func create(c *gin.Context) {
	c.Header("Location", "items/00000000-0000-4000-8000-000000000000")
	answer(c, http.StatusCreated)
}

func remove(c *gin.Context) { c.Status(http.StatusNoContent) }

func answer(c *gin.Context, status int) {
	c.Data(status, "application/json", []byte(`{"status":"ok"}`))
}
