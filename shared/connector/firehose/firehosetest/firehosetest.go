// Package firehosetest is the double of Amazon Data Firehose and of the lake that it
// fills. Serve it with connectortest, refuse records with Refuse, and count the
// lake's events with Effects.
//
// It accepts PutRecordBatch in the service's own protocol, within the service's
// limits, and reads each record as the stream's partitioning does.
// https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
package firehosetest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/connector/connectortest"
)

// Stream is the name of the double's only stream.
const Stream = "lake"

// Double is one stream. It is safe for concurrent use.
type Double struct {
	mu       sync.Mutex
	refuse   func(request, record int) bool
	requests int
	lines    int
	seen     map[string]bool
	effects  []connectortest.Effect
}

var _ connectortest.Double = (*Double)(nil)

// New returns an empty stream.
func New() *Double { return &Double{seen: map[string]bool{}} }

// Refuse sets the function that decides whether a record of a request, both counted
// from 0, is refused; nil refuses none.
func (d *Double) Refuse(refuse func(request, record int) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refuse = refuse
}

// System is "firehose".
func (d *Double) System() string { return "firehose" }

// Secret is empty: requests are signed by the function's role.
func (d *Double) Secret() map[string]string { return map[string]string{} }

// Settings name the stream.
func (d *Double) Settings(string) map[string]string {
	return map[string]string{"SIGNALBOX_STREAM": Stream}
}

// Effects are the events in the lake, each once, by their ids: a query of the lake
// counts an event once, however many lines it has. A record that the stream could
// not partition is an effect without a reference.
func (d *Double) Effects() []connectortest.Effect {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.effects)
}

// Lines is how many lines the lake has, repetitions included.
func (d *Double) Lines() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lines
}

type request struct {
	DeliveryStreamName string
	Records            []struct{ Data []byte }
}

type result struct {
	RecordID     string `json:"RecordId,omitzero"`
	ErrorCode    string `json:",omitzero"`
	ErrorMessage string `json:",omitzero"`
}

func (d *Double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var in request
	switch {
	case err != nil || r.Method != http.MethodPost || r.Header.Get("X-Amz-Target") != "Firehose_20150804.PutRecordBatch":
		answer(w, "UnknownOperationException", nil)
		return
	case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "):
		answer(w, "MissingAuthenticationTokenException", nil)
		return
	case json.Unmarshal(body, &in, json.RejectUnknownMembers(true)) != nil:
		answer(w, "SerializationException", nil)
		return
	case in.DeliveryStreamName != Stream:
		answer(w, "ResourceNotFoundException", nil)
		return
	case len(in.Records) < 1 || len(in.Records) > 500:
		answer(w, "InvalidArgumentException", nil)
		return
	}
	total := 0
	for _, record := range in.Records {
		total += len(record.Data)
		if len(record.Data) > 1000<<10 {
			answer(w, "InvalidArgumentException", nil)
			return
		}
	}
	if total > 4<<20 {
		answer(w, "InvalidArgumentException", nil)
		return
	}
	answer(w, "", d.take(connectortest.Caller(r), in))
}

func (d *Double) take(caller string, in request) any {
	d.mu.Lock()
	defer d.mu.Unlock()
	number := d.requests
	d.requests++
	failed := 0
	var results []result
	for i, record := range in.Records {
		if d.refuse != nil && d.refuse(number, i) {
			failed++
			results = append(results, result{ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down."})
			continue
		}
		results = append(results, result{RecordID: fmt.Sprintf("record-%d-%d", number, i)})
		d.keep(caller, record.Data)
	}
	return struct {
		FailedPutCount   int
		Encrypted        bool
		RequestResponses []result
	}{failed, true, results}
}

var day = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T`)

// keep stores a record by type and day, as the stream does.
func (d *Double) keep(caller string, data []byte) {
	d.lines++
	var line struct {
		ID   string `json:"id"`
		Type string `json:"type"`
		Time string `json:"time"`
	}
	content, ended := bytes.CutSuffix(data, []byte("\n"))
	if !ended || bytes.ContainsRune(content, '\n') || json.Unmarshal(content, &line) != nil || line.ID == "" || line.Type == "" || !day.MatchString(line.Time) {
		d.effects = append(d.effects, connectortest.Effect{What: "record that cannot be partitioned", Caller: caller, At: time.Now()})
		return
	}
	if !d.seen[line.ID] {
		d.seen[line.ID] = true
		d.effects = append(d.effects, connectortest.Effect{Reference: line.ID, What: "event recorded", Caller: caller, At: time.Now()})
	}
}

func answer(w http.ResponseWriter, refusal string, reply any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if refusal != "" {
		w.Header().Set("X-Amzn-Errortype", refusal)
		w.WriteHeader(http.StatusBadRequest)
		reply = map[string]string{"message": "refused"}
	}
	text, err := json.Marshal(reply)
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(text)
}
