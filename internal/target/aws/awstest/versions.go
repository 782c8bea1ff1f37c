package awstest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
)

// pageSize is that of ListVersionsByFunction here: small, so that there are pages.
const pageSize = 2

// serveVersions publishes, lists and deletes versions.
func (a *Account) serveVersions(w http.ResponseWriter, r *http.Request, action, name string) {
	f, ok := a.functions[name]
	if !ok {
		refuse(w, Refusal{Status: http.StatusNotFound, Code: "ResourceNotFoundException", Message: "Function not found: " + name})
		return
	}
	qualifier := r.URL.Query().Get("Qualifier")
	switch action {
	case "lambda:PublishVersion":
		f.publish(w, r)
	case "lambda:ListVersionsByFunction":
		all := []map[string]any{f.configuration()}
		for _, v := range f.versions {
			all = append(all, v.configuration())
		}
		begin, _ := strconv.Atoi(r.URL.Query().Get("Marker"))
		begin = min(begin, len(all))
		end := min(begin+pageSize, len(all))
		page := map[string]any{"Versions": all[begin:end]}
		if end < len(all) {
			page["NextMarker"] = strconv.Itoa(end)
		}
		answer(w, http.StatusOK, page)
	case "lambda:DeleteFunction":
		v, ok := a.find(name, qualifier)
		switch {
		case qualifier == "": // what must never be asked for
			a.functions[name].stop()
			delete(a.functions, name)
		case !ok || v.version == 0:
			refuse(w, Refusal{Status: http.StatusNotFound, Code: "ResourceNotFoundException", Message: "Function not found: " + name + ":" + qualifier})
			return
		case v.kept > 0:
			refuse(w, Refusal{Status: http.StatusConflict, Code: "ResourceConflictException", Message: "Environments are kept ready for it."})
			return
		case v.under > 0:
			refuse(w, Refusal{Status: http.StatusConflict, Code: "ResourceConflictException", Message: "The operation cannot be performed at this time."})
			return
		default:
			v.stop()
			f.versions = slices.DeleteFunc(f.versions, func(one *Function) bool { return one == v })
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

func (f *Function) publish(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var in struct{ Description, CodeSha256 string }
	if err != nil || json.Unmarshal(body, &in) != nil {
		refuse(w, Refusal{Status: http.StatusBadRequest, Code: "InvalidParameterValueException", Message: "no JSON"})
		return
	}
	if is := f.configuration()["CodeSha256"]; in.CodeSha256 != "" && in.CodeSha256 != is {
		refuse(w, Refusal{Status: http.StatusBadRequest, Code: "InvalidParameterValueException", Message: fmt.Sprintf("CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s).", in.CodeSha256, is)})
		return
	}
	if n := len(f.versions); n > 0 && f.versions[n-1].revision == f.revision { // nothing is new
		answer(w, http.StatusCreated, f.versions[n-1].configuration())
		return
	}
	answer(w, http.StatusCreated, f.add(in.Description).configuration())
}

// add makes a version of the function as it is.
func (f *Function) add(description string) *Function {
	version := *f
	version.running, version.end, version.versions = nil, nil, nil
	version.Description, version.under = description, f.Slow
	version.version = f.latest + 1
	f.latest++
	f.versions = append(f.versions, &version)
	return &version
}
