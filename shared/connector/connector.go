// Package connector sends HTTP requests to an outside system. Every client of a
// system is built on it: it adds authorization, deadlines, a rate limit and one
// retry, and turns statuses and broken connections into faults.
//
//	client, err := connector.New(connector.Options{System: "acme", BaseURL: "https://api.acme.example", Rate: 10, Auth: auth})
//
//	response, err := client.Do(ctx, connector.Request{
//		Method: "PUT", Path: "/v1/parcels/" + url.PathEscape(id), ContentType: "application/json", Body: body,
//		Repeatable: true, // sending it twice has the effect of sending it once
//	})
//	if err != nil {
//		return err // a *fault.Error such as "acme-429"
//	}
//	err = client.Decode(response, &parcel)
//
// # Errors
//
// Every error of Do is a *fault.Error. Its reason is "<system>-<status>",
// "<system>-timeout" or the like. A request that certainly had no effect
// (refused, or never sent) is not ambiguous; a timeout, a reset and a 5xx are.
// The text never holds a body, a header or the query of an address.
//
// # Limits
//
// A call is not started with less than MinTime left before the context's
// deadline. A response may have MaxBody bytes. Redirects are not followed.
// Addresses are https, or http on loopback; HTTPClient documents the addresses
// that it connects to. A path with a dot segment or an unescaped part, and a
// header with a control character, are refused before anything is sent.
package connector

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/time/rate"

	"signalbox/shared/fault"
)

const (
	// MinTime is the time that must be left to start a call.
	MinTime = 300 * time.Millisecond
	// MaxBody is the largest response body that is read, 4 MiB.
	MaxBody = 4 << 20
	// DefaultTimeout is the time limit of one attempt.
	DefaultTimeout = 10 * time.Second
)

// Options describe one system to a Client.
type Options struct {
	// System is the first part of every reason, "fedex".
	System string
	// BaseURL is the address to which paths are appended.
	BaseURL string
	// Timeout is the time limit of one attempt; 0 means DefaultTimeout.
	Timeout time.Duration
	// Rate is how many requests a second this process may send; 0 is no limit.
	Rate float64
	// Auth authorizes requests; nil sends none.
	Auth Auth
	// Header is added to every request.
	Header http.Header
	// Classify turns a response that is not 2xx into an error, using the vendor's
	// error codes. It returns nil if the status alone decides.
	Classify func(Response) error
	// AllowPrivate allows an address in a private network.
	AllowPrivate bool
}

// Client sends requests to one system. It is safe for concurrent use.
type Client struct {
	options Options
	base    *url.URL
	http    *http.Client
	limiter *rate.Limiter
}

// New returns a client. The error names the wrong option.
func New(o Options) (*Client, error) {
	base, err := checkedURL(o.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("%s: base URL: %w", o.System, err)
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	c := &Client{options: o, base: base, http: HTTPClient(o.Timeout, o.AllowPrivate)}
	if o.Rate > 0 {
		c.limiter = rate.NewLimiter(rate.Limit(o.Rate), max(1, int(o.Rate)))
	}
	return c, nil
}

// Request is one call.
type Request struct {
	Method string
	// Path is appended to the base URL, its variable parts escaped by the caller.
	Path   string
	Query  url.Values
	Header http.Header
	// ContentType is the media type of Body.
	ContentType string
	Body        []byte
	// Repeatable: sending the request twice has the effect of sending it once, so
	// a broken connection or a 502, 503 or 504 is retried once, immediately.
	Repeatable bool
	// Base replaces the client's address, for systems that assign an address when
	// they grant a token.
	Base string
}

// Response is the complete answer to a request.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends r and returns a response with a 2xx status, or an error. If a response
// caused the error, Do returns both.
func (c *Client) Do(ctx context.Context, r Request) (Response, error) {
	response, err := c.authorized(ctx, r)
	if r.Repeatable && c.transient(response, err) && c.pause(ctx) {
		unsure := err != nil && fault.Of(err).Ambiguous || response.Status >= 500
		response, err = c.authorized(ctx, r)
		if f := fault.Of(err); unsure && f != nil && f.Kind == fault.Retryable {
			// The refusal of the second attempt says nothing about the first.
			return Response{}, fault.Unknown(f.Reason, f.RetryAfter, f.Err)
		}
	}
	if err != nil {
		return Response{}, err
	}
	if response.Status >= 200 && response.Status < 300 {
		return response, nil
	}
	if c.options.Classify != nil {
		if err := c.options.Classify(response); err != nil {
			return response, err
		}
	}
	return response, StatusFault(c.options.System, response)
}

// transient reports failures that are likely to pass within a moment: a broken
// connection, or a gateway between us and the system.
func (c *Client) transient(r Response, err error) bool {
	if err != nil {
		reason := fault.Of(err).Reason
		return reason == c.options.System+"-connection" || reason == c.options.System+"-timeout"
	}
	if r.Status == 502 || r.Status == 503 || r.Status == 504 {
		return RetryAfter(r.Header, time.Now()) == 0
	}
	return false
}

// pause waits briefly and reports whether there is time for another attempt.
func (c *Client) pause(ctx context.Context) bool {
	wait := 100*time.Millisecond + rand.N(200*time.Millisecond)
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait+c.options.Timeout/2 {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// authorized sends r with a credential, and again with a new one after a 401.
func (c *Client) authorized(ctx context.Context, r Request) (Response, error) {
	for attempt := 0; ; attempt++ {
		response, used, err := c.send(ctx, r)
		if err != nil || response.Status != http.StatusUnauthorized || c.options.Auth == nil || attempt > 0 {
			return response, err
		}
		if !c.options.Auth.Reject(used) {
			return response, nil
		}
	}
}
