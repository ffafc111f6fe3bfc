package queue

import (
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// text is a JSON string as bytes, so that a body is not copied once more.
type text []byte

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (t *text) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '"' {
		return errors.New("expected a string")
	}
	value, err := d.ReadValue()
	if err != nil {
		return err
	}
	*t, err = unquote(value)
	return err
}

// unquote decodes a JSON string that was found valid. Bodies are JSON within
// JSON, full of escaped quotes a few bytes apart, for which both the general decoder
// and a search from one to the next are slower than a look at every byte.
func unquote(value []byte) ([]byte, error) {
	rest := value[1 : len(value)-1]
	out := make([]byte, len(rest))
	n := 0
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		if c == '\\' {
			i++
			switch c = rest[i]; c {
			case '"', '\\', '/':
			case 'n':
				c = '\n'
			case 't':
				c = '\t'
			case 'r':
				c = '\r'
			default:
				return jsontext.AppendUnquote(out[:0], value)
			}
		}
		out[n] = c
		n++
	}
	return out[:n], nil
}
