// Command sdk is the framework layer of the Go runtime and its SDK: each route
// makes the one call of the database that the API makes, through the API's own
// store. What its figures have above those of framework is what the SDK and the
// table cost; what the API has above these is validation, JSON, logs and metrics.
package main

import (
	"context"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/adapter"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/client"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/item"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/routes"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/store"
)

// fields are what a caller of the API would send.
var fields = item.Fields{Name: "Benchmark item 00000000", Description: strings.Repeat("description ", 8), Price: 123.45}

func main() { adapter.Start(router(store.New(os.Getenv("TABLE_NAME"), newClient))) }

func newClient() (*dynamodb.Client, error) { return client.New(context.Background(), 8*time.Second) }

func router(items *store.DynamoDB) *gin.Engine {
	router := routes.NewRouter()
	handlers := routes.Items{
		List: func(c *gin.Context) {
			_, _, err := items.List(c.Request.Context(), 20, "") // The API's default limit.
			answer(c, http.StatusOK, err)
		},
		Create: func(c *gin.Context) {
			created, expires := newItem(time.Now())
			c.Header("Location", "items/"+created.ID)
			answer(c, http.StatusCreated, items.Put(c.Request.Context(), created, expires))
		},
		Get: func(c *gin.Context) {
			_, err := items.Get(c.Request.Context(), c.Param("id"))
			answer(c, http.StatusOK, err)
		},
		Replace: func(c *gin.Context) {
			_, err := items.Update(c.Request.Context(), c.Param("id"), fields, item.Timestamp(time.Now()))
			answer(c, http.StatusOK, err)
		},
		Delete: func(c *gin.Context) {
			answer(c, http.StatusNoContent, items.Delete(c.Request.Context(), c.Param("id")))
		},
	}
	for _, prefix := range routes.Prefixes {
		handlers.Add(router.Group(prefix))
	}
	return router
}

func newItem(now time.Time) (created item.Item, expires time.Time) {
	return item.Item{
		ID: uuid.NewString(), Name: fields.Name, Description: fields.Description, Price: fields.Price,
		Runtime: "go", SourceIP: "192.0.2.1", CreatedAt: item.Timestamp(now), UpdatedAt: item.Timestamp(now),
	}, now.Add(7 * 24 * time.Hour)
}

// answer leaves it to Gin how a failed call is answered.
func answer(c *gin.Context, status int, err error) {
	switch {
	case err != nil:
		_ = c.AbortWithError(http.StatusInternalServerError, err)
	case status == http.StatusNoContent:
		c.Status(status)
	default:
		c.JSON(status, gin.H{"status": "ok"})
	}
}
