package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/infra/local/deployment"
	"signalbox/shared/connector/commercetools/commercetoolstest"
)

// settleWithin bounds what a function may take to settle a resource.
const settleWithin = time.Minute

// settleResources asks the functions of the stacks about their resources, as
// CloudFormation does when a stack is made.
func (s *System) settleResources(ctx context.Context) (string, error) {
	s.bringTests()
	for _, r := range s.Topology.Resources {
		if err := s.settle(ctx, r); err != nil {
			return "", fmt.Errorf("%s: %w%s", r.LogicalID, err, s.lastWords(r.Function))
		}
	}
	return fmt.Sprintf("%d by their functions", len(s.Topology.Resources)), nil
}

// bringTests lets commercetools' double deliver its test notifications.
func (s *System) bringTests() {
	server := s.Vendors.Server("commercetools")
	if server == nil {
		return
	}
	double, ok := server.Double.(*commercetoolstest.Double)
	ingress, err := s.Destination("commercetools")
	if !ok || err != nil {
		return
	}
	double.DeliverBy(func(destination map[string]any, notification []byte) error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		way := SQS
		switch {
		case destination["topicArn"] == ingress.Topic && ingress.Topic != "":
			way = SNS
		case destination["queueUrl"] != ingress.Queue:
			return errors.New("no queue of the stacks has that address")
		}
		if err := ingress.Deliver(ctx, way, notification); err != nil {
			return err
		}
		s.tested.Add(1)
		return nil
	})
}

// Tested is how many test notifications commercetools sent into the ingress.
func (s *System) Tested() int { return int(s.tested.Load()) }

func (s *System) settle(ctx context.Context, r deployment.CustomResource) error {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	type answer struct{ Status, Reason string }
	answers := make(chan answer, 1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(io.LimitReader(request.Body, 4<<10))
		var a answer
		if err != nil || json.Unmarshal(body, &a) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		select {
		case answers <- a:
		default:
		}
	})}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	payload, err := json.Marshal(map[string]any{
		"RequestType": "Create", "ResponseURL": "http://" + listener.Addr().String() + "/", "StackId": "local", "RequestId": "local",
		"LogicalResourceId": r.LogicalID, "ResourceType": r.Type, "ResourceProperties": r.Properties,
	})
	if err != nil {
		return err
	}
	if _, err := s.Lambda.Invoke(ctx, r.Function, payload); err != nil {
		return err
	}
	select {
	case a := <-answers:
		if a.Status != "SUCCESS" {
			return errors.New(a.Reason)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s gave no answer", r.Function)
	}
}

// Report is the result of a run of a scheduled function.
type Report struct {
	Counts map[string]int    `json:"counts"`
	Notes  map[string]string `json:"notes"`
}

// Demand runs such a function now. A nil payload is the schedule's own.
func (s *System) Demand(ctx context.Context, function string, payload []byte) (Report, error) {
	if payload == nil {
		payload = []byte(`{"source":"aws.events","detail-type":"Scheduled Event","time":"` + time.Now().UTC().Format(time.RFC3339) + `"}`)
	}
	answer, err := s.Lambda.Invoke(ctx, function, payload)
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", function, err)
	}
	var r Report
	if err := json.Unmarshal(answer, &r); err != nil {
		return Report{}, fmt.Errorf("%s: its answer is no report: %w", function, err)
	}
	return r, nil
}
