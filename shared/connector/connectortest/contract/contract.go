// Package contract judges what passes between a client and a double with the
// OpenAPI document that the vendor of the real system publishes, so that neither
// of the two can be wrong in the same way as the other without notice.
//
// The documents are not part of the project. The environment variable
// VENDOR_SPECS names the folder that holds them, absolute or as seen from the
// folder of go.mod; the README says where each one is published.
package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"signalbox/shared/connector/connectortest"
)

// FolderVariable names the folder of the vendors' documents.
const FolderVariable = "VENDOR_SPECS"

// Judge returns a function that fails t if the request of an exchange is not one
// that the documents allow: the path or method is in none of them, a header, a
// credential, a field is missing or of another type, a value is none of the
// enumerated. The files lie in the folder VENDOR_SPECS names; if that is unset,
// t is skipped; if a file is missing, t fails.
//
// A document is read once for all tests of a process.
func Judge(t testing.TB, files ...string) func(connectortest.Exchange) {
	t.Helper()
	documents := open(t, files)
	return func(x connectortest.Exchange) {
		t.Helper()
		if _, err := judgeRequest(documents, x); err != nil {
			t.Errorf("%s: the request is not as %s says: %v", title(x), strings.Join(files, ", "), err)
		}
	}
}

// JudgeBoth returns a function that judges the request as Judge does and then
// the answer: its status is one of the operation's and its body has the shape
// told for it. Answers that a Fault made are not judged.
func JudgeBoth(t testing.TB, files ...string) func(connectortest.Exchange) {
	t.Helper()
	documents := open(t, files)
	return func(x connectortest.Exchange) {
		t.Helper()
		input, err := judgeRequest(documents, x)
		if err != nil {
			t.Errorf("%s: the request is not as %s says: %v", title(x), strings.Join(files, ", "), err)
			return
		}
		if err := judgeAnswer(input, x); err != nil {
			t.Errorf("%s: the answer is not as %s says: %v", title(x), strings.Join(files, ", "), err)
		}
	}
}

// JudgeAnswer returns a function that judges only the answer, for requests that
// are wrong on purpose.
func JudgeAnswer(t testing.TB, files ...string) func(connectortest.Exchange) {
	t.Helper()
	documents := open(t, files)
	return func(x connectortest.Exchange) {
		t.Helper()
		input, _, err := find(documents, x)
		if err == nil {
			err = judgeAnswer(input, x)
		}
		if err != nil {
			t.Errorf("%s: the answer is not as %s says: %v", title(x), strings.Join(files, ", "), err)
		}
	}
}

func title(x connectortest.Exchange) string { return x.Method + " " + x.Path }

type document struct {
	file   string
	router routers.Router
}

// loads holds one loader per document path. It is the one state of the package:
// the larger documents take a second to read.
var loads sync.Map

func open(t testing.TB, files []string) []document {
	t.Helper()
	folder := os.Getenv(FolderVariable)
	if folder == "" {
		t.Skipf("%s is not set: nothing here can judge by %s", FolderVariable, strings.Join(files, ", "))
	}
	if !filepath.IsAbs(folder) {
		root, err := moduleRoot()
		if err != nil {
			t.Fatalf("%s=%s: %v", FolderVariable, folder, err)
		}
		folder = filepath.Join(root, folder)
	}
	var documents []document
	for _, file := range files {
		path := filepath.Join(folder, file)
		load, _ := loads.LoadOrStore(path, sync.OnceValues(func() (document, error) { return read(path) }))
		d, err := load.(func() (document, error))()
		if err != nil {
			t.Fatalf("%s=%s: %v", FolderVariable, folder, err)
		}
		documents = append(documents, d)
	}
	return documents
}

// moduleRoot is where a relative folder starts: a test runs in its package's
// folder, which is not where its caller named the folder.
func moduleRoot() (string, error) {
	at, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(at, "go.mod")); missing == nil {
			return at, nil
		}
		if filepath.Dir(at) == at {
			err = errors.New("no go.mod above the test's folder")
		}
		at = filepath.Dir(at)
	}
	return "", err
}

// read does not validate the document itself: some vendors' have small flaws
// that do not touch what they say about requests.
func read(path string) (document, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(path)
	if err != nil {
		return document{}, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	forgivePatterns(doc)
	// The double answers on loopback, whatever hosts the document lists.
	doc.Servers = nil
	for _, item := range doc.Paths.Map() {
		item.Servers = nil
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return document{}, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return document{file: filepath.Base(path), router: router}, nil
}

// forgivePatterns takes out what commercetools' document requires by a flaw: the
// pattern of a property's name, taken as a name that must be there.
func forgivePatterns(doc *openapi3.T) {
	if doc.Components == nil {
		return
	}
	for _, schema := range doc.Components.Schemas {
		if schema.Value != nil {
			schema.Value.Required = slices.DeleteFunc(schema.Value.Required, func(name string) bool { return strings.HasPrefix(name, "/^") })
		}
	}
}

func judgeRequest(documents []document, x connectortest.Exchange) (*openapi3filter.RequestValidationInput, error) {
	input, d, err := find(documents, x)
	if err != nil {
		return nil, err
	}
	if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
		return nil, fmt.Errorf("%s: %w", d.file, err)
	}
	return input, nil
}

func find(documents []document, x connectortest.Exchange) (*openapi3filter.RequestValidationInput, document, error) {
	request, err := request(x)
	if err != nil {
		return nil, document{}, err
	}
	failure := errors.New("no such operation")
	for _, d := range documents {
		route, variables, err := d.router.FindRoute(request)
		if err != nil {
			failure = fmt.Errorf("no such operation: %w", err)
			continue
		}
		return &openapi3filter.RequestValidationInput{
			Request: request, PathParams: variables, Route: route,
			Options: &openapi3filter.Options{
				MultiError:                        true,
				IncludeResponseStatus:             true,
				RejectWhenRequestBodyNotSpecified: true,
				SkipSettingDefaults:               true,
				AuthenticationFunc:                authenticate,
			},
		}, d, nil
	}
	return nil, document{}, failure
}

func request(x connectortest.Exchange) (*http.Request, error) {
	target, err := url.Parse("http://vendor.test" + x.Path)
	if err != nil {
		return nil, fmt.Errorf("the path cannot be read: %w", err)
	}
	target.RawQuery = x.Query
	r, err := http.NewRequest(x.Method, target.String(), bytes.NewReader(x.Body))
	if err != nil {
		return nil, err
	}
	r.Header = x.Header.Clone()
	return r, nil
}

// authenticate asks that the credential is where the document wants it. Whether
// it is the right one is the double's to say.
func authenticate(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	r, scheme := in.RequestValidationInput.Request, in.SecurityScheme
	value := ""
	switch {
	case scheme.Type == "apiKey" && scheme.In == "header":
		value = r.Header.Get(scheme.Name)
	case scheme.Type == "apiKey" && scheme.In == "query":
		value = r.URL.Query().Get(scheme.Name)
	case scheme.Type == "http":
		kind, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if strings.EqualFold(kind, scheme.Scheme) {
			value = rest
		}
	case scheme.Type == "oauth2", scheme.Type == "openIdConnect":
		value, _ = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	if value == "" {
		return fmt.Errorf("no credential for %s", in.SecuritySchemeName)
	}
	return nil
}

func judgeAnswer(input *openapi3filter.RequestValidationInput, x connectortest.Exchange) error {
	if x.Faulted {
		return nil
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input,
		Status:                 x.Status,
		Header:                 x.ResponseHeader,
		Body:                   io.NopCloser(bytes.NewReader(x.Response)),
		Options:                input.Options,
	})
}
