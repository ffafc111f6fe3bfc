// Package signature verifies the sender of a webhook, over the unchanged bytes of
// the body.
//
//	verify, err := signature.Standard(tokens.Of("carrier"), time.Now)
//	// … for every request …
//	header := func(name string) string { return request.Headers[name] }
//	if err := verify(header, body); err != nil {
//		log.Warn("refused", "reason", err) // no-signature, signature or timestamp
//		return unauthorized
//	}
//
// # Errors
//
// Err is a short reason for logs. The sender learns only that the signature is
// wrong.
//
// # Limits
//
// Only symmetric secrets; asymmetric Standard Webhooks signatures (v1a) are ignored.
package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Err is why a request is not trusted: "no-signature", "signature" or "timestamp".
type Err string

func (e Err) Error() string { return "the request is not trusted: " + string(e) }

// Verify reports whether a request with this header and body was made by the
// sender: nil or an Err. Names of the header are in lower case.
type Verify func(header func(string) string, body []byte) error

// tolerance is the largest difference between a timestamp and our clock, as the
// specification of Standard Webhooks recommends.
const tolerance = 5 * time.Minute

// FedEx verifies FedEx's push of tracking events: fdx-signature is the HMAC of
// the body with the security token of the webhook project. FedEx's pages document
// both base64 and hex, so both are accepted. There is no timestamp: a repetition
// looks like a first delivery, and gives the same events.
// https://developer.fedex.com/api/en-us/catalog/shipment-visibility-webhook/docs.html
func FedEx(tokens []string) Verify {
	return func(header func(string) string, body []byte) error {
		given := header("fdx-signature")
		if given == "" {
			return Err("no-signature")
		}
		sum, err := base64.StdEncoding.DecodeString(given)
		if len(given) == hex.EncodedLen(sha256.Size) {
			sum, err = hex.DecodeString(given)
		}
		if err != nil || !anySum(tokens, sum, body) {
			return Err("signature")
		}
		return nil
	}
}

// Standard verifies Standard Webhooks with secrets of the form "whsec_…":
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
// The error of Standard itself concerns the secrets.
func Standard(secrets []string, now func() time.Time) (Verify, error) {
	var keys []string
	for _, s := range secrets {
		encoded, ok := strings.CutPrefix(s, "whsec_")
		key, err := base64.StdEncoding.DecodeString(encoded)
		if !ok || err != nil || len(key) < 24 || len(key) > 64 {
			return nil, errors.New("expected whsec_ and 24 to 64 bytes in base64")
		}
		keys = append(keys, string(key))
	}
	return func(header func(string) string, body []byte) error {
		id, timestamp, given := header("webhook-id"), header("webhook-timestamp"), header("webhook-signature")
		if id == "" || timestamp == "" || given == "" {
			return Err("no-signature")
		}
		signed := append([]byte(id+"."+timestamp+"."), body...)
		for _, one := range strings.Fields(given) {
			encoded, v1 := strings.CutPrefix(one, "v1,")
			sum, err := base64.StdEncoding.DecodeString(encoded)
			if v1 && err == nil && anySum(keys, sum, signed) {
				return fresh(timestamp, now())
			}
		}
		return Err("signature")
	}, nil
}

// fresh is checked after the signature, so that strangers cannot probe our clock.
func fresh(timestamp string, now time.Time) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return Err("timestamp")
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return Err("timestamp")
	}
	return nil
}

// anySum reports whether sum is the HMAC of text with one of the keys. Its duration
// does not depend on which key it is.
func anySum(keys []string, sum, text []byte) bool {
	found := false
	for _, key := range keys {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write(text)
		if hmac.Equal(mac.Sum(nil), sum) {
			found = true
		}
	}
	return found
}
