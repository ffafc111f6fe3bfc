package commercetoolstest

import (
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
)

// token is the client credentials flow:
// https://docs.commercetools.com/api/authorization#client-credentials-flow
func (d *Double) token(w http.ResponseWriter, r *http.Request) {
	id, secret, ok := r.BasicAuth()
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Method != http.MethodPost:
		refuse(w, http.StatusMethodNotAllowed, "InvalidInput", "Method not allowed.", nil)
		return
	case !ok || id != clientID || secret != clientSecret:
		deny(w, http.StatusUnauthorized, "invalid_client", "Please provide valid client credentials using HTTP Basic Authentication.")
		return
	case media != "application/x-www-form-urlencoded":
		deny(w, http.StatusBadRequest, "invalid_request", "The request is malformed.")
		return
	case r.FormValue("grant_type") != "client_credentials":
		deny(w, http.StatusBadRequest, "unsupported_grant_type", "Invalid parameter: grant_type: Invalid grant type.")
		return
	}
	scopes := strings.Fields(r.FormValue("scope"))
	for _, scope := range scopes {
		if !slices.Contains(granted(), scope) {
			deny(w, http.StatusBadRequest, "invalid_scope", "The requested scope is not granted to the client.")
			return
		}
	}
	if len(scopes) == 0 {
		scopes = granted()
	}
	d.issued++
	token := fmt.Sprintf("double-token-%d", d.issued)
	d.tokens[token] = grant{scopes: scopes, expires: time.Now().Add(d.lifetime)}
	answer(w, http.StatusOK, object{
		"access_token": token, "token_type": "Bearer", "scope": strings.Join(scopes, " "),
		"expires_in": int64(2 * d.lifetime / time.Second),
	})
}

// granted are the scopes of the double's API client.
func granted() []string {
	var scopes []string
	for _, scope := range []string{
		"manage_cart_discounts", "manage_orders", "view_orders", "view_customers", "view_payments", "manage_payments", "view_products", "manage_products",
		"manage_subscriptions", "view_messages",
	} {
		scopes = append(scopes, scope+":"+Project)
	}
	return scopes
}

// mayReadPayments reports whether a request's token, which is valid, has a scope to
// read payments.
func (d *Double) mayReadPayments(r *http.Request) bool {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	scopes := d.tokens[token].scopes
	return slices.Contains(scopes, "view_payments:"+Project) || slices.Contains(scopes, "manage_payments:"+Project)
}

// authorized answers the request with an error unless it has a token with one of
// the given scopes.
func (d *Double) authorized(w http.ResponseWriter, r *http.Request, scopes ...string) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	g, known := d.tokens[token]
	if !ok || !known || time.Now().After(g.expires) {
		deny(w, http.StatusUnauthorized, "invalid_token", "invalid_token")
		return false
	}
	for _, scope := range scopes {
		if slices.Contains(g.scopes, scope+":"+Project) {
			return true
		}
	}
	deny(w, http.StatusForbidden, "insufficient_scope", "Insufficient scope.")
	return false
}

// deny answers with the error fields of both OAuth and commercetools, as the real
// system does.
func deny(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, object{
		"statusCode": status, "message": message, "errors": []object{{"code": code, "message": message}},
		"error": code, "error_description": message,
	})
}
