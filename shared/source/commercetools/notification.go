package commercetools

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// notification is a delivery payload in the Platform format: the fields that all
// kinds share and those of the mapped messages. The message's fields are on the same
// level (MessageDeliveryPayload.raml).
type notification struct {
	NotificationType string    `json:"notificationType"`
	ProjectKey       string    `json:"projectKey"`
	ID               string    `json:"id"`
	Resource         reference `json:"resource"`
	Type             string    `json:"type"`
	CreatedAt        time.Time `json:"createdAt"`
	// PayloadNotIncluded replaces the message's own fields if they are too large
	// (PayloadNotIncluded.raml).
	PayloadNotIncluded *payloadNotIncluded `json:"payloadNotIncluded"`
	Order              jsontext.Value      `json:"order"`
	// LastModifiedBy is who caused the message (LastModifiedBy.raml).
	LastModifiedBy struct {
		ClientID string `json:"clientId"`
	} `json:"lastModifiedBy"`
	// PaymentState is a field of OrderPaymentStateChanged.
	PaymentState string `json:"paymentState"`
	// OrderState is a field of OrderStateChanged.
	OrderState string `json:"orderState"`
	returned

	// TransactionID is a field of PaymentTransactionStateChanged, Transaction of
	// PaymentTransactionAdded.
	TransactionID string         `json:"transactionId"`
	Transaction   jsontext.Value `json:"transaction"`

	// ResourceVersion is the resource's version after the reported change; a change has
	// it as Version. The Version of a message is always 1.
	ResourceVersion int64 `json:"resourceVersion"`
	// Version is not decoded, since it is a string in EventBridge's envelope.
	Version    jsontext.Value `json:"version"`
	ModifiedAt time.Time      `json:"modifiedAt"`
	stock
	account
}

type reference struct {
	TypeID string `json:"typeId"`
	ID     string `json:"id"`
}

type payloadNotIncluded struct {
	PayloadType string `json:"payloadType"`
}

// messageType is the name of the message. Without a payload it is next to the reason;
// whether there is also a type is not documented.
func (n notification) messageType() string {
	if n.PayloadNotIncluded != nil && n.PayloadNotIncluded.PayloadType != "" {
		return n.PayloadNotIncluded.PayloadType
	}
	return n.Type
}

// envelope has the fields of all formats of a body. Each format has a field that the
// others do not have.
type envelope struct {
	notification

	// SpecVersion and Data are of CloudEvents 1.0 (CloudEventsPayload.raml).
	SpecVersion string         `json:"specversion"`
	Data        jsontext.Value `json:"data"`

	// DetailType and Detail are of an EventBridge event:
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
	DetailType *string        `json:"detail-type"`
	Detail     jsontext.Value `json:"detail"`

	// SNSType, TopicARN and Message are of an SNS notification without raw delivery:
	// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
	SNSType  string  `json:"Type"`
	TopicARN *string `json:"TopicArn"`
	Message  *string `json:"Message"`
}

// maxWraps is how many envelopes a body may have: the most that can be set up is
// CloudEvents in EventBridge in SNS.
const maxWraps = 3

// unwrap removes the envelopes of the transports.
func unwrap(body []byte) (notification, error) {
	name := "body"
	for range maxWraps + 1 {
		if len(body) == 0 {
			return notification{}, fault.Field(name, "an object")
		}
		var e envelope
		if err := strictjson.Unmarshal(name, body, &e); err != nil {
			return notification{}, err
		}
		switch {
		case e.NotificationType != "":
			return e.notification, nil
		case e.SpecVersion != "":
			if e.SpecVersion != "1.0" {
				return notification{}, fault.Field(name+".specversion", `"1.0"`)
			}
			name, body = name+".data", e.Data
		case e.DetailType != nil:
			name, body = name+".detail", e.Detail
		case e.TopicARN != nil:
			if e.SNSType != "Notification" {
				return notification{}, ignored("sns", e.SNSType)
			}
			if e.Message == nil {
				return notification{}, fault.Field(name+".Message", "a string")
			}
			name, body = name+".Message", []byte(*e.Message)
		default:
			return notification{}, fault.Field(name, "a notification of commercetools, as it is or in CloudEvents, SNS or EventBridge")
		}
	}
	return notification{}, fault.Field(name, "a notification of commercetools")
}
