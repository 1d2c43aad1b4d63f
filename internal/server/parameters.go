package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// described has the names of the parameters in the query string, by route. They
// are those of openapi.json.
type described map[string][]string

// parameters reads openapi.json, which is part of the program.
func parameters() described {
	type operation struct {
		Parameters []struct{ Name, In string }
	}
	var spec struct {
		Paths map[string]map[string]operation
	}
	if err := json.Unmarshal(openAPIFile, &spec); err != nil {
		panic(err)
	}
	d := described{}
	for path, operations := range spec.Paths {
		for method, op := range operations {
			names := []string{}
			for _, p := range op.Parameters {
				if p.In == "query" {
					names = append(names, p.Name)
				}
			}
			d[strings.ToUpper(method)+" "+path] = names
		}
	}
	return d
}

// only refuses parameters that are not described: a misspelt one would be
// passed over without a word. A route that is not described ends the program
// at its start.
func (d described) only(route string, h handler) handler {
	names, ok := d[route]
	if !ok {
		panic("openapi.json lacks " + route)
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		q, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return failAPI(http.StatusBadRequest, "the query string: %s", err)
		}
		for given := range q {
			name, _, _ := strings.Cut(given, "[") // of an object, such as map[text]
			if !slices.Contains(names, name) {
				return failAPI(http.StatusBadRequest, "no parameter is called %q: known are %q", given, names)
			}
		}
		return h(w, r)
	}
}
