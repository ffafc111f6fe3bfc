// Package senders holds the secrets with which incoming requests are verified:
// carriers send webhooks, and commercetools calls the checkout function before it
// saves a cart or an order. None of these senders is called by us.
//
//	tokens, err := senders.New(values)
//	verify := signature.FedEx(tokens.Of("fedex"))
//	if err := verify(header, body); err != nil {
//		return refuse(err)
//	}
//
// # Errors
//
// The secret is read at start; an error names the sender, never a value.
package senders

import (
	"errors"
	"strings"

	"signalbox/shared/config"
	"signalbox/shared/strictjson"
)

const system = "senders"

// Tokens are the secrets of each sender.
type Tokens struct{ of map[string][]string }

// New reads the secrets in v.
func New(v config.Values) (Tokens, error) {
	var texts map[string]string
	if err := strictjson.Unmarshal("tokens", []byte(v.Secret(system, "tokens").Reveal()), &texts); err != nil {
		return Tokens{}, errors.New("secret of senders: tokens: expected a JSON object of strings")
	}
	t := Tokens{of: map[string][]string{}}
	for sender, text := range texts {
		t.of[sender] = strings.Fields(text)
	}
	return t, nil
}

// Of returns the secrets of a sender: the current one and those that it replaces.
// Requests of a sender without secrets must be refused.
func (t Tokens) Of(sender string) []string { return t.of[sender] }
