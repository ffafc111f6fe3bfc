package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// A signing secret has 24 to 64 random bytes.
const (
	leastKey = 24
	mostKey  = 64
)

// key is a symmetric signing secret.
type key []byte

// parseKeys reads secrets in the form that suppliers receive, "whsec_…", separated by
// spaces: the current one first, then those that it replaces.
func parseKeys(text string) ([]key, error) {
	var keys []key
	for _, field := range strings.Fields(text) {
		encoded, ok := strings.CutPrefix(field, "whsec_")
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if !ok || err != nil || len(decoded) < leastKey || len(decoded) > mostKey {
			return nil, errors.New("expected whsec_ and 24 to 64 bytes in base64")
		}
		keys = append(keys, decoded)
	}
	if len(keys) == 0 {
		return nil, errors.New("expected a signing secret")
	}
	return keys, nil
}

// sign returns one element of webhook-signature.
func (k key) sign(id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
