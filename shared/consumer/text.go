package consumer

import (
	"bytes"
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
// JSON, full of escaped quotes and little else, which the general decoder is slow at.
func unquote(value []byte) ([]byte, error) {
	rest := value[1 : len(value)-1]
	out := make([]byte, 0, len(rest))
	for {
		at := bytes.IndexByte(rest, '\\')
		if at < 0 {
			return append(out, rest...), nil
		}
		out = append(out, rest[:at]...)
		var plain byte
		switch rest[at+1] {
		case '"', '\\', '/':
			plain = rest[at+1]
		case 'n':
			plain = '\n'
		case 't':
			plain = '\t'
		case 'r':
			plain = '\r'
		default:
			return jsontext.AppendUnquote(out[:0], value)
		}
		out = append(out, plain)
		rest = rest[at+2:]
	}
}
