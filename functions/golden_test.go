package functions_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/lambdatest/rehearsal"
)

// render writes down everything that left the function.
func (s *scene) render(failed []string) []byte {
	var b bytes.Buffer
	for _, system := range s.function.Systems() {
		for _, x := range s.Doubles[system].Exchanges() {
			renderExchange(&b, system, x)
		}
	}
	for _, p := range s.AWS.Published(rehearsal.Bus) {
		fmt.Fprintf(&b, "=== event %s on the bus\n%s\n\n", p.DetailType, indent(p.Detail))
	}
	var letters []awstest.Message
	if s.function.DeadLetters() {
		letters = s.AWS.Messages(rehearsal.DeadLetter(s.function))
	}
	for _, m := range letters {
		b.WriteString("=== dead letter\n")
		for _, name := range sortedKeys(m.Attributes) {
			fmt.Fprintf(&b, "%s: %s\n", name, m.Attributes[name])
		}
		b.WriteByte('\n')
	}
	if len(failed) > 0 {
		b.WriteString("=== back to the queue\n\n")
	}
	for _, item := range s.AWS.Items(rehearsal.Ledger) {
		fmt.Fprintf(&b, "=== ledger\n%s: %s%s\n\n", item[catalog.LedgerKey].Text(), item["state"].Text(), item["note"].Text())
	}
	if b.Len() == 0 {
		return []byte("nothing leaves the function\n")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// boring headers are of the transport or differ from run to run.
var boring = []string{"Accept-Encoding", "Content-Length", "User-Agent", "Traceparent", "Tracestate", "X-Amzn-Trace-Id", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request", "X-Amz-Date"}

func renderExchange(b *bytes.Buffer, system string, x connectortest.Exchange) {
	target := x.Path
	if x.Query != "" {
		target += "?" + x.Query
	}
	fmt.Fprintf(b, "=== %s: %s %s gives %d\n", system, x.Method, target, x.Status)
	for _, name := range sortedKeys(x.Header) {
		if !slices.Contains(boring, name) {
			fmt.Fprintf(b, "%s: %s\n", name, maskHeader(name, strings.Join(x.Header[name], ", ")))
		}
	}
	if len(x.Body) > 0 {
		fmt.Fprintf(b, "\n%s\n", renderBody(x.Header, x.Body))
	}
	b.WriteByte('\n')
}

// secretHeaders hold nothing but a secret.
var secretHeaders = []string{"X-App-Id", "X-App-Token"}

func maskHeader(name, value string) string {
	if slices.Contains(secretHeaders, name) {
		return "[masked]"
	}
	switch name {
	case "Webhook-Timestamp", "Webhook-Signature":
		return "[varies]"
	case "Authorization":
	default:
		return value
	}
	scheme, _, _ := strings.Cut(value, " ")
	return scheme + " [masked]"
}

// secretFields are fields of token requests.
var secretFields = []string{"client_id", "client_secret", "assertion", "refresh_token"}

func renderBody(h http.Header, body []byte) string {
	if h.Get("X-Amz-Target") == "Firehose_20150804.PutRecordBatch" {
		return renderRecords(body)
	}
	if !strings.HasPrefix(h.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return indent(body)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return string(body)
	}
	var lines []string
	for name, values := range form {
		for _, value := range values {
			if slices.Contains(secretFields, name) {
				value = "[masked]"
			}
			lines = append(lines, name+"="+value)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// renderRecords shows what is in the records of a stream, the data of each event
// unfolded.
func renderRecords(body []byte) string {
	var request struct {
		DeliveryStreamName string
		Records            []struct{ Data []byte }
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return string(body)
	}
	text := "stream " + request.DeliveryStreamName
	for _, r := range request.Records {
		var line struct {
			Data string `json:"data"`
		}
		if err := json.Unmarshal(r.Data, &line); err != nil {
			return text + "\n" + string(r.Data)
		}
		quoted, _ := json.Marshal(line.Data)
		text += "\n" + indent(bytes.Replace(r.Data, quoted, []byte(line.Data), 1))
	}
	return text
}

// varying are the members of an event that differ from run to run.
var varying = regexp.MustCompile(`"(traceparent|tracestate)": "[^"]*"`)

// emittedAt is when a function emitted an event; what an ingress lets in has the
// time of its source.
var emittedAt = regexp.MustCompile(`("source": "/signalbox/[^"]*",(?s:.)*?"time": )"[^"]*"`)

func indent(text []byte) string {
	v := jsontext.Value(bytes.Clone(text))
	if v.Indent(jsontext.WithIndent("  ")) != nil {
		return string(text)
	}
	masked := varying.ReplaceAllString(string(v), `"$1": "[varies]"`)
	return emittedAt.ReplaceAllString(masked, `$1"[now]"`)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
