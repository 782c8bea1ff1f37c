// Package routes is the API's routes on Gin, for the API and for the layers below it.
package routes

import "github.com/gin-gonic/gin"

// Prefixes are before each path: none, and what API Gateway passes.
var Prefixes = []string{"", "/go"}

// Items answer the operations on items.
type Items struct{ List, Create, Get, Replace, Delete gin.HandlerFunc }

// NewRouter returns a router that takes a path as it is written, and answers a
// known path with another method with 405.
func NewRouter(middleware ...gin.HandlerFunc) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.RedirectTrailingSlash = false
	router.HandleMethodNotAllowed = true
	router.Use(middleware...)
	return router
}

// Add adds the operations on items. Gin lists the methods in Allow in this order.
func (i Items) Add(group *gin.RouterGroup) {
	group.GET("/items", i.List)
	group.POST("/items", i.Create)
	group.GET("/items/:id", i.Get)
	group.PUT("/items/:id", i.Replace)
	group.DELETE("/items/:id", i.Delete)
}
