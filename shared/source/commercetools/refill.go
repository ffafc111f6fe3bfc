package commercetools

import (
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// maxNotification is what commercetools delivers in one piece, and its queue takes:
// https://docs.commercetools.com/api/projects/subscriptions#aws-sqs-destination
const maxNotification = 256 << 10

// Subscribes reports whether something follows from messages of that type.
func Subscribes(message string) bool { return catalog.IsSubscribed(message) }

// TellsOf reports whether something follows from messages about such resources.
func TellsOf(resource string) bool { return catalog.TellsOf(resource) }

// Notification makes of a message, as commercetools answers a query for it, the
// notification that would have brought it, so that what opens the one opens the
// other and both become the same events. One that is too large loses what it
// tells, as commercetools' own would, and is completed by reading the resource.
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

// cutDown keeps what every notification has.
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
