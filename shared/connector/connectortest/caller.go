package connectortest

import (
	"net"
	"net/http"
)

type callerKey struct{}

// AddressOf returns an address of the double that only the named caller is
// given, so that what it asks for is known as its own. The requests differ in
// nothing else: a real system has one address, and sees the same bytes.
func (s *Server) AddressOf(caller string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if server := s.callers[caller]; server != nil {
		return server.URL
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic("connectortest: " + err.Error())
	}
	server := s.listen(listener, caller)
	s.callers[caller] = server
	return server.URL
}

// Caller is who sent a request to a double, for its effects; empty if the
// request came to the address that everybody shares.
func Caller(r *http.Request) string {
	caller, _ := r.Context().Value(callerKey{}).(string)
	return caller
}
