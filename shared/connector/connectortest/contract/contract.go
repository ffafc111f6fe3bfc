// Package contract validates the exchanges between a client and a double against
// the OpenAPI document that the vendor publishes. So a mistake that client and
// double share is found.
//
//	judge := contract.JudgeBoth(t, "fedex-auth.json", "fedex-ship.json")
//	// … let the client talk to the double …
//	for _, x := range server.Exchanges() {
//		judge(x) // fails t if the document does not allow the request or the answer
//	}
//
// The documents are not part of the project. The environment variable
// VENDOR_SPECS names the folder that holds them, absolute or relative to the
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

// Judge returns a function that fails t if the documents do not allow the request
// of an exchange: no document has the path or method, a header, a credential or a
// field is missing or has the wrong type, a value is not enumerated. The files
// are in the folder VENDOR_SPECS; if it is unset, t is skipped; if a file is
// missing, t fails.
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

// JudgeBoth returns a function that judges the request like Judge, and then the
// answer: the document must have its status, and the body must fit the schema for
// that status. Answers of a Fault are not judged.
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

// loads holds one loader per document path, since the larger documents take a
// second to read. It is the package's only state.
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

// moduleRoot is the folder that VENDOR_SPECS is relative to: a test runs in the
// folder of its package.
func moduleRoot() (string, error) {
	at, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(at, "go.mod")); missing == nil {
			return at, nil
		}
		if filepath.Dir(at) == at {
			err = errors.New("the test's folder: expected a go.mod above it")
		}
		at = filepath.Dir(at)
	}
	return "", err
}

// read does not validate the document itself: some vendors' documents have small
// mistakes that do not affect the description of requests.
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

// forgivePatterns corrects a mistake in commercetools' document: it lists the
// pattern of a property's name as the name of a required property.
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

// authenticate checks that the credential is where the document requires it. The
// double checks whether it is valid.
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
