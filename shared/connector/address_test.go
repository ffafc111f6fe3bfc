package connector

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"signalbox/shared/fault"
)

func TestCheckedURL(t *testing.T) {
	for _, c := range []struct {
		name, url string
		ok        bool
	}{
		{"https is accepted", "https://apis.fedex.com", true},
		{"a path is accepted", "https://a.example/base/", true},
		{"a name that begins with a digit is accepted", "https://1.api.example", true},
		{"an address in its usual form is accepted", "https://8.8.8.8", true},
		{"http on loopback is accepted", "http://127.0.0.1:8080", true},
		{"http on localhost is accepted", "http://localhost:8080", true},
		{"http on IPv6 loopback is accepted", "http://[::1]:8080", true},
		{"http on mapped loopback is accepted", "http://[::ffff:127.0.0.1]:8080", true},
		{"http elsewhere is refused", "http://apis.fedex.com", false},
		{"http on a name that only begins like loopback is refused", "http://127.0.0.1.example", false},
		{"a decimal host is refused", "https://2130706433", false},
		{"a hexadecimal host is refused", "https://0x7f000001", false},
		{"a hexadecimal part is refused", "https://127.0.0.0x1", false},
		{"an octal part is refused", "https://0177.0.0.01", false},
		{"a short form is refused", "https://127.1", false},
		{"a closing dot does not hide it", "https://2130706433.", false},
		{"a user is refused", "https://user:pw@a.example", false},
		{"a query is refused", "https://a.example?x=1", false},
		{"an empty query is refused", "https://a.example?", false},
		{"a fragment is refused", "https://a.example#x", false},
		{"a relative address is refused", "/v1", false},
		{"a port alone is refused", "https://:443", false},
		{"another scheme is refused", "ftp://a.example", false},
		{"nothing is refused", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := checkedURL(c.url); (err == nil) != c.ok {
				t.Errorf("checkedURL(%q): error %v", c.url, err)
			}
		})
	}
}

func TestReach(t *testing.T) {
	public, private, loopback := reach{}, reach{private: true}, reach{loopback: true, private: true}
	for _, c := range []struct {
		name, address string
		under         reach
		ok            bool
	}{
		{"a public address", "93.184.216.34", public, true},
		{"a public IPv6 address", "2606:2800:220:1::1", public, true},
		{"a public address behind NAT64", "64:ff9b::5db8:d822", public, true},
		{"loopback under another name", "127.0.0.1", public, false},
		{"loopback under another name where private is allowed", "127.0.0.1", private, false},
		{"loopback by another number", "127.9.9.9", public, false},
		{"IPv6 loopback under another name", "::1", private, false},
		{"mapped loopback under another name", "::ffff:127.0.0.1", private, false},
		{"NAT64 loopback under another name", "64:ff9b::7f00:1", private, false},
		{"loopback under its own name", "127.0.0.1", loopback, true},
		{"IPv6 loopback under its own name", "::1", loopback, true},
		{"a public address under loopback's name", "93.184.216.34", loopback, false},
		{"a private address under loopback's name", "10.0.0.1", loopback, false},
		{"a private address", "10.1.2.3", public, false},
		{"a private address where that is allowed", "10.1.2.3", private, true},
		{"a mapped private address", "::ffff:192.168.0.1", public, false},
		{"a unique local address where that is allowed", "fd12::1", private, true},
		{"carrier space", "100.64.0.1", public, false},
		{"carrier space where private is allowed", "100.64.0.1", private, true},
		{"instance metadata", "169.254.169.254", private, false},
		{"mapped instance metadata", "::ffff:169.254.169.254", private, false},
		{"NAT64 instance metadata", "64:ff9b::a9fe:a9fe", private, false},
		{"instance metadata over IPv6", "fd00:ec2::254", private, false},
		{"container credentials over IPv6", "fd00:ec2::23", private, false},
		{"link-local with a zone", "fe80::1%eth0", private, false},
		{"nowhere", "0.0.0.0", private, false},
		{"nowhere by another number", "0.1.2.3", private, false},
		{"nowhere over IPv6", "::", private, false},
		{"IPv4-compatible loopback", "::7f00:1", private, false},
		{"multicast", "224.0.0.1", private, false},
		{"broadcast", "255.255.255.255", private, false},
		{"6to4 of a private address", "2002:a00:1::", private, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.under.permits(netip.MustParseAddr(c.address)); got != c.ok {
				t.Errorf("permits(%s) = %v", c.address, got)
			}
		})
	}
}

// A name that resolves to loopback must not lead to what listens there; in a
// function that is the Lambda Runtime API.
func TestRebindingToLoopbackIsRefused(t *testing.T) {
	rebind(t)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was reached") }))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	c, err := New(Options{System: "acme", BaseURL: "https://rebound.example:" + port, Timeout: time.Second, AllowPrivate: true})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Do(t.Context(), Request{Method: "GET", Path: "/"})
	if f := fault.Of(err); f == nil || f.Reason != "acme-address" || f.Kind != fault.Permanent {
		t.Errorf("error %v", err)
	}
}

// rebind makes every name resolve to 127.0.0.1.
func rebind(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		buffer := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			question := buffer[:12]
			end := bytes.IndexByte(buffer[12:n], 0) + 12 + 5
			answer := append([]byte{question[0], question[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, buffer[12:end]...)
			if buffer[end-3] == 1 { // A
				answer[7] = 1
				answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1)
			}
			_, _ = server.WriteTo(answer, from)
		}
	}()
	usual := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
	t.Cleanup(func() { net.DefaultResolver = usual; server.Close() })
	if found, err := net.DefaultResolver.LookupHost(t.Context(), "rebound.example"); err != nil || len(found) != 1 || found[0] != "127.0.0.1" {
		t.Fatalf("the test's resolver answers %v, %v", found, err)
	}
}

// An answer of the vendor may name the address of further requests. It must not
// lead to loopback.
func TestToldAddressDoesNotLeadToLoopback(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was reached") }))
	defer server.Close()
	c, err := New(Options{System: "acme", BaseURL: "https://acme.example", Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Do(t.Context(), Request{Method: "GET", Path: "/v1", Base: server.URL})
	if f := fault.Of(err); f == nil || f.Kind != fault.Permanent || f.Reason != "acme-request" || f.Ambiguous {
		t.Errorf("error %v", err)
	}
}

// Instance metadata listens nowhere in a test, so the reason is what shows that
// the connection was refused here and not there.
func TestPermanentWhereAddressIsRefused(t *testing.T) {
	for _, address := range []string{"https://169.254.169.254", "https://[::ffff:169.254.169.254]", "https://[fd00:ec2::254]", "https://10.0.0.1"} {
		c, err := New(Options{System: "acme", BaseURL: address, Timeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		_, err = c.Do(ctx, Request{Method: "GET", Path: "/latest"})
		cancel()
		if f := fault.Of(err); f == nil || f.Reason != "acme-address" || f.Kind != fault.Permanent {
			t.Errorf("%s: error %v", address, err)
		}
	}
}

func TestNewNamesTheSystemNotTheAddress(t *testing.T) {
	_, err := New(Options{System: "acme", BaseURL: "http://user:hunter2@acme.example"})
	if err == nil || !strings.HasPrefix(err.Error(), "acme: base URL: ") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
}
