package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"time"
)

// redactor keeps classified values out of what its inner handler writes.
type redactor struct{ inner slog.Handler }

func (r *redactor) Enabled(ctx context.Context, l slog.Level) bool { return r.inner.Enabled(ctx, l) }

func (r *redactor) WithGroup(name string) slog.Handler {
	return &redactor{r.inner.WithGroup(name)}
}

func (r *redactor) WithAttrs(attrs []slog.Attr) slog.Handler {
	safe := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		safe[i] = redactAttr(a)
	}
	return &redactor{r.inner.WithAttrs(safe)}
}

func (r *redactor) Handle(ctx context.Context, record slog.Record) error {
	plain := true
	record.Attrs(func(a slog.Attr) bool {
		plain = isScalar(a.Value.Kind())
		return plain
	})
	if plain {
		return r.inner.Handle(ctx, record)
	}
	safe := slog.NewRecord(record.Time, record.Level, record.Message, record.PC)
	record.Attrs(func(a slog.Attr) bool {
		safe.AddAttrs(redactAttr(a))
		return true
	})
	return r.inner.Handle(ctx, safe)
}

func isScalar(k slog.Kind) bool {
	return k != slog.KindAny && k != slog.KindGroup && k != slog.KindLogValuer
}

func redactAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindGroup:
		group := v.Group()
		safe := make([]slog.Attr, len(group))
		for i, member := range group {
			safe[i] = redactAttr(member)
		}
		v = slog.GroupValue(safe...)
	case slog.KindAny:
		if err, ok := v.Any().(error); ok {
			v = slog.StringValue(ErrorText(err))
		} else {
			v = redact(reflect.ValueOf(v.Any()), 0)
		}
	}
	return slog.Attr{Key: a.Key, Value: v}
}

// maxDepth bounds how deep a logged value is shown, and so a cycle.
const maxDepth = 10

// redact renders v by its kind. What it does not know, it does not show.
func redact(v reflect.Value, depth int) slog.Value {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return slog.AnyValue(nil)
		}
		v = v.Elem()
		depth++
		if depth > maxDepth {
			break
		}
	}
	if !v.IsValid() {
		return slog.AnyValue(nil)
	}
	if depth > maxDepth {
		return slog.StringValue("[deep]")
	}
	if v.CanInterface() {
		switch known := v.Interface().(type) {
		case slog.LogValuer:
			return known.LogValue().Resolve()
		case time.Time:
			return slog.TimeValue(known)
		case error:
			return slog.StringValue(ErrorText(known))
		}
	}
	switch v.Kind() {
	case reflect.Struct:
		return redactStruct(v, depth)
	case reflect.Slice, reflect.Array:
		return redactList(v, depth)
	case reflect.Map:
		return slog.StringValue(fmt.Sprintf("[%d entries]", v.Len()))
	case reflect.String:
		return slog.StringValue(v.String())
	case reflect.Bool:
		return slog.BoolValue(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return slog.Int64Value(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return slog.Uint64Value(v.Uint())
	case reflect.Float32, reflect.Float64:
		return slog.Float64Value(v.Float())
	}
	return slog.StringValue("[" + v.Kind().String() + "]")
}

func redactStruct(v reflect.Value, depth int) slog.Value {
	var attrs []slog.Attr
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			name = field.Name
		}
		if class := field.Tag.Get("class"); class != "" {
			attrs = append(attrs, slog.String(name, "["+class+"]"))
			continue
		}
		attrs = append(attrs, slog.Attr{Key: name, Value: redact(v.Field(i), depth+1)})
	}
	return slog.GroupValue(attrs...)
}

// redactList shows lists of structs as groups keyed by index, since a slog value
// cannot be a list of groups.
func redactList(v reflect.Value, depth int) slog.Value {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return slog.StringValue(fmt.Sprintf("[%d bytes]", v.Len()))
	}
	attrs := make([]slog.Attr, 0, min(v.Len(), 100))
	for i := range min(v.Len(), 100) {
		attrs = append(attrs, slog.Attr{Key: fmt.Sprint(i), Value: redact(v.Index(i), depth+1)})
	}
	return slog.GroupValue(attrs...)
}
