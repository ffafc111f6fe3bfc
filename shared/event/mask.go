package event

import (
	"reflect"
	"strings"
	"time"
)

// Mask returns a copy of p without what its class tags tell apart: in place of a
// text in a field tagged `class:"personal"` stands "[personal]", and any other value
// of a classified field is its zero value. An empty text stays empty, so that it
// can be told whether there was one. Raw JSON and bytes have no classes inside and
// become empty too.
//
// The subject of the copy need not be that of p: where the subject is classified it
// is masked.
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
				// It is no part of the data.
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
