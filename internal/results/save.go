package results

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Save writes the document to path, whole or not at all: a full disk, a crash
// or a power cut leaves the file that was there before. The folder is made.
func Save(path string, doc Document) error {
	return saveFile(path, func(w io.Writer) error { return Encode(w, doc) })
}

// Encode writes the document's text. The same document gives the same bytes.
func Encode(w io.Writer, doc Document) error {
	doc.Started, doc.Ended = doc.Started.UTC(), doc.Ended.UTC()
	doc = withoutNilSlices(doc)
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(doc); err != nil {
		return fmt.Errorf("encode results: %w", err)
	}
	if _, err := w.Write(buffer.Bytes()); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}

// saveFile goes by way of a temporary file in the same folder, since only a
// rename within one file system is atomic.
func saveFile(path string, write func(io.Writer) error) (err error) {
	defer func() {
		if err != nil {
			err = fault.New("check the folder's permissions and the free space; what was there before is untouched", "save %s: %w", path, err)
		}
	}()
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = file.Close() // closed already where the rename failed
			_ = os.Remove(file.Name())
		}
	}()
	buffered := bufio.NewWriter(file)
	if err := write(buffered); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if err := file.Chmod(0o644); err != nil { // CreateTemp's is for its owner alone
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncFolder(folder)
}

// syncFolder makes the rename itself survive a power cut.
func syncFolder(folder string) error {
	file, err := os.Open(folder)
	if err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}

// withoutNilSlices returns a copy in which empty lists and maps are written as
// [] and {}: the schema knows no null.
func withoutNilSlices(doc Document) Document {
	return filled(reflect.ValueOf(doc)).Interface().(Document)
}

func filled(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Struct:
		out := reflect.New(v.Type()).Elem()
		out.Set(v) // keeps unexported fields, such as a time's
		for i := range v.NumField() {
			field := v.Type().Field(i)
			absent := strings.Contains(field.Tag.Get("json"), "omitzero") && v.Field(i).IsZero()
			if field.IsExported() && !absent {
				out.Field(i).Set(filled(v.Field(i)))
			}
		}
		return out
	case reflect.Slice:
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(filled(v.Index(i)))
		}
		return out
	case reflect.Map:
		out := reflect.MakeMapWithSize(v.Type(), v.Len())
		for entries := v.MapRange(); entries.Next(); {
			out.SetMapIndex(entries.Key(), filled(entries.Value()))
		}
		return out
	default:
		return v
	}
}
