package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"
	codec "github.com/gin-gonic/gin/codec/json"
	"github.com/go-playground/validator/v10"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/item"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/problem"
)

// JSON is how bodies are read and written. Whether the media type and the size are
// right is known before Read, and the content type is set before Write.
type JSON struct {
	Setup func()                                    // once, before the first request; may be nil
	Read  func(c *gin.Context) (item.Fields, error) // *problem.Problem, or why there is no body
	Write func(c *gin.Context, status int, v any) error
}

// GinJSON reads with Gin's binding and validation, and writes with its JSON.
var GinJSON = JSON{Setup: setUp, Read: bind, Write: writeJSON}

// fields is the body of a request.
type fields struct {
	Name        string   `json:"name" binding:"name"`
	Description string   `json:"description" binding:"description"`
	Price       *float64 `json:"price" binding:"required,price"`
}

// plainJSON is Gin's codec without the escapes that only HTML needs.
type plainJSON struct{ codec.Core }

func (plainJSON) Marshal(v any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), err
}

func setUp() {
	codec.API = plainJSON{codec.API}
	binding.EnableDecoderDisallowUnknownFields = true
	validate := binding.Validator.Engine().(*validator.Validate)
	for tag, valid := range map[string]validator.Func{
		"name":        func(f validator.FieldLevel) bool { return item.ValidName(f.Field().String()) },
		"description": func(f validator.FieldLevel) bool { return item.ValidDescription(f.Field().String()) },
		"price":       func(f validator.FieldLevel) bool { return item.ValidPrice(f.Field().Float()) },
	} {
		if err := validate.RegisterValidation(tag, valid); err != nil {
			panic(err) // Only for an empty tag or no function.
		}
	}
}

// bind returns a *problem.Problem if the body is not an object of valid fields.
func bind(c *gin.Context) (item.Fields, error) {
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return item.Fields{}, err
	}
	// Gin stops reading behind the object, and encoding/json replaces what is no UTF-8.
	if !json.Valid(body) || !utf8.Valid(body) {
		return item.Fields{}, problem.Body
	}
	var f fields
	if err = binding.JSON.BindBody(body, &f); err == nil {
		return item.NewFields(f.Name, f.Description, *f.Price), nil
	}
	wrong := map[string]bool{}
	// A value of the wrong kind ends the binding before the validation.
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		wrong[kind.Field] = true
		err = binding.Validator.ValidateStruct(&f)
	}
	if invalid, ok := errors.AsType[validator.ValidationErrors](err); ok {
		for _, e := range invalid {
			wrong[strings.ToLower(e.Field())] = true
		}
	}
	if len(wrong) == 0 || wrong[""] { // "": the body itself is no object.
		return item.Fields{}, problem.Body
	}
	return item.Fields{}, problem.Fields(wrong["name"], wrong["description"], wrong["price"])
}

func writeJSON(c *gin.Context, status int, v any) error {
	c.JSON(status, v)
	if err := c.Errors.Last(); err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	return nil
}
