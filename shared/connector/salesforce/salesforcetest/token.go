package salesforcetest

import (
	"crypto/rand"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// token grants a token for an assertion that is signed with the key, has the
// consumer, user and audience, and expires within three minutes. Like Salesforce's,
// the answer has no expires_in and names the address for later requests.
func (d *Double) token(w http.ResponseWriter, r *http.Request) {
	refuse := func(code, description string) {
		answer(w, http.StatusBadRequest, map[string]string{"error": code, "error_description": description})
	}
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		refuse("invalid_request", "must use HTTP POST")
		return
	}
	if r.PostForm.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		refuse("unsupported_grant_type", "grant type not supported")
		return
	}
	claims := &jwt.RegisteredClaims{}
	_, err := jwt.ParseWithClaims(r.PostForm.Get("assertion"), claims,
		func(*jwt.Token) (any, error) { return &d.key.PublicKey, nil },
		jwt.WithValidMethods([]string{"RS256"}),
		jwt.WithAudience(Audience), jwt.WithIssuer(ConsumerKey), jwt.WithExpirationRequired())
	switch {
	case err != nil:
		refuse("invalid_grant", "invalid assertion")
		return
	case claims.Subject != Username:
		refuse("invalid_grant", "user hasn't approved this consumer")
		return
	case time.Until(claims.ExpiresAt.Time) > 3*time.Minute:
		refuse("invalid_grant", "expired authorization code")
		return
	}
	token := "00D000000000001!" + rand.Text()
	d.tokens[token] = true
	d.granted++
	answer(w, http.StatusOK, map[string]string{
		"access_token": token,
		"instance_url": "http://" + r.Host,
		"id":           "http://" + r.Host + "/id/00D000000000001AAA/005000000000001AAA",
		"token_type":   "Bearer",
		"scope":        "api",
	})
}
