// Command framework is the floor of the Go runtime and its framework: the API's
// routes on Gin behind the API's own event adapter, with fixed answers. What its
// figures have above those of bare is what Gin and the adapter cost.
package main

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/adapter"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/routes"
)

func main() { adapter.Start(router()) }

func router() *gin.Engine {
	router := routes.NewRouter()
	items := routes.Items{List: ok, Create: create, Get: ok, Replace: ok, Delete: remove}
	for _, prefix := range routes.Prefixes {
		items.Add(router.Group(prefix))
	}
	return router
}

func ok(c *gin.Context) { answer(c, http.StatusOK) }

func create(c *gin.Context) {
	c.Header("Location", "items/00000000-0000-4000-8000-000000000000")
	answer(c, http.StatusCreated)
}

func remove(c *gin.Context) { c.Status(http.StatusNoContent) }

func answer(c *gin.Context, status int) { c.JSON(status, gin.H{"status": "ok"}) }
