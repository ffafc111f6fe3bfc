package connectortest_test

import (
	"fmt"
	"net/http"

	"signalbox/shared/connector/connectortest"
)

// bell is a double that rings.
type bell struct{ rings int }

func (b *bell) ServeHTTP(http.ResponseWriter, *http.Request) { b.rings++ }
func (b *bell) System() string                               { return "bell" }
func (b *bell) Secret() map[string]string                    { return nil }
func (b *bell) Settings(string) map[string]string            { return nil }
func (b *bell) Effects() []connectortest.Effect              { return make([]connectortest.Effect, b.rings) }

// The answer is lost after the system acted: the caller gets a 502, and the
// effect exists.
func ExampleServer_Script() {
	double := &bell{}
	server := connectortest.Serve(double)
	defer server.Close()
	server.Script(func(*http.Request) *connectortest.Fault {
		return &connectortest.Fault{Status: http.StatusBadGateway, After: true}
	})
	response, err := http.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	fmt.Println(response.StatusCode, len(double.Effects()))
	// Output: 502 1
}
