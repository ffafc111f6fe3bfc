package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"signalbox/infra/local/deployment"
	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/sample"
)

// httpFront is the address of the functions that requests trigger: one listener on
// loopback, with a path per function in place of an address per function.
type httpFront struct {
	system *System
	server *http.Server
	url    string
}

// maxBody is what Lambda takes with a request.
const maxBody = 6 << 20

func (s *System) openHTTPFront() error {
	if len(s.requested()) == 0 {
		return nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	f := &httpFront{system: s, url: "http://" + listener.Addr().String()}
	f.server = &http.Server{Handler: f, ReadHeaderTimeout: 10 * time.Second}
	s.front = f
	go func() {
		if err := f.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.trouble(fmt.Errorf("the functions' address: %w", err))
		}
	}()
	return nil
}

// requested are the functions that requests trigger.
func (s *System) requested() []deployment.Function {
	var fs []deployment.Function
	for _, f := range s.Topology.Functions {
		if entry, _ := catalog.FunctionByName(f.Name); entry.IsHTTP() {
			fs = append(fs, f)
		}
	}
	return fs
}

// Address is where the named function takes requests on this machine, instead
// of its function URL; "" if it takes none.
func (s *System) Address(function string) string {
	if s.front == nil {
		return ""
	}
	for _, f := range s.requested() {
		if f.Name == function {
			return s.front.url + "/" + function
		}
	}
	return ""
}

// ServeHTTP invokes the function that the first part of the path names, as its
// function URL does: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
func (f *httpFront) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived := time.Now()
	name, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	if f.system.Address(name) == "" {
		http.Error(w, "no such function", http.StatusNotFound)
		return
	}
	header := map[string]string{}
	for field, values := range r.Header {
		header[strings.ToLower(field)] = strings.Join(values, ",")
	}
	id := cmp.Or(r.Header.Get(RequestID), uuid.NewString())
	delete(header, strings.ToLower(RequestID))
	payload := sample.URL(sample.Request{Method: r.Method, Path: "/" + path, Header: header, Body: body, ID: id, At: arrived})
	answer, err := f.system.Lambda.Invoke(r.Context(), name, payload)
	if err != nil {
		f.system.Recorder.Crashed(name)
		if f.system.options.Crash != nil {
			f.system.options.Crash(name, err)
		}
		http.Error(w, "Internal Server Error", http.StatusBadGateway)
		return
	}
	var response struct {
		Status int               `json:"statusCode"`
		Header map[string]string `json:"headers"`
		Body   string            `json:"body"`
	}
	if err := json.Unmarshal(answer, &response); err != nil || response.Status < 100 {
		http.Error(w, "Internal Server Error", http.StatusBadGateway)
		return
	}
	for field, value := range response.Header {
		w.Header().Set(field, value)
	}
	w.WriteHeader(response.Status)
	_, _ = io.WriteString(w, response.Body)
}

// RequestID is a header by which this machine's callers name a request, so that
// its log line can be found.
const RequestID = "X-Signalbox-Request"

// Request sends a request to the named function and returns the answer's status
// and body, and its id in the function's log.
func (s *System) Request(ctx context.Context, function string, r sample.Request) (status int, answer []byte, id string, err error) {
	id = cmp.Or(r.ID, uuid.NewString())
	request, err := http.NewRequestWithContext(ctx, cmp.Or(r.Method, http.MethodPost), s.Address(function)+r.Path, strings.NewReader(string(r.Body)))
	if err != nil {
		return 0, nil, id, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(RequestID, id)
	for field, value := range r.Header {
		request.Header.Set(field, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, id, fmt.Errorf("request to %s: %w", function, err)
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, id, err
}

func (f *httpFront) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = f.server.Shutdown(ctx)
}

// deadLetterQueue is the queue that the function dead-letters to; ok is false if
// it has none.
func (s *System) deadLetterQueue(f deployment.Function) (q deployment.Queue, ok bool, err error) {
	entry, _ := catalog.FunctionByName(f.Name)
	if !entry.DeadLetters() {
		return q, false, nil
	}
	if q, ok = s.Topology.DeadLettersOf(f.Name); ok {
		return q, true, nil
	}
	for _, q := range s.Topology.Queues {
		if q.URL == f.Env[config.DLQURL] {
			return q, true, nil
		}
	}
	return q, false, fmt.Errorf("%s has no dead-letter queue", f.Name)
}
