package commercetools

import (
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// maxNotification is the largest notification of commercetools and of its queue:
// https://docs.commercetools.com/api/projects/subscriptions#aws-sqs-destination
const maxNotification = 256 << 10

// Subscribes reports whether messages of that type become events.
func Subscribes(message string) bool { return catalog.IsSubscribed(message) }

// SubscribesTo reports whether any messages about such resources become events.
func SubscribesTo(resource string) bool { return catalog.SubscribesTo(resource) }

// Notification returns the notification of a message that a query returned, so that
// Open accepts both and makes the same events of them. A notification that is too
// large omits its payload, like commercetools' own, and is completed by reading the
// resource.
func Notification(project string, message jsontext.Value) ([]byte, error) {
	var fields map[string]jsontext.Value
	if len(message) == 0 || message[0] != '{' {
		return nil, fault.Field("message", "an object")
	}
	if err := strictjson.UnmarshalUpTo(MaxOrderBytes, "message", message, &fields); err != nil {
		return nil, err
	}
	set := func(name string, value any) error {
		text, err := strictjson.Marshal(value)
		fields[name] = text
		return err
	}
	if err := errors.Join(set("notificationType", "Message"), set("projectKey", project)); err != nil {
		return nil, err
	}
	body, err := strictjson.Marshal(fields)
	if err != nil || len(body) <= maxNotification {
		return body, err
	}
	return cutDown(fields)
}

// cutDown keeps the fields that every notification has.
func cutDown(fields map[string]jsontext.Value) ([]byte, error) {
	small := map[string]jsontext.Value{}
	for _, name := range []string{
		"notificationType", "projectKey", "id", "version", "sequenceNumber", "resource", "resourceVersion", "resourceUserProvidedIdentifiers",
		"createdAt", "lastModifiedAt", "lastModifiedBy",
	} {
		if value, ok := fields[name]; ok {
			small[name] = value
		}
	}
	reason, err := strictjson.Marshal(map[string]jsontext.Value{"reason": jsontext.Value(`"Payload too large."`), "payloadType": fields["type"]})
	if err != nil {
		return nil, err
	}
	small["payloadNotIncluded"] = reason
	return strictjson.Marshal(small)
}
