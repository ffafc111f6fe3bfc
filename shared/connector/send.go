package connector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/propagation"

	"signalbox/shared/fault"
)

// send makes one attempt. Its error is classified; a response is not an error,
// whatever its status.
func (c *Client) send(ctx context.Context, r Request) (Response, Credential, error) {
	system := c.options.System
	if err := c.inTime(ctx); err != nil {
		return Response{}, Credential{}, err
	}
	if c.limiter != nil {
		if err := c.limiter.Wait(ctx); err != nil {
			return Response{}, Credential{}, fault.Retry(system+"-rate", time.Second, errors.New("the client's rate limit allows no request before the deadline"))
		}
	}
	var credential Credential
	if c.options.Auth != nil {
		var err error
		if credential, err = c.options.Auth.Credential(ctx); err != nil {
			return Response{}, credential, err
		}
	}
	// Waiting for the rate limit and the token may have used up the time.
	if err := c.inTime(ctx); err != nil {
		return Response{}, credential, err
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
	refused := response.StatusCode >= 300
	switch {
	case refused && (err != nil || len(body) > MaxBody):
		// The status is enough.
		body = nil
	case err != nil:
		return Response{}, credential, c.broken(err, true)
	case len(body) > MaxBody:
		return Response{}, credential, fault.Unknown(system+"-oversized", 0, fmt.Errorf("response: expected at most %d bytes", MaxBody))
	}
	return Response{Status: response.StatusCode, Header: response.Header, Body: body}, credential, nil
}

func (c *Client) inTime(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ctx.Err() != nil || ok && time.Until(deadline) < MinTime {
		return fault.Retry("deadline", 0, fmt.Errorf("%s: too little time left to start a call", c.options.System))
	}
	return nil
}

func (c *Client) request(ctx context.Context, r Request, credential Credential) (*http.Request, error) {
	base, err := c.address(credential.Base, r.Base)
	if err != nil {
		return nil, err
	}
	if err := checkPath(r.Path); err != nil {
		return nil, err
	}
	target := strings.TrimSuffix(base.String(), "/") + r.Path
	if len(r.Query) > 0 {
		target += "?" + r.Query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, target, bytes.NewReader(r.Body))
	if err != nil {
		return nil, errors.New("request: expected a valid method and address")
	}
	for _, h := range []http.Header{c.options.Header, r.Header, credential.Header} {
		for name, values := range h {
			request.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	if r.ContentType != "" {
		request.Header.Set("Content-Type", r.ContentType)
	}
	for name, value := range map[string]string{"Accept": "application/json", "User-Agent": "signalbox"} {
		if request.Header.Get(name) == "" {
			request.Header.Set(name, value)
		}
	}
	if err := checkHeader(request.Header); err != nil {
		return nil, err
	}
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(request.Header))
	return request, nil
}

// address returns the last of others that is not empty, or else the client's own
// address. An address from an answer may be on loopback only if the client's own
// is.
func (c *Client) address(others ...string) (*url.URL, error) {
	base := c.base
	for _, other := range others {
		if other == "" {
			continue
		}
		checked, err := checkedURL(other)
		if err != nil {
			return nil, err
		}
		if isLoopback(checked.Hostname()) && !isLoopback(c.base.Hostname()) {
			return nil, errRefusedAddress
		}
		base = checked
	}
	return base, nil
}

// checkPath refuses a path with unescaped parts, and one that a server would
// resolve to another path.
func checkPath(path string) error {
	if path != "" && path[0] != '/' || strings.ContainsAny(path, "?# \\") {
		return errors.New("path: expected escaped segments")
	}
	for segment := range strings.SplitSeq(path, "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil || strings.ContainsFunc(plain, isControl) {
			return errors.New("path: expected escaped segments")
		}
		for part := range strings.FieldsFuncSeq(plain, func(r rune) bool { return r == '/' || r == '\\' }) {
			if part == "." || part == ".." {
				return errors.New("path: expected no dot segment")
			}
		}
	}
	return nil
}

// checkHeader refuses values that would end a header line. The error names the
// header and never its value.
func checkHeader(h http.Header) error {
	for name, values := range h {
		for _, v := range values {
			if strings.ContainsFunc(v, func(r rune) bool { return r != '\t' && isControl(r) }) {
				return fmt.Errorf("header %s: expected no control character", name)
			}
		}
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// broken classifies a failure without a response. A request that was never
// written to a connection had no effect.
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
