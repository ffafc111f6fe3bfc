package connector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"signalbox/shared/fault"
)

func grant(token string, life time.Duration) Grant {
	t := &oauth2.Token{AccessToken: token}
	if life != 0 {
		t.Expiry = time.Now().Add(life)
	}
	return Grant{Token: t}
}

func bearer(t *testing.T, a Auth) string {
	t.Helper()
	c, err := a.Credential(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c.Header.Get("Authorization")
}

func TestOneFetchServesAll(t *testing.T) {
	var fetches atomic.Int32
	gate := make(chan struct{})
	a := OAuth("acme", false, func(context.Context) (Grant, error) {
		fetches.Add(1)
		<-gate
		return grant("t1", time.Hour), nil
	})
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if got := bearer(t, a); got != "Bearer t1" {
				t.Errorf("credential %q", got)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	close(gate)
	group.Wait()
	if got := bearer(t, a); got != "Bearer t1" || fetches.Load() != 1 {
		t.Errorf("credential %q after %d fetches", got, fetches.Load())
	}
}

func TestTokenIsFetchedAnew(t *testing.T) {
	for _, c := range []struct {
		name string
		life time.Duration
		want string
	}{
		{"one that lives is kept", time.Hour, "Bearer t1"},
		{"one without expiry is kept", 0, "Bearer t1"},
		{"a short-lived one is kept for a while", 10 * time.Second, "Bearer t1"},
		{"one that has expired is not", -time.Second, "Bearer t2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := 0
			a := OAuth("acme", false, func(context.Context) (Grant, error) {
				n++
				return grant(fmt.Sprintf("t%d", n), c.life), nil
			})
			bearer(t, a)
			if got := bearer(t, a); got != c.want {
				t.Errorf("second credential %q, want %q", got, c.want)
			}
		})
	}
	t.Run("it is renewed a minute before it expires", func(t *testing.T) {
		now := time.Unix(1e9, 0)
		for life, want := range map[time.Duration]time.Duration{time.Hour: 59 * time.Minute, time.Minute: 48 * time.Second, 0: 0} {
			if got := renewal(&oauth2.Token{Expiry: now.Add(life)}, now).Sub(now); got != want {
				t.Errorf("life %v: renewed after %v, want %v", life, got, want)
			}
		}
	})
}

func TestUnauthorizedIsTriedOnceWithANewToken(t *testing.T) {
	for _, c := range []struct {
		name           string
		good           string // the token the server accepts
		fetches, calls int32
		reason         string
	}{
		{"a rejected token is replaced", "Bearer t2", 2, 2, ""},
		{"a second rejection is the end", "Bearer none", 2, 2, "acme-401"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var fetches, calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				if r.Header.Get("Authorization") != c.good {
					w.WriteHeader(401)
				}
			}))
			defer server.Close()
			auth := OAuth("acme", false, func(context.Context) (Grant, error) {
				return grant(fmt.Sprintf("t%d", fetches.Add(1)), time.Hour), nil
			})
			_, err := client(t, server.URL, func(o *Options) { o.Auth = auth }).Do(t.Context(), Request{Method: "POST", Path: "/"})
			f := fault.Of(err)
			if (f == nil) != (c.reason == "") || f != nil && (f.Reason != c.reason || f.Kind != fault.Retryable || f.Ambiguous) {
				t.Errorf("error %+v", f)
			}
			if fetches.Load() != c.fetches || calls.Load() != c.calls {
				t.Errorf("%d fetches, %d calls", fetches.Load(), calls.Load())
			}
		})
	}
}

// Many requests that meet the same rejection must not each fetch a token.
func TestRejectOfAReplacedTokenKeepsTheNewOne(t *testing.T) {
	var fetches atomic.Int32
	a := OAuth("acme", false, func(context.Context) (Grant, error) {
		return grant(fmt.Sprintf("t%d", fetches.Add(1)), time.Hour), nil
	})
	old, err := a.Credential(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a.Reject(old)
	bearer(t, a)
	a.Reject(old)
	if got := bearer(t, a); got != "Bearer t2" || fetches.Load() != 2 {
		t.Errorf("credential %q after %d fetches", got, fetches.Load())
	}
}

func TestWaitingForATokenKeepsOnesOwnDeadline(t *testing.T) {
	gate := make(chan struct{})
	defer close(gate)
	a := OAuth("acme", false, func(ctx context.Context) (Grant, error) {
		select {
		case <-gate:
		case <-ctx.Done():
		}
		return Grant{}, ctx.Err()
	})
	go func() { _, _ = a.Credential(t.Context()) }()
	time.Sleep(10 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := a.Credential(ctx)
	if f := fault.Of(err); f == nil || f.Reason != "acme-token-timeout" || f.Ambiguous || f.Kind != fault.Retryable {
		t.Errorf("error %+v", f)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

// The one that began the fetch may be cancelled or have less time than those who wait for it.
func TestEndOfOneRequestDoesNotEndTheFetchForOthers(t *testing.T) {
	t.Run("it is cancelled", func(t *testing.T) {
		gate := make(chan struct{})
		var fetches atomic.Int32
		a := OAuth("acme", false, func(ctx context.Context) (Grant, error) {
			fetches.Add(1)
			<-gate
			return grant("t1", time.Hour), ctx.Err()
		})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = a.Credential(ctx) }()
		time.Sleep(10 * time.Millisecond)
		cancel()
		go func() { time.Sleep(20 * time.Millisecond); close(gate) }()
		if got := bearer(t, a); got != "Bearer t1" || fetches.Load() != 1 {
			t.Errorf("credential %q after %d fetches", got, fetches.Load())
		}
	})
	t.Run("its time is over", func(t *testing.T) {
		var fetches atomic.Int32
		a := OAuth("acme", false, func(ctx context.Context) (Grant, error) {
			if fetches.Add(1) == 1 {
				<-ctx.Done()
				return Grant{}, ctx.Err()
			}
			return grant("t2", time.Hour), nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		go func() { _, _ = a.Credential(ctx) }()
		time.Sleep(10 * time.Millisecond)
		if got := bearer(t, a); got != "Bearer t2" {
			t.Errorf("credential %q", got)
		}
	})
}

func TestFailedFetchHadNoEffect(t *testing.T) {
	var status atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(int(status.Load()))
		fmt.Fprint(w, `{"error":"invalid_client","error_description":"hunter2"}`)
	}))
	defer server.Close()
	config := clientcredentials.Config{ClientID: "id", ClientSecret: "hunter2", TokenURL: server.URL + "/token", AuthStyle: oauth2.AuthStyleInParams}
	fetch := func(ctx context.Context) (Grant, error) {
		token, err := config.Token(ctx)
		return Grant{Token: token}, err
	}
	for _, c := range []struct {
		name   string
		status int32
		fetch  func(context.Context) (Grant, error)
		reason string
		after  time.Duration
	}{
		{"a refusal", 401, fetch, "acme-token-401", 30 * time.Second},
		{"a full house", 429, fetch, "acme-token-429", 30 * time.Second},
		{"a failure", 500, fetch, "acme-token-500", 30 * time.Second},
		{"an answer without a token", 200, fetch, "acme-token-200", 30 * time.Second},
		{"no token and no error", 0, func(context.Context) (Grant, error) { return Grant{}, nil }, "acme-token", 0},
		{"an error of our own", 0, func(context.Context) (Grant, error) { return Grant{}, errors.New("hunter2") }, "acme-token", 0},
		{"a classified error", 0, func(context.Context) (Grant, error) {
			return Grant{}, fmt.Errorf("sign: %w", fault.Retry("acme-key", time.Minute, errors.New("the key is not one")))
		}, "acme-key", time.Minute},
		{"a panic", 0, func(context.Context) (Grant, error) { panic("hunter2") }, "acme-token", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			status.Store(c.status)
			_, err := client(t, server.URL, func(o *Options) { o.Auth = OAuth("acme", false, c.fetch) }).Do(t.Context(), Request{Method: "POST", Path: "/"})
			f := fault.Of(err)
			if f == nil || f.Kind != fault.Retryable || f.Ambiguous || f.Reason != c.reason || f.RetryAfter != c.after {
				t.Fatalf("error %+v", f)
			}
			if strings.Contains(f.Error(), "hunter2") {
				t.Errorf("the error shows a secret: %v", f)
			}
		})
	}
}
