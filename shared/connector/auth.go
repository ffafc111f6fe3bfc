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

// Credential is what authorizes one request.
type Credential struct {
	// Header is added to the request.
	Header http.Header
	// Base is the address the grant names for its requests; empty for the usual one.
	Base string

	token string
}

// Auth authorizes requests. It is safe for concurrent use.
type Auth interface {
	// Credential returns a credential; the error is classified.
	Credential(ctx context.Context) (Credential, error)
	// Reject is told that the system answered 401 to c, and reports whether
	// another credential may be had.
	Reject(c Credential) bool
}

// StaticAuth sends the same headers with every request.
func StaticAuth(h http.Header) Auth { return staticAuth(h) }

type staticAuth http.Header

func (a staticAuth) Credential(context.Context) (Credential, error) {
	return Credential{Header: http.Header(a)}, nil
}
func (a staticAuth) Reject(Credential) bool { return false }

// Grant is an access token and the address it is for, if the grant named one.
type Grant struct {
	*oauth2.Token
	Base string
}

// OAuth sends the bearer token that fetch obtains. One token serves every
// request of the process until it expires or the system rejects it; a token
// without expiry lives until then. Concurrent requests wait for one fetch.
//
// fetch is given a context that carries a fitting HTTP client for x/oauth2.
// Its failure never means that the request that wanted the token had an effect.
func OAuth(system string, allowPrivate bool, fetch func(context.Context) (Grant, error)) Auth {
	return &oauthAuth{system: system, fetch: fetch, http: HTTPClient(DefaultTimeout, allowPrivate)}
}

type oauthAuth struct {
	system string
	fetch  func(context.Context) (Grant, error)
	http   *http.Client

	mu    sync.Mutex
	grant Grant
}

// earlyExpiry keeps a token from expiring on its way.
const earlyExpiry = time.Minute

func (a *oauthAuth) Credential(ctx context.Context) (Credential, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if g := a.grant; g.Token == nil || !g.Expiry.IsZero() && time.Until(g.Expiry) < earlyExpiry {
		fresh, err := a.fetch(context.WithValue(ctx, oauth2.HTTPClient, a.http))
		if err != nil {
			return Credential{}, tokenFault(a.system, err)
		}
		a.grant = fresh
	}
	return Credential{
		Header: http.Header{"Authorization": {"Bearer " + a.grant.AccessToken}},
		Base:   a.grant.Base,
		token:  a.grant.AccessToken,
	}, nil
}

func (a *oauthAuth) Reject(c Credential) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.grant.Token != nil && a.grant.AccessToken == c.token {
		a.grant = Grant{}
	}
	return true
}

// tokenFault keeps the token endpoint's body out of the error: it may echo what
// it was sent.
func tokenFault(system string, err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil {
		status := refused.Response.StatusCode
		return fault.Retry(system+"-token-"+strconv.Itoa(status), RetryAfter(refused.Response.Header, time.Now()), errors.New("no access token was granted"))
	}
	return fault.Retry(system+"-token", 0, errors.New("the token endpoint could not be reached or understood"))
}
