package idempotency

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
)

// Hash returns the hash of an event's data, JSON, for an Entry. It ignores whitespace
// between tokens, which a service that delivers the event may change.
func Hash(data []byte) string {
	sum := sha256.Sum256(compact(data))
	return hex.EncodeToString(sum[:16])
}

// compact returns data without the whitespace outside of strings; data itself if
// there is no such whitespace.
func compact(data []byte) []byte {
	var out []byte
	kept := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i = stringEnd(data, i)
		case ' ', '\t', '\r', '\n':
			if out == nil {
				out = make([]byte, 0, len(data))
			}
			out = append(out, data[kept:i]...)
			kept = i + 1
		}
	}
	if out == nil {
		return data
	}
	return append(out, data[min(kept, len(data)):]...)
}

// stringEnd returns the index of the quote that ends the string which begins at start.
func stringEnd(data []byte, start int) int {
	for at := start + 1; at < len(data); at++ {
		next := bytes.IndexByte(data[at:], '"')
		if next < 0 {
			return len(data)
		}
		at += next
		escapes := 0
		for at-1-escapes > start && data[at-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return at
		}
	}
	return len(data)
}
