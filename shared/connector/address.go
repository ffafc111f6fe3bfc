package connector

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

var errRefusedAddress = errors.New("the address is not one we may connect to")

// checkedURL accepts https addresses, and http ones on loopback.
func checkedURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "":
		return nil, errors.New("expected an absolute URL")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("expected a URL without user, query and fragment")
	case u.Scheme == "https":
		return u, nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return u, nil
	}
	return nil, fmt.Errorf("expected https (http is for loopback alone)")
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// HTTPClient returns a client that keeps connections, follows no redirect and
// checks at dial time, after names are resolved, that the address is a public
// one: DNS may answer anything. Loopback is reached only under a loopback name.
func HTTPClient(timeout time.Duration, allowPrivate bool) *http.Client {
	transport := &http.Transport{
		DialContext:           dialer(allowPrivate).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          32,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       5 * time.Minute,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: timeout,
	}
	return &http.Client{
		Transport:     transport,
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func dialer(allowPrivate bool) *net.Dialer {
	return &net.Dialer{
		Timeout:   3 * time.Second,
		KeepAlive: 30 * time.Second,
		Control: func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !permitted(at.Addr().Unmap(), allowPrivate) {
				return errRefusedAddress
			}
			return nil
		},
	}
}

// metadataV6 is where EC2's instance metadata answers over IPv6.
var metadataV6 = netip.MustParseAddr("fd00:ec2::254")

func permitted(ip netip.Addr, allowPrivate bool) bool {
	switch {
	case ip.IsLinkLocalUnicast(), ip.IsLinkLocalMulticast(), ip.IsMulticast(), ip.IsUnspecified(), ip == metadataV6:
		return false
	case ip.IsPrivate():
		return allowPrivate
	}
	return true
}
