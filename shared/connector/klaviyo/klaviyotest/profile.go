package klaviyotest

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/strictjson"
)

// person holds a profile's attributes other than its identifiers.
type person struct {
	id         string
	attributes map[string]any
}

// Attributes returns the attributes last imported into the profile with the external
// id; nil if there is no profile.
func (d *Double) Attributes(externalID string) map[string]any {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.profiles {
		if p.ExternalID == externalID {
			return d.person(p).attributes
		}
	}
	return nil
}

// PutNotification adds the profile of a customer whose data must be erased by the
// shop's notification, since such a customer had one.
func (d *Double) PutNotification(body []byte) error {
	var n struct {
		Type     string `json:"notificationType"`
		Erasure  bool   `json:"dataErasure"`
		Resource struct {
			TypeID string `json:"typeId"`
			ID     string `json:"id"`
		} `json:"resource"`
	}
	if json.Unmarshal(body, &n) != nil || n.Type != "ResourceDeleted" || n.Resource.TypeID != "customer" || !n.Erasure {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.profile(Profile{ExternalID: n.Resource.ID})
	return nil
}

// person returns the attributes of a profile that the account has.
func (d *Double) person(p *Profile) *person {
	if d.people[p] == nil {
		d.numbered++
		d.people[p] = &person{id: fmt.Sprintf("01DOUBLE%018d", d.numbered), attributes: map[string]any{}}
	}
	return d.people[p]
}

// importProfile creates or updates a profile: a null empties an attribute, an
// omitted one stays.
func (d *Double) importProfile(w http.ResponseWriter, r *http.Request, body []byte) {
	var in struct {
		Data struct {
			Type       string         `json:"type"`
			Attributes map[string]any `json:"attributes"`
		} `json:"data"`
	}
	if strictjson.UnmarshalUpTo(5<<20, "body", body, &in) != nil || in.Data.Type != "profile" || in.Data.Attributes == nil {
		refuse(w, http.StatusBadRequest, "invalid", "The payload provided in the request is invalid.", source{Pointer: "/data"})
		return
	}
	email, _ := in.Data.Attributes["email"].(string)
	named := Profile{Email: email}
	named.ExternalID, _ = in.Data.Attributes["external_id"].(string)
	switch {
	case named == Profile{}:
		refuse(w, http.StatusBadRequest, "invalid", "One of email, phone_number or external_id is required.", source{Pointer: "/data/attributes"})
		return
	case email != "" && !isEmail(email):
		refuse(w, http.StatusBadRequest, "invalid", "Invalid email address.", source{Pointer: "/data/attributes/email"})
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	before := len(d.profiles)
	p := d.profile(named)
	for _, other := range d.profiles {
		if other != p && email != "" && strings.EqualFold(other.Email, email) {
			refuse(w, http.StatusConflict, "duplicate_profile", "A profile already exists with one of these identifiers.", source{Pointer: "/data/attributes"})
			return
		}
	}
	kept := d.person(p)
	next := map[string]any{}
	for name, value := range kept.attributes {
		next[name] = value
	}
	for name, value := range in.Data.Attributes {
		if value == nil {
			delete(next, name)
		} else {
			next[name] = value
		}
	}
	status, verb := http.StatusOK, "changed"
	if len(d.profiles) > before {
		status, verb = http.StatusCreated, "created"
	}
	if !reflect.DeepEqual(next, kept.attributes) {
		kept.attributes = next
		if email != "" {
			p.Email = email
		}
		d.effects = append(d.effects, connectortest.Effect{Reference: named.ExternalID, What: "profile " + verb, Caller: connectortest.Caller(r), At: time.Now()})
	}
	answer(w, status, map[string]any{"data": map[string]any{"type": "profile", "id": kept.id, "attributes": next, "links": map[string]any{"self": "https://a.klaviyo.com/api/profiles/" + kept.id}}})
}

// findProfiles answers the one filter that the double supports.
func (d *Double) findProfiles(w http.ResponseWriter, filter string) {
	quoted, found := strings.CutPrefix(filter, "equals(external_id,")
	wanted, err := strconv.Unquote(strings.TrimSuffix(quoted, ")"))
	if !found || err != nil {
		refuse(w, http.StatusBadRequest, "invalid", "Invalid filter provided.", source{Parameter: "filter"})
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	matching := []any{}
	for _, p := range d.profiles {
		if p.ExternalID == wanted {
			matching = append(matching, map[string]any{"type": "profile", "id": d.person(p).id, "attributes": map[string]any{"external_id": wanted}})
		}
	}
	answer(w, http.StatusOK, map[string]any{"data": matching, "links": map[string]any{"self": "https://a.klaviyo.com/api/profiles"}})
}

// erase accepts a deletion job and carries it out immediately.
func (d *Double) erase(w http.ResponseWriter, r *http.Request, body []byte) {
	var in struct {
		Data struct {
			Type       string `json:"type"`
			Attributes struct {
				Profile struct {
					Data struct {
						Type       string `json:"type"`
						ID         string `json:"id"`
						Attributes *struct {
							Email string `json:"email"`
						} `json:"attributes"`
					} `json:"data"`
				} `json:"profile"`
			} `json:"attributes"`
		} `json:"data"`
	}
	err := strictjson.Unmarshal("body", body, &in)
	named := in.Data.Attributes.Profile.Data
	if err != nil || in.Data.Type != "data-privacy-deletion-job" || named.Type != "profile" || named.Attributes == nil || (named.ID == "") == (named.Attributes.Email == "") {
		refuse(w, http.StatusBadRequest, "invalid", "Exactly one of email, phone_number and id is required.", source{Pointer: "/data/attributes/profile"})
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.profiles = slices.DeleteFunc(d.profiles, func(p *Profile) bool {
		if d.person(p).id != named.ID && (named.Attributes.Email == "" || !strings.EqualFold(p.Email, named.Attributes.Email)) {
			return false
		}
		d.effects = append(d.effects, connectortest.Effect{Reference: p.ExternalID, What: "profile erased", Caller: connectortest.Caller(r), At: time.Now()})
		delete(d.people, p)
		return true
	})
	w.WriteHeader(http.StatusAccepted)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/vnd.api+json")
	w.WriteHeader(status)
	_ = json.MarshalWrite(w, body, json.Deterministic(true))
}
