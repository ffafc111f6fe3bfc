// Package senders holds the secrets of those who call us: carriers that send
// webhooks, and commercetools, which asks before a cart or order is kept. There
// is nothing of theirs that we would call.
//
// # Errors
//
// The secret is read at start; what is wrong with it names the sender, never a value.
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

// New reads the secrets v holds.
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

// Of returns the secrets of a sender: the current one, and those that are being
// replaced. A sender without any must be let in nowhere.
func (t Tokens) Of(sender string) []string { return t.of[sender] }
