// Command sdk is the framework layer of the Go runtime and its SDK: each route
// makes the one call of the database that the API makes, through the API's own
// store. What its figures have above those of framework is what the SDK and the
// table cost; what the API has above these is validation, JSON, logs and metrics.
package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/event"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/store"
)

// fields are what a caller of the API would send.
var fields = store.Fields{Name: "Benchmark item 00000000", Description: strings.Repeat("description ", 8), Price: 123.45}

func main() {
	settings, err := store.ReadSettings(os.Getenv)
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(2)
	}
	lambda.Start(event.Handler{HTTP: routes(store.New(settings))})
}

func routes(items *store.DynamoDB) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.RedirectTrailingSlash = false
	router.HandleMethodNotAllowed = true
	for _, prefix := range []string{"", "/go"} {
		group := router.Group(prefix)
		group.GET("/items", func(c *gin.Context) {
			_, _, err := items.List(c.Request.Context(), 20, "") // The API's default limit.
			answer(c, http.StatusOK, err)
		})
		group.POST("/items", func(c *gin.Context) {
			item, expires := newItem(time.Now())
			c.Header("Location", "items/"+item.ID)
			answer(c, http.StatusCreated, items.Put(c.Request.Context(), item, expires))
		})
		group.GET("/items/:id", func(c *gin.Context) {
			_, err := items.Get(c.Request.Context(), c.Param("id"))
			answer(c, http.StatusOK, err)
		})
		group.PUT("/items/:id", func(c *gin.Context) {
			_, err := items.Update(c.Request.Context(), c.Param("id"), fields, store.Timestamp(time.Now()))
			answer(c, http.StatusOK, err)
		})
		group.DELETE("/items/:id", func(c *gin.Context) {
			answer(c, http.StatusNoContent, items.Delete(c.Request.Context(), c.Param("id")))
		})
	}
	return router
}

func newItem(now time.Time) (item store.Item, expires time.Time) {
	return store.Item{
		ID: uuid.NewString(), Name: fields.Name, Description: fields.Description, Price: fields.Price,
		Runtime: "go", SourceIP: "192.0.2.1", CreatedAt: store.Timestamp(now), UpdatedAt: store.Timestamp(now),
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
		c.Data(status, "application/json", []byte(`{"status":"ok"}`))
	}
}
