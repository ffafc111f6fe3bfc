package event

import (
	"reflect"
	"strings"
	"time"
)

// Mask returns a copy of p without classified values. A text in a field tagged
// `class:"personal"` becomes "[personal]", any other value of a classified field
// becomes its zero value. An empty text stays empty, so a reader sees whether
// there was a value. Raw JSON and bytes cannot hold classes and become empty too.
//
// A classified subject is masked, so the copy's subject may differ from p's.
func Mask(p Payload) Payload {
	return masked(reflect.ValueOf(p)).Interface().(Payload)
}

var timeType = reflect.TypeFor[time.Time]()

func masked(v reflect.Value) reflect.Value {
	copied := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == timeType {
			return v
		}
		for i := range v.NumField() {
			field := v.Type().Field(i)
			switch class := field.Tag.Get("class"); {
			case !field.IsExported():
				// It is not part of the data.
			case class == "":
				copied.Field(i).Set(masked(v.Field(i)))
			case v.Field(i).Kind() == reflect.String && v.Field(i).Len() > 0:
				copied.Field(i).SetString("[" + strings.TrimSpace(class) + "]")
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			copied.Set(reflect.New(v.Type().Elem()))
			copied.Elem().Set(masked(v.Elem()))
		}
	case reflect.Interface:
		if !v.IsNil() {
			copied.Set(masked(v.Elem()))
		}
	case reflect.Slice:
		if v.IsNil() || v.Type().Elem().Kind() == reflect.Uint8 {
			return copied
		}
		copied.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			copied.Index(i).Set(masked(v.Index(i)))
		}
	case reflect.Array:
		for i := range v.Len() {
			copied.Index(i).Set(masked(v.Index(i)))
		}
	case reflect.Map:
		if v.IsNil() {
			return copied
		}
		copied.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
		for entries := v.MapRange(); entries.Next(); {
			copied.SetMapIndex(entries.Key(), masked(entries.Value()))
		}
	default:
		return v
	}
	return copied
}
