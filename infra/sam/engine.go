package sam

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// engine is a Docker engine reached over its API; no docker command is needed.
type engine struct {
	host string
	http *http.Client
	base string
}

// containerLabel is what SAM CLI puts on the containers it starts for functions.
const containerLabel = "sam.cli.container.type=lambda"

// apiVersion is that of Docker 20.10, the oldest that SAM CLI works with.
const apiVersion = "/v1.41"

// findEngine returns the engine that DOCKER_HOST names, else the one whose
// socket stands at a usual place. It does not connect.
func findEngine(getenv func(string) string) (*engine, error) {
	host := getenv("DOCKER_HOST")
	if host == "" {
		host = "unix:///var/run/docker.sock"
		// Docker Desktop without its privileged helper.
		if socket := filepath.Join(getenv("HOME"), ".docker/run/docker.sock"); !exists("/var/run/docker.sock") && exists(socket) {
			host = "unix://" + socket
		}
	}
	at, err := url.Parse(host)
	if err != nil {
		return nil, fmt.Errorf("DOCKER_HOST: expected unix:///path/to/docker.sock or tcp://host:port")
	}
	switch at.Scheme {
	case "unix":
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", at.Path)
		}
		return &engine{host, &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}, "http://docker"}, nil
	case "tcp", "http":
		return &engine{host, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, "http://" + at.Host}, nil
	}
	return nil, fmt.Errorf("DOCKER_HOST: expected unix:///path/to/docker.sock or tcp://host:port")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// ping reports why the engine cannot be used.
func (e *engine) ping(ctx context.Context) error {
	return e.call(ctx, http.MethodGet, "/_ping", nil, nil)
}

// arch returns the GOARCH of the machine the engine runs containers on.
func (e *engine) arch(ctx context.Context) (string, error) {
	var version struct{ Arch string }
	err := e.call(ctx, http.MethodGet, apiVersion+"/version", nil, &version)
	return version.Arch, err
}

func (e *engine) hasImage(ctx context.Context, image string) (bool, error) {
	err := e.call(ctx, http.MethodGet, apiVersion+"/images/"+image+"/json", nil, nil)
	if e, ok := err.(statusError); ok && e.status == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}

// importImage makes an image of one layer from a tar archive of a root directory.
func (e *engine) importImage(ctx context.Context, repository, tag, platform string, root io.Reader) error {
	q := url.Values{"fromSrc": {"-"}, "repo": {repository}, "tag": {tag}, "platform": {platform},
		"changes": {"ENV PATH=/usr/local/bin:/usr/bin:/bin", "WORKDIR /var/task"}}
	return e.call(ctx, http.MethodPost, apiVersion+"/images/create?"+q.Encode(), root, nil)
}

// gateway returns the address by which containers of the default bridge reach
// this machine; false where that is not an address of this machine, as with
// Docker Desktop, which passes host.docker.internal on to loopback.
func (e *engine) gateway(ctx context.Context) (netip.Addr, bool, error) {
	var network struct {
		IPAM    struct{ Config []struct{ Gateway string } }
		Options map[string]string
	}
	if err := e.call(ctx, http.MethodGet, apiVersion+"/networks/bridge", nil, &network); err != nil {
		return netip.Addr{}, false, err
	}
	var candidates []netip.Addr
	for _, c := range network.IPAM.Config {
		if at, err := netip.ParseAddr(c.Gateway); err == nil {
			candidates = append(candidates, at)
		}
	}
	// Engines before 23 name no gateway until they have been restarted once.
	if bridge, err := net.InterfaceByName(network.Options["com.docker.network.bridge.name"]); err == nil {
		addresses, err := bridge.Addrs()
		if err != nil {
			return netip.Addr{}, false, err
		}
		candidates = append(candidates, parsed(addresses)...)
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr{}, false, err
	}
	for _, at := range candidates {
		if at.Is4() && slices.Contains(parsed(own), at) {
			return at, true, nil
		}
	}
	return netip.Addr{}, false, nil
}

func parsed(addresses []net.Addr) []netip.Addr {
	var out []netip.Addr
	for _, a := range addresses {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			out = append(out, prefix.Addr())
		}
	}
	return out
}

// functionContainers returns the ids of the containers SAM CLI has started for
// the function whose code is in the given folder.
func (e *engine) functionContainers(ctx context.Context, asset string) ([]string, error) {
	var listed []struct {
		ID     string `json:"Id"`
		Mounts []struct{ Source string }
	}
	filter := url.Values{"all": {"true"}, "filters": {`{"label":["` + containerLabel + `"]}`}}
	if err := e.call(ctx, http.MethodGet, apiVersion+"/containers/json?"+filter.Encode(), nil, &listed); err != nil {
		return nil, err
	}
	var ids []string
	for _, c := range listed {
		for _, m := range c.Mounts {
			// An engine in a virtual machine puts its own folder before the path.
			if strings.HasSuffix(m.Source, asset) {
				ids = append(ids, c.ID)
			}
		}
	}
	return ids, nil
}

func (e *engine) removeContainer(ctx context.Context, id string) error {
	err := e.call(ctx, http.MethodDelete, apiVersion+"/containers/"+id+"?force=true", nil, nil)
	if gone, ok := err.(statusError); ok && gone.status == http.StatusNotFound {
		return nil
	}
	return err
}

type statusError struct {
	status  int
	message string
}

func (e statusError) Error() string {
	return fmt.Sprintf("the engine answered %d: %s", e.status, e.message)
}

func (e *engine) call(ctx context.Context, method, path string, body io.Reader, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, e.base+path, body)
	if err != nil {
		return err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/x-tar")
	}
	response, err := e.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 8<<20))
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return statusError{response.StatusCode, strings.TrimSpace(string(bytes.ToValidUTF8(text, nil)))}
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}
