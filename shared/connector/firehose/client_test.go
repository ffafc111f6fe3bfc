package firehose

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"go.uber.org/goleak"

	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/firehose/firehosetest"
	"signalbox/shared/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve returns a client of a double, through the SDK.
func serve(t *testing.T) (*Client, *firehosetest.Double, *connectortest.Server) {
	t.Helper()
	double := firehosetest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	settings := double.Settings(server.URL)
	settings[config.BaseURLName(System)] = server.URL
	client, err := New(aws.Config{
		Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
		HTTPClient: &http.Client{Transport: transport}, RetryMaxAttempts: 1,
	}, config.Static(settings, nil))
	if err != nil {
		t.Fatal(err)
	}
	return client, double, server
}

func line(id string, padding int) []byte {
	return []byte(fmt.Sprintf(`{"id":%q,"type":"order.created","time":"2026-03-04T16:21:07Z","data":"%s"}`+"\n", id, strings.Repeat("x", padding)))
}

// putAll puts n records at once and returns their errors.
func putAll(ctx context.Context, c *Client, n, padding int) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = c.Put(ctx, line(fmt.Sprint("event-", i), padding)) })
	}
	all.Wait()
	return errs
}

func TestRecordsPutTogetherTravelTogether(t *testing.T) {
	c, double, server := serve(t)
	c.pause = func(context.Context, time.Duration) error { time.Sleep(100 * time.Millisecond); return nil }
	for i, err := range putAll(t.Context(), c, 10, 10) {
		if err != nil {
			t.Errorf("record %d: %v", i, err)
		}
	}
	if n := len(server.Exchanges()); n != 1 {
		t.Errorf("%d requests for ten records put at once", n)
	}
	if n := len(double.Effects()); n != 10 {
		t.Errorf("%d records arrived", n)
	}
	if err := c.Put(t.Context(), line("later", 0)); err != nil {
		t.Errorf("a record after that: %v", err)
	}
}

func TestRequestsKeepWithinTheLimits(t *testing.T) {
	for name, c := range map[string]struct{ records, padding, least int }{
		"500 records": {1200, 0, 3},
		"4 MiB":       {9, 1000<<10 - 200, 3},
	} {
		t.Run(name, func(t *testing.T) {
			client, double, server := serve(t)
			for i, err := range putAll(t.Context(), client, c.records, c.padding) {
				if err != nil {
					t.Fatalf("record %d: %v", i, err)
				}
			}
			if n := len(server.Exchanges()); n < c.least {
				t.Errorf("%d requests", n)
			}
			if n := len(double.Effects()); n != c.records {
				t.Errorf("%d of %d records arrived", n, c.records)
			}
		})
	}
}

func TestOnlyRefusedRecordsAreSentAgain(t *testing.T) {
	c, double, server := serve(t)
	c.pause = func(context.Context, time.Duration) error { time.Sleep(20 * time.Millisecond); return nil }
	double.Refuse(func(request, record int) bool { return request == 0 && record == 1 })
	for i, err := range putAll(t.Context(), c, 3, 0) {
		if err != nil {
			t.Errorf("record %d: %v", i, err)
		}
	}
	seen := server.Exchanges()
	if len(seen) != 2 || bytes.Count(seen[0].Body, []byte(`"Data"`)) != 3 || bytes.Count(seen[1].Body, []byte(`"Data"`)) != 1 {
		t.Errorf("%d requests", len(seen))
	}
	if n := double.Lines(); n != 3 {
		t.Errorf("%d lines in the lake, want each once", n)
	}
}

func TestARecordRefusedToTheEndFailsAlone(t *testing.T) {
	c, double, _ := serve(t)
	c.pause = func(context.Context, time.Duration) error { time.Sleep(20 * time.Millisecond); return nil }
	double.Refuse(func(_, record int) bool { return record == 0 })
	failed := 0
	for _, err := range putAll(t.Context(), c, 3, 0) {
		if err == nil {
			continue
		}
		failed++
		if f := fault.Of(err); f.Kind != fault.Retryable || f.Ambiguous || f.Reason != "firehose-busy" {
			t.Errorf("%+v", f)
		}
	}
	// The first of each of three rounds is refused, so one is refused at the last.
	if failed != 1 {
		t.Errorf("%d records failed, want one", failed)
	}
}

func TestFaultsOfTheService(t *testing.T) {
	for name, c := range map[string]struct {
		fault connectortest.Fault
		want  string
	}{
		"throttled":       {connectortest.Fault{Status: 400, Header: http.Header{"X-Amzn-Errortype": {"ThrottlingException"}}, Body: `{"message":"c4n4ry"}`}, "firehose: put records: ThrottlingException"},
		"no such stream":  {connectortest.Fault{Status: 400, Header: http.Header{"X-Amzn-Errortype": {"ResourceNotFoundException"}}, Body: `{}`}, "firehose: put records: ResourceNotFoundException"},
		"500":             {connectortest.Fault{Status: 500, Body: "{}"}, "firehose: put records"},
		"no connection":   {connectortest.Fault{Reset: true}, "firehose: put records"},
		"half an answer":  {connectortest.Fault{Half: true}, "firehose: put records"},
		"a 200 of no use": {connectortest.Fault{Status: 200, Body: `{"FailedPutCount":0,"RequestResponses":[]}`}, "expected one entry per record"},
	} {
		t.Run(name, func(t *testing.T) {
			client, _, server := serve(t)
			server.Script(func(*http.Request) *connectortest.Fault { return &c.fault })
			for _, err := range putAll(t.Context(), client, 2, 0) {
				f := fault.Of(err)
				if err == nil || f.Kind != fault.Retryable || !f.Ambiguous || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "c4n4ry") {
					t.Errorf("%+v", err)
				}
			}
			server.Script(nil)
			if err := client.Put(t.Context(), line("after", 0)); err != nil {
				t.Errorf("after that: %v", err)
			}
		})
	}
}

func TestARecordAboveTheLimitIsPermanent(t *testing.T) {
	c, _, server := serve(t)
	if err := c.Put(t.Context(), make([]byte, maxRecord+1)); fault.KindOf(err) != fault.Permanent || fault.Of(err).Reason != "record-too-large" {
		t.Errorf("%v", err)
	}
	if len(server.Exchanges()) != 0 {
		t.Error("it was sent")
	}
}

// stuck is an API that panics, or waits until its time is over.
type stuck struct{ panics bool }

func (s stuck) PutRecordBatch(ctx context.Context, _ *firehose.PutRecordBatchInput, _ ...func(*firehose.Options)) (*firehose.PutRecordBatchOutput, error) {
	if s.panics {
		panic("x")
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestNobodyWaitsForEver(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for _, err := range putAll(ctx, newClient(stuck{}, "lake"), 5, 0) {
		if !errors.Is(err, context.DeadlineExceeded) || !fault.Of(err).Ambiguous {
			t.Errorf("%v", err)
		}
	}
	c := newClient(stuck{panics: true}, "lake")
	panicked := func() (panicked bool) {
		defer func() { panicked = recover() != nil }()
		_ = c.Put(t.Context(), line("a", 0))
		return false
	}
	for range 2 {
		if !panicked() {
			t.Error("after a panic no call leads, and records wait forever")
		}
	}
}

func TestNewNeedsAStream(t *testing.T) {
	if _, err := New(aws.Config{}, config.Static(nil, nil)); err == nil || !strings.Contains(err.Error(), config.Stream) {
		t.Errorf("%v", err)
	}
}
