package telemetry

import (
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
)

// maxValues is how many values one metric may have in one line of the embedded
// metric format:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
const maxValues = 100

// Metrics collects the numbers of one batch. The zero value is ready, and safe
// for concurrent use.
type Metrics struct {
	mu     sync.Mutex
	names  []string
	values [][]float64
	counts []float64
}

// Count adds n to the counter of the given name.
func (m *Metrics) Count(name string, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts[m.index(name)] += float64(n)
}

// Observe adds one measured value, in milliseconds.
func (m *Metrics) Observe(name string, d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.index(name)
	m.values[i] = append(m.values[i], Milliseconds(d))
}

func (m *Metrics) index(name string) int {
	for i, n := range m.names {
		if n == name {
			return i
		}
	}
	m.names = append(m.names, name)
	m.values = append(m.values, nil)
	m.counts = append(m.counts, 0)
	return len(m.names) - 1
}

// Dimensions identify the function whose numbers are written.
type Dimensions struct {
	Stage, Function string
	// EventType is the event type that triggers the function, empty for an ingress.
	// It is taken from the catalog, never from an event: a dimension costs money.
	EventType string
}

// Write writes the collected numbers to w as lines of the embedded metric format,
// one Write per line, and empties m. It writes nothing if m is empty.
func (m *Metrics) Write(w io.Writer, now time.Time, d Dimensions) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.pending() {
		if _, err := w.Write(m.line(now, d)); err != nil {
			return err
		}
	}
	m.names, m.values, m.counts = nil, nil, nil
	return nil
}

func (m *Metrics) pending() bool {
	for i := range m.names {
		if m.counts[i] != 0 || len(m.values[i]) > 0 {
			return true
		}
	}
	return false
}

// line takes at most maxValues of each metric.
func (m *Metrics) line(now time.Time, d Dimensions) []byte {
	b := make([]byte, 0, 1024)
	b = append(b, `{"_aws":{"Timestamp":`...)
	b = strconv.AppendInt(b, now.UnixMilli(), 10)
	b = append(b, `,"CloudWatchMetrics":[{"Namespace":"`+catalog.MetricNamespace+`","Dimensions":[["`+catalog.DimensionStage+`","`+catalog.DimensionFunction+`"]`...)
	if d.EventType != "" {
		b = append(b, `,["`+catalog.DimensionStage+`","`+catalog.DimensionEventType+`"]`...)
	}
	b = append(b, `],"Metrics":[`...)
	var body []byte
	first := true
	for i, name := range m.names {
		unit := "Count"
		switch {
		case len(m.values[i]) > 0:
			unit = "Milliseconds"
			n := min(len(m.values[i]), maxValues)
			body = append(body, `,"`+name+`":[`...)
			for j, v := range m.values[i][:n] {
				if j > 0 {
					body = append(body, ',')
				}
				body = strconv.AppendFloat(body, v, 'f', -1, 64)
			}
			body = append(body, ']')
			m.values[i] = m.values[i][n:]
		case m.counts[i] != 0:
			body = append(body, `,"`+name+`":`...)
			body = strconv.AppendFloat(body, m.counts[i], 'f', -1, 64)
			m.counts[i] = 0
		default:
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, `{"Name":"`+name+`","Unit":"`+unit+`"}`...)
	}
	b = append(b, `]}]}`...)
	for _, dimension := range [...][2]string{
		{catalog.DimensionStage, d.Stage}, {catalog.DimensionFunction, d.Function}, {catalog.DimensionEventType, d.EventType},
	} {
		if dimension[1] == "" {
			continue
		}
		b = append(b, `,"`+dimension[0]+`":`...)
		b, _ = jsontext.AppendQuote(b, dimension[1])
	}
	b = append(b, body...)
	return append(b, '}', '\n')
}
