// Package connector is what every client of an outside system stands on:
// authorization, deadlines, rate, one cautious retry, and the mapping of
// statuses and broken connections to faults.
//
// # Errors
//
// Every error of Do is a *fault.Error. Its reason is "<system>-<status>" or
// "<system>-<what broke>". A request that certainly had no effect (refused,
// never sent) is not ambiguous; a timeout, a reset and a 5xx are. The text never
// holds a body, an address' query or a header.
//
// # Limits
//
// A call is not started with less than MinTime left before the context's
// deadline. A response may have MaxBody bytes. Redirects are not followed.
// Addresses are https, or http on loopback; HTTPClient says which of them a
// connection may lead to. A path with a dot segment or an unescaped part and a
// header with a control character are refused before anything is sent.
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
	// MinTime is the least time left for a call to be started.
	MinTime = 300 * time.Millisecond
	// MaxBody bounds what is read of a response, 4 MiB.
	MaxBody = 4 << 20
	// DefaultTimeout bounds one attempt.
	DefaultTimeout = 10 * time.Second
)

// Options describe one system to a Client.
type Options struct {
	// System leads every reason, "fedex".
	System string
	// BaseURL is the address paths are appended to.
	BaseURL string
	// Timeout bounds one attempt; 0 means DefaultTimeout.
	Timeout time.Duration
	// Rate is how many requests a second this process may send; 0 is no bound.
	Rate float64
	// Auth authorizes requests; nil sends none.
	Auth Auth
	// Header is added to every request.
	Header http.Header
	// Classify turns a response that is not 2xx into an error in the vendor's
	// words. It returns nil to leave the answer to the status.
	Classify func(Response) error
	// AllowPrivate lets the address be in a private network.
	AllowPrivate bool
}

// Client sends requests to one system. It is safe for concurrent use.
type Client struct {
	options Options
	base    *url.URL
	http    *http.Client
	limiter *rate.Limiter
}

// New returns a client. The error says what is wrong with the options.
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
	// ContentType is that of Body.
	ContentType string
	Body        []byte
	// Repeatable tells that sending it twice does no harm, so that a broken
	// connection or a 502, 503 or 504 is tried once more at once.
	Repeatable bool
	// Base replaces the client's address, for systems that name another one when
	// they grant a token.
	Base string
}

// Response is what came back, whole.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends r and returns a response with a 2xx status, or an error. With an
// error comes the response that led to it, if there was one.
func (c *Client) Do(ctx context.Context, r Request) (Response, error) {
	response, err := c.authorized(ctx, r)
	if r.Repeatable && c.transient(response, err) && c.pause(ctx) {
		unsure := err != nil && fault.Of(err).Ambiguous || response.Status >= 500
		response, err = c.authorized(ctx, r)
		if f := fault.Of(err); unsure && f != nil && f.Kind == fault.Retryable {
			// That the second try was refused says nothing about the first.
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

// transient reports what is likely over in a moment: a connection that broke, a
// gateway between us and the system.
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

// pause waits a moment and reports whether there is time for another try.
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

// authorized sends r with a credential and once more with a fresh one after a 401.
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
