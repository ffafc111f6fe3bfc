package telemetry

import (
	"context"
	"crypto/sha256"
	"strings"

	"go.opentelemetry.io/otel/trace"

	"signalbox/shared/event"
)

// Span starts the span of one handling. Its parent is the event's traceparent,
// else the first readable X-Ray header, else a trace derived from the event's
// correlation id. The returned context holds the span, so that connectors inject
// it, and the returned header names it as the parent of every event that this
// one causes.
//
// The span's id is derived from handler, event and delivery: handling the same
// delivery again gives the same id. The sampled flag is the parent's.
func Span(ctx context.Context, handler string, h event.Header, delivery string, xray ...string) (context.Context, event.Header) {
	parent, ok := parseTraceParent(h.TraceParent)
	if ok {
		if state, err := trace.ParseTraceState(h.TraceState); err == nil {
			parent = parent.WithTraceState(state)
		}
	} else {
		h.TraceState = ""
		for _, header := range xray {
			if parent, ok = parseXRay(header); ok {
				break
			}
		}
	}
	seed := sha256.Sum256([]byte(handler + "\x00" + h.ID + "\x00" + delivery))
	if !ok {
		root := h.CorrelationID
		if root == "" {
			root = string(seed[:])
		}
		sum := sha256.Sum256([]byte(root))
		parent = trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID(sum[:16])})
	}
	span := parent.WithSpanID(trace.SpanID(seed[:8])).WithRemote(false)
	h.TraceParent = "00-" + span.TraceID().String() + "-" + span.SpanID().String() + "-" + span.TraceFlags().String()
	return trace.ContextWithSpanContext(ctx, span), h
}

// TraceID returns the id of the context's trace; empty if it has none.
func TraceID(ctx context.Context) string {
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		return span.TraceID().String()
	}
	return ""
}

// parseTraceParent reads "00-<32 hex>-<16 hex>-<2 hex>":
// https://www.w3.org/TR/trace-context/#traceparent-header
func parseTraceParent(s string) (trace.SpanContext, bool) {
	parts := strings.SplitN(s, "-", 5)
	if len(parts) < 4 || len(parts[0]) != 2 || parts[0] == "ff" || parts[0] == "00" && len(parts) != 4 || len(parts[3]) != 2 {
		return trace.SpanContext{}, false
	}
	return spanContext(parts[1], parts[2], strings.ContainsRune("13579bdf", rune(parts[3][1])))
}

// parseXRay reads "Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=1":
// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
func parseXRay(s string) (trace.SpanContext, bool) {
	var root, parent, sampled string
	for part := range strings.SplitSeq(s, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Root":
			root = value
		case "Parent":
			parent = value
		case "Sampled":
			sampled = value
		}
	}
	if len(root) != 35 || root[:2] != "1-" || root[10] != '-' {
		return trace.SpanContext{}, false
	}
	if parent == "" {
		// The first segment of an X-Ray trace has no parent; any id except zero is valid.
		parent = root[19:]
	}
	return spanContext(root[2:10]+root[11:], parent, sampled == "1")
}

func spanContext(traceID, spanID string, sampled bool) (trace.SpanContext, bool) {
	t, err := trace.TraceIDFromHex(traceID)
	if err != nil {
		return trace.SpanContext{}, false
	}
	s, err := trace.SpanIDFromHex(spanID)
	if err != nil {
		return trace.SpanContext{}, false
	}
	c := trace.SpanContextConfig{TraceID: t, SpanID: s, Remote: true}
	return trace.NewSpanContext(c).WithTraceFlags(trace.TraceFlags(0).WithSampled(sampled)), true
}
