package commercetools

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// ManageSubscriptions is the scope that allows a client to create, read, change
// and delete subscriptions.
const ManageSubscriptions = "manage_subscriptions"

// SubscriptionDraft is the wanted state of a subscription:
// https://docs.commercetools.com/api/projects/subscriptions#subscriptiondraft
type SubscriptionDraft struct {
	Key         string                `json:"key"`
	Destination Destination           `json:"destination"`
	Messages    []MessageSubscription `json:"messages,omitempty"`
	Changes     []ChangeSubscription  `json:"changes,omitempty"`
	// Format is the format of the notifications; the zero value is commercetools' own.
	Format Format `json:"format,omitzero"`
}

// Destination is where commercetools delivers to. Its type determines its fields.
type Destination struct {
	// Type is SQS, SNS, EventBridge or ConfluentCloud.
	Type string `json:"type"`
	// QueueURL and Region are for SQS, TopicARN for SNS, AuthenticationMode for both.
	QueueURL           string `json:"queueUrl,omitzero"`
	TopicARN           string `json:"topicArn,omitzero"`
	Region             string `json:"region,omitzero"`
	AuthenticationMode string `json:"authenticationMode,omitzero"`
	// AccountID and Region are for EventBridge.
	AccountID string `json:"accountId,omitzero"`
	// The rest is for ConfluentCloud.
	BootstrapServer string `json:"bootstrapServer,omitzero"`
	APIKey          string `json:"apiKey,omitzero" class:"secret"`
	APISecret       string `json:"apiSecret,omitzero" class:"secret"`
	Acks            string `json:"acks,omitzero"`
	Topic           string `json:"topic,omitzero"`
	RecordKey       string `json:"key,omitzero"`
}

// MessageSubscription subscribes to messages about one type of resource.
type MessageSubscription struct {
	ResourceTypeID string   `json:"resourceTypeId"`
	Types          []string `json:"types,omitempty"`
}

// ChangeSubscription subscribes to the changes of one type of resource.
type ChangeSubscription struct {
	ResourceTypeID string `json:"resourceTypeId"`
}

// Format is the format of a notification.
type Format struct {
	// Type is Platform or CloudEvents.
	Type               string `json:"type"`
	CloudEventsVersion string `json:"cloudEventsVersion,omitzero"`
}

// The statuses of a subscription:
// https://docs.commercetools.com/api/projects/subscriptions#subscriptionhealthstatus
const (
	Healthy            = "Healthy"
	ConfigurationError = "ConfigurationError"
	// DeliveryStopped: notifications are lost until the subscription is changed.
	DeliveryStopped = "ConfigurationErrorDeliveryStopped"
	TemporaryError  = "TemporaryError"
	// ManuallySuspended: notifications are lost until commercetools' support resumes it.
	ManuallySuspended = "ManuallySuspended"
)

// Subscription is the current state of a subscription.
type Subscription struct {
	SubscriptionDraft
	Version int64
	Status  string
}

// Reasons of errors, in addition to those of package connector.
const (
	// ReasonTestMessage: commercetools could not deliver the test notification.
	ReasonTestMessage = System + "-TestMessage"
	// ReasonFormat: the subscription exists in another format, which cannot be changed.
	ReasonFormat = System + "-subscription-format"
	// ReasonLimit: the project has the largest number of subscriptions that is allowed.
	ReasonLimit = System + "-MaxResourceLimitExceeded"
)

// isTestMessage recognizes the refusal of a destination that cannot be reached.
// commercetools has no error code for it, and its message is not passed on.
func isTestMessage(code, message string) bool {
	return code == "InvalidInput" && strings.Contains(strings.ToLower(message), "test message could not be delivered")
}

func subscriptionPath(key string) string { return "/subscriptions/key=" + url.PathEscape(key) }

// Subscription returns the subscription of the given key, nil if there is none.
// The client needs the scope ManageSubscriptions.
func (c *Client) Subscription(ctx context.Context, key string) (*Subscription, error) {
	response, err := c.http.Do(ctx, connector.Request{Method: http.MethodGet, Path: c.project + subscriptionPath(key), Repeatable: true})
	if response.Status == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var s struct {
		SubscriptionDraft `json:",inline"`
		Version           int64  `json:"version"`
		Status            string `json:"status"`
	}
	if strictjson.UnmarshalUpTo(connector.MaxBody, "answer", response.Body, &s) != nil || s.Key != key || s.Version < 1 || s.Status == "" {
		return nil, c.http.Unreadable(errors.New("expected a subscription"))
	}
	return &Subscription{SubscriptionDraft: s.SubscriptionDraft, Version: s.Version, Status: s.Status}, nil
}

// PutSubscription creates the subscription of the draft, or changes the existing
// one with its key. If its delivery has stopped, setting the destination again
// starts it. PutSubscription can be repeated. The client needs the scope
// ManageSubscriptions.
func (c *Client) PutSubscription(ctx context.Context, draft SubscriptionDraft) error {
	for attempt := 0; ; attempt++ {
		current, err := c.Subscription(ctx, draft.Key)
		if err != nil {
			return err
		}
		if current != nil {
			return c.reviseSubscription(ctx, draft)
		}
		err = c.createSubscription(ctx, draft)
		f := fault.Of(err)
		// After an ambiguous failure, or if another client creates it at the same
		// time, a look-up by its key shows whether it exists.
		if f == nil || attempt > 0 || !f.Ambiguous && f.Reason != System+"-DuplicateField" {
			return err
		}
	}
}

func (c *Client) createSubscription(ctx context.Context, draft SubscriptionDraft) error {
	body, err := strictjson.Marshal(draft)
	if err != nil {
		return fault.Refuse(System+"-request", errors.New("draft: expected values that JSON can encode"))
	}
	_, err = c.http.Do(ctx, connector.Request{Method: http.MethodPost, Path: c.project + "/subscriptions", ContentType: "application/json", Body: body})
	return err
}

func (c *Client) reviseSubscription(ctx context.Context, draft SubscriptionDraft) error {
	return c.revise(ctx, func(ctx context.Context) (revision, error) {
		current, err := c.Subscription(ctx, draft.Key)
		if err != nil {
			return revision{}, err
		}
		if current == nil {
			return revision{}, fault.Retry(System+"-subscription-gone", 0, errors.New("subscription: expected one with this key, and it was deleted meanwhile"))
		}
		if current.format() != draft.format() {
			return revision{}, fault.Refuse(ReasonFormat, errors.New("subscription: expected the draft's format, which commercetools cannot change"))
		}
		return revision{path: subscriptionPath(draft.Key), version: current.Version, actions: current.towards(draft)}, nil
	})
}

func (d SubscriptionDraft) format() string {
	if d.Format.Type == "" {
		return "Platform"
	}
	return d.Format.Type
}

// towards returns the actions that change the subscription to the draft:
// https://docs.commercetools.com/api/projects/subscriptions#update-actions
func (s Subscription) towards(draft SubscriptionDraft) []any {
	type action struct {
		Action      string                 `json:"action"`
		Destination *Destination           `json:"destination,omitzero"`
		Messages    *[]MessageSubscription `json:"messages,omitzero"`
		Changes     *[]ChangeSubscription  `json:"changes,omitzero"`
	}
	var actions []any
	if s.Destination.shown() != draft.Destination.shown() || s.Status == DeliveryStopped {
		actions = append(actions, action{Action: "changeDestination", Destination: &draft.Destination})
	}
	if !reflect.DeepEqual(sorted(s.Messages), sorted(draft.Messages)) {
		actions = append(actions, action{Action: "setMessages", Messages: &draft.Messages})
	}
	byType := func(a, b ChangeSubscription) int { return strings.Compare(a.ResourceTypeID, b.ResourceTypeID) }
	if !slices.Equal(slices.SortedFunc(slices.Values(s.Changes), byType), slices.SortedFunc(slices.Values(draft.Changes), byType)) {
		actions = append(actions, action{Action: "setChanges", Changes: &draft.Changes})
	}
	return actions
}

// shown is the part of a destination that commercetools returns: no keys.
func (d Destination) shown() Destination {
	d.APIKey, d.APISecret = "", ""
	return d
}

// sorted returns the messages in a fixed order.
func sorted(messages []MessageSubscription) []MessageSubscription {
	out := make([]MessageSubscription, len(messages))
	for i, m := range messages {
		out[i] = MessageSubscription{ResourceTypeID: m.ResourceTypeID, Types: slices.Sorted(slices.Values(m.Types))}
	}
	slices.SortFunc(out, func(a, b MessageSubscription) int { return strings.Compare(a.ResourceTypeID, b.ResourceTypeID) })
	return out
}

// DeleteSubscription deletes the subscription of the given key, if there is one.
// The client needs the scope ManageSubscriptions.
func (c *Client) DeleteSubscription(ctx context.Context, key string) error {
	for attempt := 0; ; attempt++ {
		current, err := c.Subscription(ctx, key)
		if err != nil || current == nil {
			return err
		}
		response, err := c.http.Do(ctx, connector.Request{
			Method: http.MethodDelete, Path: c.project + subscriptionPath(key), Repeatable: true,
			Query: url.Values{"version": {strconv.FormatInt(current.Version, 10)}},
		})
		f := fault.Of(err)
		switch {
		case f == nil, response.Status == http.StatusNotFound:
			return nil
		case attempt == rereads, !f.Ambiguous && !isConflict(err):
			return err
		}
	}
}
