// Package awstest is an AWS for tests, in memory and on loopback: the parts of
// DynamoDB, SQS, EventBridge, EventBridge Scheduler and Secrets Manager that
// Signalbox's functions use, no larger than that. It speaks the services' own
// protocol, so functions
// reach it unchanged through AWS_ENDPOINT_URL.
//
// It is strict: an operation, a field or an expression it does not know is
// refused, never ignored, and so is what the service itself refuses.
//
// # Faults
//
// Script decides before each call whether it is throttled, fails, is late or
// loses its reply after the effect was made.
//
// # Inspection
//
// Items, Messages and Published return what is held, whatever the functions say
// they did.
package awstest

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
)

// Region and Account stand in every ARN.
const (
	Region  = "eu-central-1"
	Account = "000000000000"
)

// Server is one such AWS. It is safe for concurrent use.
type Server struct {
	// URL is what AWS_ENDPOINT_URL must be.
	URL string
	// Scheduler holds the timers; its AdvanceTime fires them.
	Scheduler *Scheduler

	http     *http.Server
	speed    float64
	disorder *rand.Rand

	mu      sync.Mutex
	script  func(Call) *Fault
	calls   map[string]int
	tables  map[string]*table
	queues  map[string]*queue
	buses   map[string]*bus
	secrets map[string]string
	ids     int
}

// Options are the settings of a Server.
type Options struct {
	// Speed is how many times faster than real time the queues' clocks run: at 60
	// a message hidden for a minute is back after a second. 0 means 1.
	Speed float64
	// Disorder makes queues hand out messages in no order, drawn from this seed;
	// 0 keeps the order of arrival, which no standard queue promises.
	Disorder uint64
}

// Serve starts a server on a free loopback port. Close it.
func Serve(o Options) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	if o.Speed == 0 {
		o.Speed = 1
	}
	s := &Server{
		URL:     "http://" + listener.Addr().String(),
		speed:   o.Speed,
		calls:   map[string]int{},
		tables:  map[string]*table{},
		queues:  map[string]*queue{},
		buses:   map[string]*bus{},
		secrets: map[string]string{},
	}
	s.Scheduler = NewScheduler(s.sendTo)
	if o.Disorder != 0 {
		s.disorder = rand.New(rand.NewPCG(o.Disorder, 0x0d15))
	}
	s.http = &http.Server{Handler: http.HandlerFunc(s.handle), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(listener) }()
	return s, nil
}

// Close stops the server and cuts its connections.
func (s *Server) Close() { _ = s.http.Close() }

// Environment is what a process needs, as NAME=value, for every AWS SDK in it
// to reach this server and nothing else.
func (s *Server) Environment() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + s.URL,
		"AWS_REGION=" + Region,
		"AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test",
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/dev/null",
		"AWS_SHARED_CREDENTIALS_FILE=/dev/null",
	}
}

// Script sets the function that is asked before every call which fault it
// meets; nil for none. It may be called at any time.
func (s *Server) Script(script func(Call) *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = script
}

// Calls returns how often an operation was called, faults included.
func (s *Server) Calls(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[operation]
}

// refusal is an error in the service's words.
type refusal struct {
	kind    string
	message string
	status  int
	// item is the item of a failed condition, if it was asked for.
	item Item
}

func (r *refusal) Error() string { return r.kind + ": " + r.message }

func refuse(kind, format string, a ...any) error {
	return &refusal{kind: kind, message: fmt.Sprintf(format, a...)}
}

func invalid(format string, a ...any) error { return refuse("ValidationException", format, a...) }

var services = map[string]string{
	"DynamoDB_20120810": "dynamodb",
	"AmazonSQS":         "sqs",
	"AWSEvents":         "eventbridge",
	"secretsmanager":    "secretsmanager",
}

func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 16<<20))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	prefix, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	call := Call{Service: services[prefix], Operation: operation, Body: body}
	if schedules := schedulerOperation(r); schedules != "" {
		call.Service, call.Operation, operation = "scheduler", schedules, schedules
	}
	s.mu.Lock()
	call.Count = s.calls[operation]
	s.calls[operation]++
	script := s.script
	s.mu.Unlock()
	fault := &Fault{}
	if script != nil {
		if f := script(call); f != nil {
			fault = f
		}
	}
	if fault.Delay > 0 {
		select {
		case <-r.Context().Done():
		case <-time.After(fault.Delay):
		}
	}
	var reply any
	if fault.Type == "" || fault.After || fault.Lost {
		if call.Service == "scheduler" {
			reply, err = s.Scheduler.carryOut(call.Operation, r, call.Body)
		} else {
			reply, err = s.carryOut(call, fault.Entry)
		}
	}
	switch {
	case fault.Lost:
		panic(http.ErrAbortHandler)
	case fault.Type != "":
		err = &refusal{kind: fault.Type, message: "scripted", status: fault.Status}
	}
	answer(w, reply, err)
}

func (s *Server) carryOut(c Call, entry func(int) string) (any, error) {
	if entry == nil {
		entry = func(int) string { return "" }
	}
	switch c.Service + "." + c.Operation {
	case "dynamodb.PutItem":
		return run(c.Body, s.putItem)
	case "dynamodb.GetItem":
		return run(c.Body, s.getItem)
	case "dynamodb.BatchGetItem":
		return run(c.Body, s.batchGetItem)
	case "dynamodb.UpdateItem":
		return run(c.Body, s.updateItem)
	case "dynamodb.DeleteItem":
		return run(c.Body, s.deleteItem)
	case "sqs.SendMessage":
		return run(c.Body, s.sendMessage)
	case "sqs.SendMessageBatch":
		return run(c.Body, s.sendMessageBatch(entry))
	case "sqs.ReceiveMessage":
		return run(c.Body, s.receiveMessage)
	case "sqs.DeleteMessage":
		return run(c.Body, s.deleteMessage)
	case "sqs.DeleteMessageBatch":
		return run(c.Body, s.deleteMessageBatch(entry))
	case "sqs.ChangeMessageVisibility":
		return run(c.Body, s.changeMessageVisibility)
	case "sqs.ChangeMessageVisibilityBatch":
		return run(c.Body, s.changeMessageVisibilityBatch(entry))
	case "eventbridge.PutEvents":
		return run(c.Body, s.putEvents(entry))
	case "secretsmanager.GetSecretValue":
		return run(c.Body, s.getSecretValue)
	}
	return nil, refuse("UnknownOperationException", "%s.%s is not served here", c.Service, c.Operation)
}

// run decodes a request strictly: a field that is not known is a field that
// would be ignored.
func run[In, Out any](body []byte, operation func(In) (Out, error)) (any, error) {
	var in In
	if err := json.Unmarshal(body, &in, json.RejectUnknownMembers(true)); err != nil {
		return nil, refuse("SerializationException", "%v", err)
	}
	return operation(in)
}

func answer(w http.ResponseWriter, reply any, err error) {
	status := http.StatusOK
	if err != nil {
		var r *refusal
		if !errors.As(err, &r) {
			r = &refusal{kind: "InternalServerError", message: err.Error(), status: http.StatusInternalServerError}
		}
		if status = r.status; status == 0 {
			status = http.StatusBadRequest
		}
		reply = struct {
			Type    string `json:"__type"`
			Message string `json:"message"`
			Item    Item   `json:"Item,omitzero"`
		}{r.kind, r.message, r.item}
	}
	text, err := json.Marshal(reply, json.Deterministic(true))
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	// The SDK checks it, and does not reuse the connection of an answer without one.
	w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(text)), 10))
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// nextID returns an id in the shape of a UUID. The caller holds the lock.
func (s *Server) nextID() string {
	s.ids++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", s.ids)
}
