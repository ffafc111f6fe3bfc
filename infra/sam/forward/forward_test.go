package forward

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestServePassesRequestsOn(t *testing.T) {
	defer goleak.VerifyNone(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(append([]byte("heard "), body...))
	}))
	defer server.Close()
	l := listen(t)
	f := Serve(l, strings.TrimPrefix(server.URL, "http://"))
	defer f.Close()
	client := &http.Client{Transport: &http.Transport{}, Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	for range 2 {
		response, err := client.Post("http://"+l.Addr().String(), "text/plain", strings.NewReader("this"))
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if string(got) != "heard this" {
			t.Errorf("got %q", got)
		}
	}
}

func TestServeTellsTheClientThatNobodyAnswers(t *testing.T) {
	defer goleak.VerifyNone(t)
	nobody := listen(t)
	_ = nobody.Close()
	l := listen(t)
	f := Serve(l, nobody.Addr().String())
	defer f.Close()
	expectEnd(t, dial(t, l))
}

func TestCloseEndsOpenConnections(t *testing.T) {
	defer goleak.VerifyNone(t)
	silent, l := listen(t), listen(t)
	f := Serve(l, silent.Addr().String())
	c := dial(t, l)
	far, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	_ = f.Close()
	expectEnd(t, c)
	if c, err := net.DialTimeout("tcp", l.Addr().String(), time.Second); err == nil {
		c.Close()
		t.Error("the forwarder still listens")
	}
}

func dial(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// expectEnd fails the test if c does not end within seconds.
func expectEnd(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the connection did not end: %v", err)
	}
}
