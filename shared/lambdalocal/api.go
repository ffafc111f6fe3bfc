package lambdalocal

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
)

// maxPayload is Lambda's limit of a request and of a response.
const maxPayload = 6 << 20

// invocation is one piece of work on its way through the Runtime API.
type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	done     chan result
}

type result struct {
	payload []byte
	err     error
}

// api is the Runtime API of one process.
type api struct {
	function string
	server   *http.Server
	// work hands invocations to the process's requests for the next one.
	work chan *invocation
	// ready is closed at the first of these requests.
	ready chan struct{}
	// failed receives what the process reports of its initialization.
	failed chan error

	once sync.Once
	mu   sync.Mutex
	open map[string]*invocation
}

func (a *api) listen(f Function) (address string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen on loopback: %w", err)
	}
	a.function = f.Name
	a.work = make(chan *invocation)
	a.ready = make(chan struct{})
	a.failed = make(chan error, 1)
	a.open = map[string]*invocation{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", a.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", a.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", a.error)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", a.initError)
	a.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = a.server.Serve(listener) }()
	return listener.Addr().String(), nil
}

func (a *api) close() { _ = a.server.Close() }

func (a *api) next(w http.ResponseWriter, r *http.Request) {
	a.once.Do(func() { close(a.ready) })
	var work *invocation
	select {
	case work = <-a.work:
	case <-r.Context().Done():
		return
	}
	a.mu.Lock()
	a.open[work.id] = work
	a.mu.Unlock()
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", work.id)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(work.deadline.UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:000000000000:function:"+a.function)
	h.Set("Lambda-Runtime-Trace-Id", traceID())
	_, _ = w.Write(work.payload)
}

func (a *api) response(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	switch {
	case err != nil:
		a.finish(w, r, result{err: ErrExited})
	case len(body) > maxPayload:
		a.finish(w, r, result{err: &FunctionError{Type: "Function.ResponseSizeTooLarge", Message: fmt.Sprintf("response above %d bytes", maxPayload)}})
	default:
		a.finish(w, r, result{payload: body})
	}
}

func (a *api) error(w http.ResponseWriter, r *http.Request) {
	a.finish(w, r, result{err: functionError(r, false)})
}

func (a *api) initError(w http.ResponseWriter, r *http.Request) {
	select {
	case a.failed <- functionError(r, true):
	default:
	}
	w.WriteHeader(http.StatusAccepted)
}

func (a *api) finish(w http.ResponseWriter, r *http.Request, outcome result) {
	id := r.PathValue("id")
	a.mu.Lock()
	work := a.open[id]
	delete(a.open, id)
	a.mu.Unlock()
	if work == nil {
		http.Error(w, `{"errorType":"InvalidRequestID"}`, http.StatusBadRequest)
		return
	}
	work.done <- outcome
	w.WriteHeader(http.StatusAccepted)
}

func functionError(r *http.Request, init bool) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload))
	if err != nil {
		return ErrExited
	}
	e := &FunctionError{Init: init}
	if err := json.Unmarshal(body, e); err != nil {
		return errors.New("the function reported an error that is not JSON")
	}
	return e
}

func requestID() string { return uuid.NewString() }

// traceID is a sampled X-Ray trace header.
func traceID() string {
	random := make([]byte, 20)
	_, _ = rand.Read(random)
	return fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=1", time.Now().Unix(), hex.EncodeToString(random[:12]), hex.EncodeToString(random[12:]))
}
