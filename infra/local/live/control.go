package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/infra/local"
)

// header must be on every request to the control address. A web page that is open
// in a browser cannot set it for another origin.
const header = "X-Signalbox"

// maxNotification bounds what is taken of a notification: SQS takes no more.
const maxNotification = 1 << 20

// Running is what another process must know of a system that runs.
type Running struct {
	PID int `json:"pid"`
	// Control is the address that takes notifications.
	Control     string            `json:"control"`
	Stage       string            `json:"stage"`
	Destination local.Destination `json:"destination"`
}

func runningFile(root string) string { return filepath.Join(root, ".local", "running.json") }

// Find returns the system that runs in the checkout.
func Find(root string) (Running, error) {
	var r Running
	text, err := os.ReadFile(runningFile(root))
	if errors.Is(err, os.ErrNotExist) {
		return r, errors.New("nothing runs in this checkout: start it with signalbox local (make local)")
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w", runningFile(root), err)
	}
	return r, nil
}

func (r Running) write(root string) error {
	text, err := json.Marshal(r, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	return os.WriteFile(runningFile(root), append(text, '\n'), 0o644)
}

// Send brings a notification in through the running system.
func (r Running) Send(ctx context.Context, way local.Way, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.Control+"/deliver?way="+url.QueryEscape(way.Word()), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set(header, "local")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return errors.New("the system that ran in this checkout does not answer any more; start it with signalbox local")
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusAccepted {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1024))
		return errors.New(strings.TrimSpace(string(text)))
	}
	return nil
}

// control takes notifications on loopback.
type control struct {
	system      *local.System
	destination local.Destination
	source      string
}

func (c control) listen() (address string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /deliver", c.deliver)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

func (c control) deliver(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get(header) == "" {
		http.Error(w, "the header "+header+" is missing", http.StatusForbidden)
		return
	}
	way, err := local.ParseWay(r.URL.Query().Get("way"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxNotification))
	if err != nil {
		http.Error(w, fmt.Sprintf("a notification has at most %d bytes", maxNotification), http.StatusRequestEntityTooLarge)
		return
	}
	if err := c.system.Vendors.Notify(body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := c.destination.Deliver(r.Context(), way, body); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
