package web

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Response is what a request is answered with.
type Response struct {
	Status int
	// Body is JSON.
	Body []byte
	// Outcome is nil for a request that was answered as asked, [function.Ignore] for one that
	// called for nothing, [Reject] for one that was turned away, or a fault. It is
	// logged and counted, and not sent to the sender.
	Outcome error
}

// encode returns the response as a function URL expects it.
func (r Response) encode() []byte {
	header := map[string]string{"content-type": "application/json", "cache-control": "no-store"}
	switch r.Status {
	case 405:
		header["allow"] = "POST"
	case 503:
		header["retry-after"] = "30"
	}
	answer, _ := json.Marshal(struct {
		Status int               `json:"statusCode"`
		Header map[string]string `json:"headers"`
		Body   string            `json:"body"`
	}{r.Status, header, string(r.Body)}, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	return answer
}
