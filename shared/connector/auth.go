package connector

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"signalbox/shared/fault"
)

// Credential authorizes one request.
type Credential struct {
	// Header is added to the request.
	Header http.Header
	// Base is the address that the token was granted for; empty for the client's own.
	Base string

	token string
}

// Auth authorizes requests. It is safe for concurrent use.
type Auth interface {
	// Credential returns a credential; the error is classified.
	Credential(ctx context.Context) (Credential, error)
	// Reject records that the system answered 401 to c, and reports whether
	// another credential may be available.
	Reject(c Credential) bool
}

// StaticAuth sends the same headers with every request.
func StaticAuth(h http.Header) Auth { return staticAuth(h) }

type staticAuth http.Header

func (a staticAuth) Credential(context.Context) (Credential, error) {
	return Credential{Header: http.Header(a)}, nil
}
func (a staticAuth) Reject(Credential) bool { return false }

// Grant is an access token and the address that it is for, if there is one.
type Grant struct {
	*oauth2.Token
	Base string
}

// OAuth sends the bearer token that fetch obtains. All requests of the process
// share one token until it expires or the system rejects it. Concurrent requests
// wait for the same fetch, each until its own deadline; a cancelled request does
// not cancel the fetch.
//
// fetch receives a context that holds an HTTP client for x/oauth2. A failed fetch
// means that the request was not sent; a *fault.Error is returned unchanged.
func OAuth(system string, allowPrivate bool, fetch func(context.Context) (Grant, error)) Auth {
	return &oauthAuth{system: system, fetch: fetch, http: HTTPClient(DefaultTimeout, allowPrivate)}
}

type oauthAuth struct {
	system string
	fetch  func(context.Context) (Grant, error)
	http   *http.Client

	mu      sync.Mutex
	grant   Grant
	renewAt time.Time // zero for a token that is used until it is rejected
	pending *fetching // nil unless a fetch is running
}

// fetching is one fetch; its results may be read once done is closed.
type fetching struct {
	done  chan struct{}
	grant Grant
	err   error
}

func (a *oauthAuth) Credential(ctx context.Context) (Credential, error) {
	for attempt := 0; ; attempt++ {
		grant, f, mine := a.join(ctx)
		if f == nil {
			return credential(grant), nil
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return Credential{}, fault.Retry(a.system+"-token-timeout", 0, errors.New("no access token was granted in time"))
		}
		if f.err == nil {
			return credential(f.grant), nil
		}
		// The fetch had the deadline of the request that started it, which may have
		// been earlier than ours.
		if mine || attempt > 0 || !errors.Is(f.err, context.DeadlineExceeded) {
			return Credential{}, tokenFault(a.system, f.err)
		}
	}
}

func credential(g Grant) Credential {
	return Credential{
		Header: http.Header{"Authorization": {"Bearer " + g.AccessToken}},
		Base:   g.Base,
		token:  g.AccessToken,
	}
}

// join returns the current grant, or the fetch to wait for and whether the caller
// started it.
func (a *oauthAuth) join(ctx context.Context) (Grant, *fetching, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.grant.Token != nil && (a.renewAt.IsZero() || time.Now().Before(a.renewAt)) {
		return a.grant, nil, false
	}
	if a.pending != nil {
		return Grant{}, a.pending, false
	}
	f := &fetching{done: make(chan struct{})}
	a.pending = f
	limit := DefaultTimeout
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline))
	}
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	go func() {
		defer cancel()
		a.run(own, f)
	}()
	return Grant{}, f, true
}

func (a *oauthAuth) run(ctx context.Context, f *fetching) {
	f.err = errors.New("the fetch of the access token panicked")
	defer func() {
		_ = recover()
		a.mu.Lock()
		defer a.mu.Unlock()
		a.pending = nil
		if f.err == nil {
			a.grant, a.renewAt = f.grant, renewal(f.grant.Token, time.Now())
		}
		close(f.done)
	}()
	grant, err := a.fetch(context.WithValue(ctx, oauth2.HTTPClient, a.http))
	if err == nil && (grant.Token == nil || grant.AccessToken == "") {
		err = errors.New("answer: expected an access token")
	}
	f.grant, f.err = grant, err
}

// renewal is when a token granted at now is fetched again: a minute before it
// expires, or a fifth of its lifetime if that is less.
func renewal(t *oauth2.Token, now time.Time) time.Time {
	if t.Expiry.IsZero() {
		return time.Time{}
	}
	return t.Expiry.Add(-min(time.Minute, max(0, t.Expiry.Sub(now)/5)))
}

func (a *oauthAuth) Reject(c Credential) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.grant.Token != nil && a.grant.AccessToken == c.token {
		a.grant = Grant{}
	}
	return true
}

// tokenFault keeps the token endpoint's body out of the error, since it may echo
// the request.
func tokenFault(system string, err error) error {
	var classified *fault.Error
	if errors.As(err, &classified) {
		return classified
	}
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil {
		status := refused.Response.StatusCode
		return fault.Retry(system+"-token-"+strconv.Itoa(status), RetryAfter(refused.Response.Header, time.Now()), errors.New("no access token was granted"))
	}
	if errors.Is(err, errRefusedAddress) {
		return fault.Refuse(system+"-token-address", errRefusedAddress)
	}
	return fault.Retry(system+"-token", 0, errors.New("no usable answer from the token endpoint"))
}
