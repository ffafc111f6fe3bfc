package sam

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fakeEngine answers the paths of a Docker engine on a socket.
func fakeEngine(t *testing.T, answers map[string]string) *engine {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "docker.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.Method+" "+r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, answer)
	})}}
	server.Start()
	t.Cleanup(server.Close)
	e, err := findEngine(func(name string) string {
		return map[string]string{"DOCKER_HOST": "unix://" + socket}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestFindEngine(t *testing.T) {
	for _, c := range []struct {
		name, host string
		want, err  string
	}{
		{"a socket is named", "unix:///run/user/1000/docker.sock", "unix:///run/user/1000/docker.sock", ""},
		{"an address is named", "tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375", ""},
		{"what is named is no engine's address", "ssh://build-host", "", "DOCKER_HOST: expected"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := findEngine(func(name string) string {
				return map[string]string{"DOCKER_HOST": c.host, "HOME": "/nowhere"}[name]
			})
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("got error %v", err)
				}
				return
			}
			if err != nil || e.host != c.want {
				t.Errorf("got %v, %v", e, err)
			}
		})
	}
}

func TestEngineThatIsNotThere(t *testing.T) {
	e, err := findEngine(func(string) string { return "unix://" + filepath.Join(t.TempDir(), "none.sock") })
	if err != nil {
		t.Fatal(err)
	}
	if err := e.ping(context.Background()); err == nil {
		t.Error("an engine answered that does not run")
	}
}

func TestHasImage(t *testing.T) {
	e := fakeEngine(t, map[string]string{"GET /v1.41/images/here:1/json": `{"Id":"sha256:1"}`})
	for image, want := range map[string]bool{"here:1": true, "elsewhere:1": false} {
		if got, err := e.hasImage(context.Background(), image); got != want || err != nil {
			t.Errorf("%s: got %v, %v", image, got, err)
		}
	}
}

func TestGateway(t *testing.T) {
	for _, c := range []struct {
		name, network string
		want          string
	}{
		{"the gateway is an address of this machine", `{"IPAM":{"Config":[{"Gateway":"127.0.0.1"}]}}`, "127.0.0.1"},
		{"the engine names the bridge alone", `{"IPAM":{"Config":[{"Subnet":"127.0.0.0/8"}]},"Options":{"com.docker.network.bridge.name":"lo"}}`, "127.0.0.1"},
		{"the engine runs in a virtual machine", `{"IPAM":{"Config":[{"Gateway":"203.0.113.1"}]}}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := fakeEngine(t, map[string]string{"GET /v1.41/networks/bridge": c.network})
			at, ok, err := e.gateway(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if ok != (c.want != "") || ok && at != netip.MustParseAddr(c.want) {
				t.Errorf("got %v, %v", at, ok)
			}
		})
	}
}

func TestFunctionContainers(t *testing.T) {
	e := fakeEngine(t, map[string]string{
		"GET /v1.41/containers/json": `[
			{"Id":"ours","Mounts":[{"Source":"/src/.local/sam/order-created-crm/asset.1"}]},
			{"Id":"in-a-vm","Mounts":[{"Source":"/host_mnt/src/.local/sam/order-created-crm/asset.1"}]},
			{"Id":"of-others","Mounts":[{"Source":"/elsewhere/asset.1"}]}]`,
		"DELETE /v1.41/containers/ours": "",
	})
	got, err := e.functionContainers(context.Background(), "/src/.local/sam/order-created-crm/asset.1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ours", "in-a-vm"}, got); diff != "" {
		t.Error(diff)
	}
	for _, id := range []string{"ours", "already-gone"} {
		if err := e.removeContainer(context.Background(), id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}
