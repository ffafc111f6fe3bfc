package commercetoolstest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// MaxSubscriptions is how many a project may have:
// https://docs.commercetools.com/api/limits
const MaxSubscriptions = 50

// unreachable is the AWS account to which no test notification can be delivered.
const unreachable = "/0000000000/"

// subscriptions are those of the project. The zero value is ready.
type subscriptions struct {
	byKey map[string]object
	// deliver delivers a notification to a destination; nil delivers nothing.
	deliver func(destination map[string]any, notification []byte) error
}

// DeliverBy sets the function that delivers a test notification to its destination.
// Its error means that the destination cannot be reached.
func (d *Double) DeliverBy(deliver func(destination map[string]any, notification []byte) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.subscriptions.deliver = deliver
}

// Subscription returns the current state of the subscription with the key.
func (d *Double) Subscription(key string) ([]byte, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.subscriptions.byKey[key]
	return encode(s), ok
}

// SetStatus changes the health of a subscription, as failures of its destination do.
func (d *Double) SetStatus(key, status string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s, ok := d.subscriptions.byKey[key]; ok {
		s["status"] = status
	}
}

// serveSubscriptions answers requests for /subscriptions and the paths below it, and
// reports whether the path is one of these.
func (d *Double) serveSubscriptions(w http.ResponseWriter, r *http.Request) bool {
	rest, ok := strings.CutPrefix(r.URL.Path, "/"+Project+"/subscriptions")
	if !ok {
		return false
	}
	rest = strings.TrimPrefix(rest, "/")
	if id, health := strings.CutSuffix(rest, "/health"); health {
		// https://docs.commercetools.com/api/projects/subscriptions#get-health-status-of-subscription-by-id
		d.health(w, id)
		return true
	}
	if !d.authorized(w, r, "manage_subscriptions") {
		return true
	}
	key, byKey := strings.CutPrefix(rest, "key=")
	s, known := d.subscriptions.byKey[key]
	switch {
	case rest == "" && r.Method == http.MethodPost:
		d.createSubscription(w, r)
	case !byKey || !known:
		refuse(w, http.StatusNotFound, "ResourceNotFound", "The Resource was not found.", nil)
	case r.Method == http.MethodGet:
		answer(w, http.StatusOK, s)
	case r.Method == http.MethodPost:
		d.updateSubscription(w, r, key)
	case r.Method == http.MethodDelete:
		named, err := strconv.ParseInt(r.URL.Query().Get("version"), 10, 64)
		if err != nil {
			refuse(w, http.StatusBadRequest, "InvalidInput", "Missing required parameter: version.", nil)
			return true
		}
		if conflicts(w, s, named) {
			return true
		}
		delete(d.subscriptions.byKey, key)
		answer(w, http.StatusOK, s)
	default:
		refuse(w, http.StatusMethodNotAllowed, "InvalidInput", "Method not allowed.", nil)
	}
	return true
}

func (d *Double) health(w http.ResponseWriter, id string) {
	for _, s := range d.subscriptions.byKey {
		if s["id"] != id {
			continue
		}
		status := map[any]int{"Healthy": http.StatusOK, "TemporaryError": http.StatusServiceUnavailable}[s["status"]]
		if status == 0 {
			status = http.StatusBadRequest
		}
		w.WriteHeader(status)
		return
	}
	refuse(w, http.StatusNotFound, "ResourceNotFound", "The Resource was not found.", nil)
}

func (d *Double) createSubscription(w http.ResponseWriter, r *http.Request) {
	var draft object
	if json.UnmarshalRead(r.Body, &draft) != nil {
		refuse(w, http.StatusBadRequest, "InvalidJsonInput", "Request body does not contain valid JSON.", nil)
		return
	}
	key, _ := draft["key"].(string)
	s := object{
		"key": key, "version": float64(1), "status": "Healthy", "messages": []any{}, "changes": []any{}, "events": []any{},
		"format": object{"type": "Platform"}, "createdAt": time.Now().UTC().Format(timestamp), "lastModifiedAt": time.Now().UTC().Format(timestamp),
	}
	for name, value := range draft {
		if !slices.Contains([]string{"key", "destination", "messages", "changes", "events", "format"}, name) {
			refuse(w, http.StatusBadRequest, "InvalidInput", "Unexpected field: "+name, nil)
			return
		}
		s[name] = value
	}
	switch problem := d.judge(s); {
	case !isKey(key):
		refuse(w, http.StatusBadRequest, "InvalidInput", "Invalid key.", nil)
	case problem != "":
		refuse(w, http.StatusBadRequest, "InvalidInput", problem, nil)
	case d.subscriptions.byKey[key] != nil:
		refuse(w, http.StatusBadRequest, "DuplicateField", "A duplicate value exists for field key.", object{"field": "key", "duplicateValue": key})
	case len(d.subscriptions.byKey) >= MaxSubscriptions:
		refuse(w, http.StatusBadRequest, "MaxResourceLimitExceeded", "Maximum number of subscriptions reached.", object{"exceededResource": "subscription"})
	default:
		d.issued++
		s["id"] = fmt.Sprintf("0d5ab1e0-0000-4000-8000-%012d", d.issued)
		if !d.test(w, s) {
			return
		}
		if d.subscriptions.byKey == nil {
			d.subscriptions.byKey = map[string]object{}
		}
		d.subscriptions.byKey[key] = s
		answer(w, http.StatusCreated, hidden(s))
	}
}

func (d *Double) updateSubscription(w http.ResponseWriter, r *http.Request, key string) {
	var request struct {
		Version *int64   `json:"version"`
		Actions []object `json:"actions"`
	}
	if json.UnmarshalRead(r.Body, &request) != nil || request.Version == nil || request.Actions == nil {
		refuse(w, http.StatusBadRequest, "InvalidJsonInput", "Request body does not contain valid JSON.", nil)
		return
	}
	if conflicts(w, d.subscriptions.byKey[key], *request.Version) {
		return
	}
	s := clone(d.subscriptions.byKey[key])
	tested := false
	for _, action := range request.Actions {
		name, _ := action["action"].(string)
		field := map[string]string{"changeDestination": "destination", "setMessages": "messages", "setChanges": "changes"}[name]
		if field == "" {
			refuse(w, http.StatusBadRequest, "InvalidInput", "Invalid action "+name, nil)
			return
		}
		s[field] = action[field]
		if s[field] == nil {
			s[field] = []any{}
		}
		tested = tested || field == "destination"
	}
	if problem := d.judge(s); problem != "" {
		refuse(w, http.StatusBadRequest, "InvalidInput", problem, nil)
		return
	}
	if tested {
		if !d.test(w, s) {
			return
		}
		s["status"] = "Healthy"
	}
	s["version"] = float64(version(s) + 1)
	d.subscriptions.byKey[key] = s
	answer(w, http.StatusOK, hidden(s))
}

// conflicts refuses a request whose version is not the resource's.
func conflicts(w http.ResponseWriter, s object, named int64) bool {
	if named == version(s) {
		return false
	}
	refuse(w, http.StatusConflict, "ConcurrentModification",
		fmt.Sprintf("Object %v has a different version than expected. Expected: %d - Actual: %d.", s["id"], named, version(s)),
		object{"currentVersion": version(s)})
	return true
}

// judge returns why commercetools refuses a subscription; "" if it accepts it.
func (d *Double) judge(s object) string {
	messages, _ := s["messages"].([]any)
	changes, _ := s["changes"].([]any)
	if len(messages)+len(changes) == 0 {
		return "At least one of messages, changes or events is required."
	}
	for _, entry := range append(slices.Clone(messages), changes...) {
		if o, ok := entry.(object); !ok || o["resourceTypeId"] == nil {
			return "Missing required value: resourceTypeId."
		}
	}
	destination, _ := s["destination"].(object)
	kind, _ := destination["type"].(string)
	for _, field := range map[string][]string{
		"SQS": {"queueUrl", "region"}, "SNS": {"topicArn"}, "EventBridge": {"accountId", "region"},
		"ConfluentCloud": {"bootstrapServer", "apiKey", "apiSecret", "acks", "topic"}, "": {"type"},
	}[kind] {
		if text, _ := destination[field].(string); text == "" {
			return "Missing required value: destination." + field
		}
	}
	// If omitted, commercetools expects credentials, which we never send.
	if (kind == "SQS" || kind == "SNS") && destination["authenticationMode"] != "IAM" {
		return "Missing required value: destination.accessKey"
	}
	return ""
}

// test sends the notification that tests whether a destination can be reached.
func (d *Double) test(w http.ResponseWriter, s object) bool {
	destination, _ := s["destination"].(object)
	url, _ := destination["queueUrl"].(string)
	failed := strings.Contains(url, unreachable)
	if !failed && d.subscriptions.deliver != nil {
		failed = d.subscriptions.deliver(maps.Clone(destination), encode(object{
			"notificationType": "ResourceCreated", "projectKey": Project, "version": s["version"], "modifiedAt": s["createdAt"],
			"resource":                        object{"typeId": "subscription", "id": s["id"]},
			"resourceUserProvidedIdentifiers": object{"key": s["key"]},
		})) != nil
	}
	if failed {
		refuse(w, http.StatusBadRequest, "InvalidInput", fmt.Sprintf(
			"A test message could not be delivered to this destination: %v %v in %v for %v. Please make sure your destination is correctly configured.",
			destination["type"], url, destination["region"], s["key"]), nil)
	}
	return !failed
}

// hidden is a subscription without the keys of its destination, which
// commercetools does not show again.
func hidden(s object) object {
	s = clone(s)
	if destination, ok := s["destination"].(object); ok {
		delete(destination, "apiSecret")
	}
	return s
}

func isKey(key string) bool {
	return len(key) >= 2 && len(key) <= 256 && strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}
