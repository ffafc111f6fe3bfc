package web

import (
	"encoding/base64"
	"errors"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxRequest is the largest body a request may have. Lambda itself takes 6 MB, of
// which base64 leaves 4.5:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxRequest = 4 << 20

// Request is what a function is asked: an HTTP request to its address or, where
// it allows that, a payload it was invoked with directly.
type Request struct {
	// ID is the service's own id of the request.
	ID string
	// Method and Path are those of HTTP; empty for a direct invocation.
	Method, Path string
	// Body holds the bytes as they were sent.
	Body []byte
	// Direct is set when the function was invoked by its name: AWS authorized the
	// caller, and the answer is the bare body.
	Direct bool
	// Arrived is when the request reached AWS, which is before a cold start.
	Arrived time.Time

	header map[string]string
}

// NewRequest returns a POST of body to path, for tests. The names of the header
// are in lower case, as Lambda gives them.
func NewRequest(path string, header map[string]string, body []byte) Request {
	return Request{ID: "request", Method: "POST", Path: path, header: header, Body: body, Arrived: time.Now()}
}

// Header returns a field of the request's header by its name in lower case; ""
// if there is none. Of several, they are joined by commas.
func (r Request) Header(name string) string { return r.header[name] }

// envelope is a request as a function URL hands it over, in the payload format 2.0:
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
type envelope struct {
	Path    string            `json:"rawPath"`
	Header  map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Base64  bool              `json:"isBase64Encoded"`
	Context struct {
		ID   string `json:"requestId"`
		Time int64  `json:"timeEpoch"`
		HTTP *struct {
			Method string `json:"method"`
		} `json:"http"`
	} `json:"requestContext"`
}

// readRequest reads what Lambda hands over. A payload without the envelope is a
// direct invocation.
func readRequest(payload []byte, now time.Time) (Request, error) {
	var e envelope
	if err := json.Unmarshal(payload, &e, jsontext.AllowDuplicateNames(true)); err != nil || e.Context.HTTP == nil {
		return Request{Direct: true, Body: payload, Arrived: now}, nil
	}
	r := Request{
		ID: e.Context.ID, Method: e.Context.HTTP.Method, Path: e.Path, Body: []byte(e.Body),
		Arrived: time.UnixMilli(e.Context.Time), header: e.Header,
	}
	// Another clock than ours, or one that says nothing.
	if r.Arrived.After(now) || now.Sub(r.Arrived) > time.Minute {
		r.Arrived = now
	}
	if !e.Base64 {
		return r, nil
	}
	var err error
	if r.Body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
		return r, errors.New("not a request: its body is not base64")
	}
	return r, nil
}
