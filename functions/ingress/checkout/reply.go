package main

import (
	"github.com/go-json-experiment/json"

	"signalbox/shared/function"
	"signalbox/shared/function/web"
	"signalbox/shared/source/commercetools"
)

// problem is an error that commercetools passes on to the shop's own code, which may
// show it: https://docs.commercetools.com/api/projects/api-extensions#validation-failed
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// The messages for the shop. They reveal neither findings nor failures.
var (
	declined    = problem{"InvalidOperation", "The order cannot be placed with this payment. Please use another one."}
	unavailable = problem{"InvalidOperation", "The order cannot be checked at the moment. Please try again."}
)

// action is a setDirectDiscounts (types/cart/updates/CartSetDirectDiscountsAction.raml).
type action struct {
	Action    string                         `json:"action"`
	Discounts []commercetools.DirectDiscount `json:"discounts"`
}

// reply is an answer in either form: over HTTP the status shows the result, for an
// AWSLambda destination, which has no status, the responseType.
type reply struct {
	Type    string    `json:"responseType,omitzero"`
	Actions []action  `json:"actions,omitzero"`
	Errors  []problem `json:"errors,omitzero"`
}

func pass(r web.Request, reason string) web.Response {
	response := web.Response{Status: 200, Body: []byte(`{"actions":[]}`)}
	if r.Direct {
		response.Body = []byte(`{}`)
	}
	if reason != "" {
		response.Outcome = function.Ignore(reason)
	}
	return response
}

func update(r web.Request, actions []action) web.Response {
	return encode(r, 200, reply{Type: "UpdateRequest", Actions: actions}, nil)
}

func refuse(r web.Request, p problem, outcome error) web.Response {
	return encode(r, 400, reply{Type: "FailedValidation", Errors: []problem{p}}, outcome)
}

func encode(r web.Request, status int, body reply, outcome error) web.Response {
	if !r.Direct {
		body.Type = ""
	}
	text, _ := json.Marshal(body) // Strings, numbers and lists of them.
	return web.Response{Status: status, Body: text, Outcome: outcome}
}
