package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/config"
	client "signalbox/shared/connector/commercetools"
	"signalbox/shared/fault"
	"signalbox/shared/function/customresource"
	"signalbox/shared/function/schedule"
	"signalbox/shared/strictjson"
)

// shop is the part of *commercetools.Client that is used here.
type shop interface {
	Subscription(ctx context.Context, key string) (*client.Subscription, error)
	PutSubscription(ctx context.Context, draft client.SubscriptionDraft) error
	DeleteSubscription(ctx context.Context, key string) error
}

type handler struct {
	shop shop
	// key is the key of the subscription that is checked on a schedule.
	key    string
	config config.Values
}

func newHandler(v config.Values, s shop) handler {
	return handler{shop: s, key: v.String("SUBSCRIPTION_KEY"), config: v}
}

// known are the statuses that are counted by name.
var known = map[string]bool{
	client.Healthy: true, client.ConfigurationError: true, client.DeliveryStopped: true,
	client.TemporaryError: true, client.ManuallySuspended: true,
}

// check counts the subscription's status. A bad status is not a failure of the check:
// its metric raises the alarm.
func (h handler) check(ctx context.Context, _ schedule.Invocation) (schedule.Report, error) {
	s, err := h.shop.Subscription(ctx, h.key)
	if err != nil {
		return schedule.Report{}, explained(err)
	}
	status := "Missing"
	switch {
	case s == nil:
	case known[s.Status]:
		status = s.Status
	default:
		status = "Unknown"
	}
	return schedule.Report{
		Counts: map[string]int{"Subscription" + status: 1},
		Notes:  map[string]string{"subscription": h.key, "status": status},
	}, nil
}

// settle makes the subscription what the stack says. Its physical id is its key:
// one that is there already is adopted, and one of another key takes the place of
// the old one, which CloudFormation then asks to delete.
func (h handler) settle(ctx context.Context, r customresource.Request) (customresource.Resource, error) {
	if r.Type == "Delete" {
		return customresource.Resource{ID: r.ID}, explained(h.shop.DeleteSubscription(ctx, r.ID))
	}
	draft, err := h.draft(r.Properties)
	if err != nil {
		return customresource.Resource{}, err
	}
	if err := h.shop.PutSubscription(ctx, draft); err != nil {
		return customresource.Resource{}, explained(err)
	}
	return customresource.Resource{ID: draft.Key, Attributes: map[string]string{"Key": draft.Key}}, nil
}

// draft reads the resource's properties. The keys of a Kafka cluster are in the
// secret, since a template is no place for them.
func (h handler) draft(properties jsontext.Value) (client.SubscriptionDraft, error) {
	var p struct {
		Draft client.SubscriptionDraft `json:"Draft"`
	}
	if err := strictjson.Unmarshal("properties", properties, &p); err != nil {
		return p.Draft, err
	}
	switch d := p.Draft; {
	case d.Key == "":
		return d, fault.Field("properties.Draft.key", "a key")
	case d.Destination.Type == "":
		return d, fault.Field("properties.Draft.destination.type", "SQS, SNS, EventBridge or ConfluentCloud")
	case len(d.Messages) == 0 && len(d.Changes) == 0:
		return d, fault.Field("properties.Draft.messages", "something to subscribe to")
	}
	if p.Draft.Destination.Type == "ConfluentCloud" {
		p.Draft.Destination.APIKey = h.config.Secret(client.System, "confluent_api_key").Reveal()
		p.Draft.Destination.APISecret = h.config.Secret(client.System, "confluent_api_secret").Reveal()
		if p.Draft.Destination.APIKey == "" || p.Draft.Destination.APISecret == "" {
			return p.Draft, fault.Refuse("subscription-keys", errors.New("the secret of commercetools lacks confluent_api_key or confluent_api_secret"))
		}
	}
	return p.Draft, nil
}

// advice is the remedy for each reason.
var advice = map[string]string{
	client.ReasonTestMessage: "commercetools could not deliver its test notification: queue or topic must let arn:aws:iam::362576667341:user/subscriptions send, " +
		"and its KMS key must let it use kms:GenerateDataKey and kms:Decrypt; the stacks see to both, so look at what was changed by hand, at the region and at policies of the organization",
	client.ReasonFormat:                    "give ingress.subscription another key: a new subscription takes the place of the old one",
	client.ReasonLimit:                     "a project has at most 50 subscriptions: delete one that nobody needs",
	"commercetools-token-401":              "client_id or client_secret in the secret of commercetools are wrong: fill it and deploy again",
	"commercetools-token-400":              "the API client lacks the scope manage_subscriptions of this project: make one that has it",
	"commercetools-403":                    "the API client lacks the scope manage_subscriptions: make one that has it",
	"commercetools-insufficient_scope":     "the API client lacks the scope manage_subscriptions: make one that has it",
	"commercetools-ConcurrentModification": "somebody else changed the subscription again and again: deploy again",
	"commercetools-InvalidInput":           "commercetools refuses the subscription as it is: compare destination and messages with its documentation",
}

// explained adds the remedy to an error.
func explained(err error) error {
	f := fault.Of(err)
	if f == nil {
		return nil
	}
	do, ok := advice[f.Reason]
	if !ok {
		return err
	}
	return &fault.Error{Kind: f.Kind, Reason: f.Reason, RetryAfter: f.RetryAfter, Ambiguous: f.Ambiguous, Err: fmt.Errorf("%w; %s", f.Err, do)}
}
