package sample

import (
	"encoding/base64"
	"maps"
	"time"

	"github.com/go-json-experiment/json"
)

// Request is an HTTP request to a function's address.
type Request struct {
	// Method is POST if it is empty.
	Method, Path string
	// Header has its names in lower case, as Lambda sends them.
	Header map[string]string
	Body   []byte
	// ID is derived from path and body if it is empty.
	ID string
	// At is when it reached AWS; zero means now.
	At time.Time
}

// URL returns the event with which a function URL passes the request to the
// function, in payload format 2.0: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
func URL(r Request) []byte {
	if r.Method == "" {
		r.Method = "POST"
	}
	if r.ID == "" {
		r.ID = id("request", r.Path, string(r.Body))
	}
	if r.At.IsZero() {
		r.At = time.Now()
	}
	header := map[string]string{"host": "function.lambda-url." + region + ".on.aws", "content-type": "application/json"}
	maps.Copy(header, r.Header)
	type web struct {
		Method   string `json:"method"`
		Path     string `json:"path"`
		Protocol string `json:"protocol"`
		SourceIP string `json:"sourceIp"`
	}
	type context struct {
		Account string `json:"accountId"`
		Domain  string `json:"domainName"`
		HTTP    web    `json:"http"`
		ID      string `json:"requestId"`
		Route   string `json:"routeKey"`
		Stage   string `json:"stage"`
		Time    string `json:"time"`
		Epoch   int64  `json:"timeEpoch"`
	}
	wrapped := struct {
		Version string            `json:"version"`
		Route   string            `json:"routeKey"`
		Path    string            `json:"rawPath"`
		Query   string            `json:"rawQueryString"`
		Header  map[string]string `json:"headers"`
		Context context           `json:"requestContext"`
		Body    string            `json:"body,omitzero"`
		Base64  bool              `json:"isBase64Encoded"`
	}{
		Version: "2.0", Route: "$default", Path: r.Path, Header: header,
		Context: context{
			Account: "anonymous", Domain: header["host"], HTTP: web{r.Method, r.Path, "HTTP/1.1", "192.0.2.7"}, ID: r.ID, Route: "$default",
			Stage: "$default", Time: r.At.UTC().Format("02/Jan/2006:15:04:05 -0700"), Epoch: r.At.UnixMilli(),
		},
		Body: base64.StdEncoding.EncodeToString(r.Body), Base64: true,
	}
	payload, err := json.Marshal(wrapped, json.Deterministic(true))
	if err != nil {
		panic("sample: " + err.Error())
	}
	return payload
}
