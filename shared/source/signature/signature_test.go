package signature_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"signalbox/shared/source/signature"
)

func header(fields map[string]string) func(string) string {
	return func(name string) string { return fields[name] }
}

func sum(key, text string) []byte {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func reason(err error) string {
	var e signature.Err
	if errors.As(err, &e) {
		return string(e)
	}
	return ""
}

func TestFedExSignatures(t *testing.T) {
	const body = `{"output":{}}`
	verify := signature.FedEx([]string{"new", "old"})
	for name, c := range map[string]struct{ given, body, want string }{
		"base64, as the FAQ says":             {base64.StdEncoding.EncodeToString(sum("new", body)), body, ""},
		"hex, as the pseudo-code says":        {hex.EncodeToString(sum("new", body)), body, ""},
		"hex in capitals":                     {strings.ToUpper(hex.EncodeToString(sum("new", body))), body, ""},
		"by the token that is being replaced": {base64.StdEncoding.EncodeToString(sum("old", body)), body, ""},
		"none":                                {"", body, "no-signature"},
		"by another token":                    {base64.StdEncoding.EncodeToString(sum("other", body)), body, "signature"},
		"by an empty token":                   {base64.StdEncoding.EncodeToString(sum("", body)), body, "signature"},
		"of another body":                     {base64.StdEncoding.EncodeToString(sum("new", body)), body + " ", "signature"},
		"cut off":                             {base64.StdEncoding.EncodeToString(sum("new", body)[:16]), body, "signature"},
		"no encoding at all":                  {"%%%", body, "signature"},
		"64 letters that are no hex":          {strings.Repeat("z", 64), body, "signature"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := reason(verify(header(map[string]string{"fdx-signature": c.given}), []byte(c.body))); got != c.want {
				t.Errorf("reason %q, want %q", got, c.want)
			}
		})
	}
	if signature.FedEx(nil)(header(map[string]string{"fdx-signature": base64.StdEncoding.EncodeToString(sum("", body))}), []byte(body)) == nil {
		t.Error("a sender without a token was let in")
	}
}

// The specification's own example.
const (
	secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	id     = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	stamp  = "1614265330"
	body   = `{"test": 2432232314}`
	signed = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func TestStandardSignatures(t *testing.T) {
	at := time.Unix(1614265330, 0)
	other := "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 24)))
	for name, c := range map[string]struct {
		secrets              []string
		id, stamp, sig, body string
		now                  time.Time
		want                 string
	}{
		"the example of the libraries":           {[]string{secret}, id, stamp, signed, body, at, ""},
		"by the secret that is being replaced":   {[]string{other, secret}, id, stamp, signed, body, at, ""},
		"beside one that is not ours":            {[]string{secret}, id, stamp, "v1,AAAA v1a,xyz " + signed, body, at, ""},
		"five minutes old":                       {[]string{secret}, id, stamp, signed, body, at.Add(5 * time.Minute), ""},
		"a second more":                          {[]string{secret}, id, stamp, signed, body, at.Add(5*time.Minute + time.Second), "timestamp"},
		"from the future":                        {[]string{secret}, id, stamp, signed, body, at.Add(-6 * time.Minute), "timestamp"},
		"another id":                             {[]string{secret}, "msg_2", stamp, signed, body, at, "signature"},
		"another time than the signed one":       {[]string{secret}, id, "1614265331", signed, body, at, "signature"},
		"another body":                           {[]string{secret}, id, stamp, signed, body + " ", at, "signature"},
		"another secret":                         {[]string{other}, id, stamp, signed, body, at, "signature"},
		"no secret":                              {nil, id, stamp, signed, body, at, "signature"},
		"no id":                                  {[]string{secret}, "", stamp, signed, body, at, "no-signature"},
		"no timestamp":                           {[]string{secret}, id, "", signed, body, at, "no-signature"},
		"no signature":                           {[]string{secret}, id, stamp, "", body, at, "no-signature"},
		"a signature of an unknown version":      {[]string{secret}, id, stamp, "v9" + signed[2:], body, at, "signature"},
		"a signed body that is late and changed": {[]string{secret}, id, stamp, signed, "x", at.Add(time.Hour), "signature"},
	} {
		t.Run(name, func(t *testing.T) {
			verify, err := signature.Standard(c.secrets, func() time.Time { return c.now })
			if err != nil {
				t.Fatal(err)
			}
			h := header(map[string]string{"webhook-id": c.id, "webhook-timestamp": c.stamp, "webhook-signature": c.sig})
			if got := reason(verify(h, []byte(c.body))); got != c.want {
				t.Errorf("reason %q, want %q", got, c.want)
			}
		})
	}
}

func TestSecretsThatAreNone(t *testing.T) {
	for _, s := range []string{"", "whsec_", "whsec_c2hvcnQ=", secret[len("whsec_"):], "whsec_%%%"} {
		if _, err := signature.Standard([]string{s}, time.Now); err == nil {
			t.Errorf("%q was taken for a secret", s)
		}
	}
}
