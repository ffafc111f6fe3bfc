package connector

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/fault"
)

const testTimeout = 150 * time.Millisecond

func client(t *testing.T, url string, change ...func(*Options)) *Client {
	t.Helper()
	o := Options{System: "acme", BaseURL: url, Timeout: testTimeout}
	for _, f := range change {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// raw serves each connection with f on loopback and closes it after.
func raw(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop); listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				go func() { <-stop; conn.Close() }()
				f(conn)
			}()
		}
	}()
	return listener.Addr().String()
}

func reset(conn net.Conn) {
	_ = conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

func readRequest(conn net.Conn) {
	buffer := make([]byte, 64<<10)
	_, _ = conn.Read(buffer)
}

// A broken call is definite only if not a byte of the request left.
func TestBrokenConnections(t *testing.T) {
	type verdict struct {
		Reason    string
		Ambiguous bool
	}
	drip := func(conn net.Conn, head string) {
		readRequest(conn)
		_, _ = io.WriteString(conn, head)
		for {
			if _, err := io.WriteString(conn, "x"); err != nil {
				return
			}
			time.Sleep(testTimeout / 10)
		}
	}
	for _, c := range []struct {
		name   string
		scheme string
		serve  func(net.Conn)
		want   verdict
	}{
		{"a reset during the handshake had no effect", "https", reset, verdict{"acme-connection", false}},
		{"silence during the handshake had no effect", "https", func(c net.Conn) { time.Sleep(3 * testTimeout) }, verdict{"acme-timeout", false}},
		{"a reset after the request may have had one", "http", func(c net.Conn) { readRequest(c); reset(c) }, verdict{"acme-connection", true}},
		{"silence after the request may have had one", "http", func(c net.Conn) { readRequest(c); time.Sleep(3 * testTimeout) }, verdict{"acme-timeout", true}},
		{"half an answer may have had one", "http", func(c net.Conn) {
			readRequest(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":")
		}, verdict{"acme-connection", true}},
		{"an answer that is no HTTP may have had one", "http", func(c net.Conn) {
			readRequest(c)
			_, _ = io.WriteString(c, "220 smtp ready\r\n")
		}, verdict{"acme-connection", true}},
		{"a header that drips may have had one", "http", func(c net.Conn) { drip(c, "HTTP/1.1 200 OK\r\nX: ") }, verdict{"acme-timeout", true}},
		{"a header without end may have had one", "http", func(c net.Conn) {
			readRequest(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 300<<10)+"\r\n\r\n")
		}, verdict{"acme-connection", true}},
		{"a body that drips may have had one", "http", func(c net.Conn) { drip(c, "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n") }, verdict{"acme-timeout", true}},
		{"a refusal whose body breaks is still the refusal", "http", func(c net.Conn) {
			readRequest(c)
			_, _ = io.WriteString(c, "HTTP/1.1 429 Slow down\r\nContent-Length: 100\r\n\r\n{")
		}, verdict{"acme-429", false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			address := raw(t, c.serve)
			start := time.Now()
			_, err := client(t, c.scheme+"://"+address).Do(t.Context(), Request{Method: "POST", Path: "/v1/secret", Body: []byte("secret")})
			f := fault.Of(err)
			if f == nil || f.Kind != fault.Retryable {
				t.Fatalf("error %v", err)
			}
			if d := cmp.Diff(c.want, verdict{f.Reason, f.Ambiguous}); d != "" {
				t.Error(d)
			}
			if took := time.Since(start); took > 20*testTimeout {
				t.Errorf("it took %v", took)
			}
			if strings.Contains(f.Error(), "secret") || strings.Contains(f.Error(), address) {
				t.Errorf("the error shows the request: %v", f)
			}
		})
	}
}

func TestRefusedConnectionHadNoEffect(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	_, err = client(t, "http://"+listener.Addr().String()).Do(t.Context(), Request{Method: "POST", Path: "/"})
	if f := fault.Of(err); f == nil || f.Kind != fault.Retryable || f.Ambiguous || f.Reason != "acme-connection" {
		t.Errorf("error %+v", f)
	}
}

func TestDeadlineOfTheEventEndsTheCall(t *testing.T) {
	address := raw(t, func(c net.Conn) { readRequest(c); time.Sleep(2 * time.Second) })
	ctx, cancel := context.WithTimeout(t.Context(), MinTime+100*time.Millisecond)
	defer cancel()
	_, err := client(t, "http://"+address, func(o *Options) { o.Timeout = time.Minute }).Do(ctx, Request{Method: "POST", Path: "/"})
	if f := fault.Of(err); f == nil || !f.Ambiguous || f.Reason != "acme-timeout" {
		t.Errorf("error %+v", f)
	}
}

func TestCallIsNotStartedLate(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was reached") }))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), MinTime-50*time.Millisecond)
	defer cancel()
	cancelled, stop := context.WithCancel(t.Context())
	stop()
	for name, ctx := range map[string]context.Context{"late": ctx, "cancelled": cancelled} {
		_, err := client(t, server.URL).Do(ctx, Request{Method: "POST", Path: "/"})
		if f := fault.Of(err); f == nil || f.Kind != fault.Retryable || f.Ambiguous || f.Reason != "deadline" {
			t.Errorf("%s: error %+v", name, f)
		}
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name   string
		serve  http.HandlerFunc
		reason string // "" for success
		status int
		body   string
	}{
		{"an answer comes whole", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"id":1}`) }, "", 200, `{"id":1}`},
		{"an answer without a body is one", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, "", 204, ""},
		{"an empty answer is one", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202) }, "", 202, ""},
		{"a redirect is not followed", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/elsewhere" {
				t.Error("it was followed")
			}
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, "acme-307", 307, ""},
		{"an answer too large is refused", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, MaxBody+1))
		}, "acme-oversized", 0, ""},
		{"a refusal too large is the refusal", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			_, _ = w.Write(make([]byte, MaxBody+1))
		}, "acme-400", 400, ""},
		{"a packed answer is measured unpacked", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb(t))
		}, "acme-oversized", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(c.serve)
			defer server.Close()
			got, err := client(t, server.URL, func(o *Options) { o.Timeout = 5 * time.Second }).Do(t.Context(), Request{Method: "POST", Path: "/v1"})
			if f := fault.Of(err); (f == nil) != (c.reason == "") || f != nil && f.Reason != c.reason {
				t.Fatalf("error %v, want reason %q", err, c.reason)
			}
			if got.Status != c.status || string(got.Body) != c.body {
				t.Errorf("status %d, body %d bytes", got.Status, len(got.Body))
			}
		})
	}
}

func TestRequestIsRefusedBeforeItIsSent(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was sent") }))
	defer server.Close()
	for _, c := range []struct {
		name    string
		request Request
	}{
		{"a line break in a header", Request{Path: "/", Header: http.Header{"X-Order": {"A-1\r\nX-Evil: hunter2"}}}},
		{"a line feed in a header", Request{Path: "/", Header: http.Header{"X-Order": {"hunter2\n"}}}},
		{"a NUL in a header", Request{Path: "/", Header: http.Header{"X-Order": {"hunter2\x00"}}}},
		{"a line break in the content type", Request{Path: "/", ContentType: "a/b\r\nhunter2: x"}},
		{"a line break in the path", Request{Path: "/orders/hunter2\r\n"}},
		{"an escaped line break in the path", Request{Path: "/orders/hunter2%0d%0a"}},
		{"an escaped NUL in the path", Request{Path: "/orders/hunter2%00"}},
		{"a space in the path", Request{Path: "/orders/hunter2 x"}},
		{"a query in the path", Request{Path: "/orders/hunter2?admin=1"}},
		{"a fragment in the path", Request{Path: "/orders/hunter2#x"}},
		{"a broken escape in the path", Request{Path: "/orders/hunter2%zz"}},
		{"a dot segment in the path", Request{Path: "/orders/hunter2/../admin"}},
		{"an escaped dot segment in the path", Request{Path: "/orders/hunter2/%2e%2E/admin"}},
		{"a dot segment behind an escaped slash", Request{Path: "/orders/hunter2%2f..%2fadmin"}},
		{"a path that is a host", Request{Path: ".evil.example/hunter2"}},
		{"a method that is none", Request{Method: "GET hunter2", Path: "/"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.request.Method == "" {
				c.request.Method = "POST"
			}
			_, err := client(t, server.URL).Do(t.Context(), c.request)
			f := fault.Of(err)
			if f == nil || f.Kind != fault.Permanent || f.Ambiguous || f.Reason != "acme-request" || strings.Contains(f.Error(), "hunter2") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestRequestAsSent(t *testing.T) {
	var got *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()
	c := client(t, server.URL+"/base/", func(o *Options) {
		o.Header = http.Header{"x-locale": {"en_US"}}
		o.Auth = StaticAuth(http.Header{"Authorization": {"Bearer k"}})
	})
	_, err := c.Do(t.Context(), Request{
		Method: "PUT", Path: "/orders/a%2Fb", Query: map[string][]string{"where": {`id = "1"`}},
		Header: http.Header{"Idempotency-Key": {"e1"}}, ContentType: "application/json", Body: []byte("{}"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Method != "PUT" || got.RequestURI != "/base/orders/a%2Fb?where=id+%3D+%221%22" || string(body) != "{}" {
		t.Errorf("%s %s %s", got.Method, got.RequestURI, body)
	}
	want := http.Header{
		"X-Locale": {"en_US"}, "Authorization": {"Bearer k"}, "Idempotency-Key": {"e1"}, "Content-Type": {"application/json"},
		"Accept": {"application/json"}, "User-Agent": {"signalbox"}, "Accept-Encoding": {"gzip"}, "Content-Length": {"2"},
	}
	if d := cmp.Diff(want, got.Header); d != "" {
		t.Error(d)
	}
}

func TestRepeatable(t *testing.T) {
	type verdict struct {
		Calls     int32
		Reason    string
		Ambiguous bool
	}
	status := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) }
	}
	broken := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for _, c := range []struct {
		name       string
		repeatable bool
		answers    [2]http.HandlerFunc
		want       verdict
	}{
		{"a broken connection is tried once more", true, [2]http.HandlerFunc{broken, status(200)}, verdict{2, "", false}},
		{"a 503 is tried once more", true, [2]http.HandlerFunc{status(503), status(200)}, verdict{2, "", false}},
		{"a 503 that asks to wait is not", true, [2]http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "9")
			w.WriteHeader(503)
		}, nil}, verdict{1, "acme-503", true}},
		{"a 500 is not", true, [2]http.HandlerFunc{status(500), nil}, verdict{1, "acme-500", true}},
		{"a 429 is not", true, [2]http.HandlerFunc{status(429), nil}, verdict{1, "acme-429", false}},
		{"a second break is the end", true, [2]http.HandlerFunc{broken, broken}, verdict{2, "acme-connection", true}},
		{"a request that is not repeatable is sent once", false, [2]http.HandlerFunc{broken, nil}, verdict{1, "acme-connection", true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.answers[calls.Add(1)-1](w, r) }))
			defer server.Close()
			_, err := client(t, server.URL).Do(t.Context(), Request{Method: "POST", Path: "/", Repeatable: c.repeatable})
			got := verdict{Calls: calls.Load()}
			if f := fault.Of(err); f != nil {
				got.Reason, got.Ambiguous = f.Reason, f.Ambiguous
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
