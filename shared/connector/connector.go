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
// Addresses are https, or http on loopback; link-local and, unless allowed,
// private addresses are refused when the connection is made.
package connector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/propagation"
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
	// maxRetryAfter is the longest an SQS message can stay hidden.
	maxRetryAfter = 12 * time.Hour
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

// Do sends r and returns a response with a 2xx status, or an error.
func (c *Client) Do(ctx context.Context, r Request) (Response, error) {
	response, err := c.authorized(ctx, r)
	for attempt := 0; attempt < 1 && r.Repeatable && transient(response, err); attempt++ {
		pause := 100*time.Millisecond + rand.N(200*time.Millisecond)
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < pause+c.options.Timeout/2 {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		response, err = c.authorized(ctx, r)
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

func transient(r Response, err error) bool {
	if err != nil {
		f := fault.Of(err)
		return f.Reason != "deadline" && f.Kind == fault.Retryable && f.RetryAfter == 0
	}
	if r.Status == 502 || r.Status == 503 || r.Status == 504 {
		return RetryAfter(r.Header, time.Now()) == 0
	}
	return false
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

func (c *Client) send(ctx context.Context, r Request) (Response, Credential, error) {
	system := c.options.System
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < MinTime {
		return Response{}, Credential{}, fault.Retry("deadline", 0, fmt.Errorf("%s: too little time left to start a call", system))
	}
	if c.limiter != nil {
		if err := c.limiter.Wait(ctx); err != nil {
			return Response{}, Credential{}, fault.Retry(system+"-rate", time.Second, errors.New("our own rate limit leaves no room before the deadline"))
		}
	}
	var credential Credential
	if c.options.Auth != nil {
		var err error
		if credential, err = c.options.Auth.Credential(ctx); err != nil {
			return Response{}, credential, err
		}
	}
	attempt, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	var wrote atomic.Bool
	attempt = httptrace.WithClientTrace(attempt, &httptrace.ClientTrace{
		WroteHeaderField: func(string, []string) { wrote.Store(true) },
		WroteHeaders:     func() { wrote.Store(true) },
	})
	request, err := c.request(attempt, r, credential)
	if err != nil {
		return Response{}, credential, fault.Refuse(system+"-request", err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return Response{}, credential, c.broken(err, wrote.Load())
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, MaxBody+1))
	if err != nil {
		return Response{}, credential, c.broken(err, true)
	}
	if len(body) > MaxBody {
		return Response{}, credential, fault.Unknown(system+"-oversized", 0, fmt.Errorf("the response has more than %d bytes", MaxBody))
	}
	return Response{Status: response.StatusCode, Header: response.Header, Body: body}, credential, nil
}

func (c *Client) request(ctx context.Context, r Request, credential Credential) (*http.Request, error) {
	base := c.base
	for _, other := range []string{credential.Base, r.Base} {
		if other == "" {
			continue
		}
		checked, err := checkedURL(other)
		if err != nil {
			return nil, err
		}
		base = checked
	}
	target := strings.TrimSuffix(base.String(), "/") + r.Path
	if len(r.Query) > 0 {
		target += "?" + r.Query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, target, bytes.NewReader(r.Body))
	if err != nil {
		return nil, errors.New("the address cannot be formed")
	}
	for _, h := range []http.Header{c.options.Header, r.Header, credential.Header} {
		for name, values := range h {
			request.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	if r.ContentType != "" {
		request.Header.Set("Content-Type", r.ContentType)
	}
	if request.Header.Get("Accept") == "" {
		request.Header.Set("Accept", "application/json")
	}
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(request.Header))
	return request, nil
}

// broken classifies a failure without a response. What was never written to a
// connection had no effect.
func (c *Client) broken(err error, wrote bool) error {
	what := "connection"
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, errRefusedAddress):
		return fault.Refuse(c.options.System+"-address", errRefusedAddress)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		what = "timeout"
	}
	cause := fmt.Errorf("no response (%s)", what)
	if !wrote {
		return fault.Retry(c.options.System+"-"+what, 0, cause)
	}
	return fault.Unknown(c.options.System+"-"+what, 0, cause)
}

// StatusFault is what a status means where the vendor says nothing more exact.
// 401 and 403 at the door of a system are for its operator to mend, so a 401,
// which a rotated secret cures, waits; other 4xx are Permanent; 429 waits as
// asked; 5xx are ambiguous.
func StatusFault(system string, r Response) error {
	reason := system + "-" + strconv.Itoa(r.Status)
	cause := errors.New(http.StatusText(r.Status))
	after := RetryAfter(r.Header, time.Now())
	switch {
	case r.Status == http.StatusUnauthorized, r.Status == http.StatusTooManyRequests, r.Status == http.StatusTooEarly:
		return fault.Retry(reason, after, cause)
	case r.Status == http.StatusRequestTimeout, r.Status >= 500:
		return fault.Unknown(reason, after, cause)
	}
	return fault.Refuse(reason, cause)
}

// RetryAfter reads a Retry-After header, seconds or a date, at the given time.
// It is 0 if there is none and never longer than SQS can hide a message.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	var wait time.Duration
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 {
		wait = time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, maxRetryAfter))
}
