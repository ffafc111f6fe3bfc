package connector

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

var errRefusedAddress = errors.New("address: expected one that the client may connect to")

// checkedURL accepts https addresses, and http ones on loopback.
func checkedURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, errors.New("expected an absolute URL")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("expected a URL without user, query and fragment")
	case disguised(u.Hostname()):
		return nil, errors.New("expected a host name or an IP address in its usual form")
	case u.Scheme == "https":
		return u, nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return u, nil
	}
	return nil, errors.New("expected https (http is for loopback alone)")
}

// disguised reports hosts such as 2130706433, 0x7f.1 or 0177.0.0.1, which some
// resolvers take for the address 127.0.0.1: https://url.spec.whatwg.org/#ends-in-a-number-checker
func disguised(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	host = strings.TrimSuffix(host, ".")
	last := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	if rest, hex := strings.CutPrefix(last, "0x"); hex {
		return strings.Trim(rest, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// idleTimeout is shorter than the minute after which load balancers commonly
// close an idle connection. A frozen function does not notice the close, and the
// reset of a request that is not repeatable would be ambiguous.
const idleTimeout = 50 * time.Second

// HTTPClient returns a client that keeps connections, follows no redirect and
// uses no proxy. It checks the address when it connects, after the name is
// resolved, since DNS may return any address. Public addresses are allowed;
// private ones only if allowPrivate is set; loopback only if the URL names it, so
// that no other name leads to the Lambda Runtime API; link-local addresses,
// where instance metadata is served, never.
func HTTPClient(timeout time.Duration, allowPrivate bool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				host, _, err := net.SplitHostPort(address)
				if err != nil {
					return nil, errRefusedAddress
				}
				return dialer(reach{loopback: isLoopback(host), private: allowPrivate}).DialContext(ctx, network, address)
			},
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           32,
			MaxIdleConnsPerHost:    16,
			IdleConnTimeout:        idleTimeout,
			TLSHandshakeTimeout:    5 * time.Second,
			ResponseHeaderTimeout:  timeout,
			MaxResponseHeaderBytes: 256 << 10,
		},
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func dialer(r reach) *net.Dialer {
	return &net.Dialer{
		Timeout:   3 * time.Second,
		KeepAlive: 30 * time.Second,
		Control: func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !r.permits(at.Addr()) {
				return errRefusedAddress
			}
			return nil
		},
	}
}

// reach is the set of addresses that are allowed in addition to public ones.
type reach struct{ loopback, private bool }

func (r reach) permits(ip netip.Addr) bool {
	ip = embedded(ip.WithZone("").Unmap())
	if r.loopback || ip.IsLoopback() {
		return r.loopback && ip.IsLoopback()
	}
	in := func(p netip.Prefix) bool { return p.Contains(ip) }
	switch {
	case slices.ContainsFunc(neverReached, in):
		return false
	case ip.IsPrivate(), sharedSpace.Contains(ip):
		return r.private
	}
	return true
}

// nat64 holds public IPv4 addresses in networks that have IPv6 alone, RFC 6052.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// embedded returns the IPv4 address that a NAT64 address contains, or ip.
func embedded(ip netip.Addr) netip.Addr {
	if !nat64.Contains(ip) {
		return ip
	}
	b := ip.As16()
	return netip.AddrFrom4([4]byte(b[12:]))
}

// sharedSpace is private in effect: carriers and some VPCs use it, RFC 6598.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// neverReached are special-purpose addresses that no vendor has:
// https://www.iana.org/assignments/iana-ipv4-special-registry and its IPv6 twin.
var neverReached = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"), // EC2 metadata, ECS credentials
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("224.0.0.0/3"), // multicast, reserved, broadcast
	netip.MustParsePrefix("::/96"),       // unspecified, IPv4-compatible
	netip.MustParsePrefix("2002::/16"),   // 6to4
	netip.MustParsePrefix("fd00:ec2::/32"),
	netip.MustParsePrefix("fe80::/10"),
	netip.MustParsePrefix("fec0::/10"),
	netip.MustParsePrefix("ff00::/8"),
}
