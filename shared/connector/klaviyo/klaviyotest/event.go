package klaviyotest

import (
	"net/http"
	"strings"
	"time"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/strictjson"
)

type request struct {
	Data struct {
		Type       string `json:"type"`
		Attributes struct {
			UniqueID   string         `json:"unique_id"`
			Time       *time.Time     `json:"time"`
			Value      *float64       `json:"value"`
			Currency   string         `json:"value_currency"`
			Properties map[string]any `json:"properties"`
			Metric     struct {
				Data struct {
					Type       string `json:"type"`
					Attributes struct {
						Name string `json:"name"`
					} `json:"attributes"`
				} `json:"data"`
			} `json:"metric"`
			Profile struct {
				Data struct {
					Type       string `json:"type"`
					Attributes struct {
						Email      string `json:"email"`
						ExternalID string `json:"external_id"`
					} `json:"attributes"`
				} `json:"data"`
			} `json:"profile"`
		} `json:"attributes"`
	} `json:"data"`
}

func (d *Double) create(w http.ResponseWriter, r *http.Request, body []byte) {
	var in request
	if err := strictjson.UnmarshalUpTo(5<<20, "body", body, &in); err != nil {
		refuse(w, http.StatusBadRequest, "invalid", "The payload provided in the request is invalid.", source{Pointer: "/data"})
		return
	}
	a := in.Data.Attributes
	metric, profile := a.Metric.Data.Attributes.Name, Profile{Email: a.Profile.Data.Attributes.Email, ExternalID: a.Profile.Data.Attributes.ExternalID}
	now := time.Now()
	at := now
	if a.Time != nil {
		at = *a.Time
	}
	for _, rule := range []struct {
		broken  bool
		pointer string
		detail  string
	}{
		{in.Data.Type != "event", "/data/type", "Invalid input."},
		{a.Properties == nil, "/data/attributes/properties", "The properties field is required."},
		{len(a.Properties) > 400, "/data/attributes/properties", "No more than 400 properties."},
		{longest(a.Properties) > 100<<10, "/data/attributes/properties", "A string is larger than 100 KB."},
		{a.Metric.Data.Type != "metric", "/data/attributes/metric/data/type", "Invalid input."},
		{metric == "" || len(metric) >= 128, "/data/attributes/metric/data/attributes/name", "1 to 127 characters."},
		{a.Profile.Data.Type != "profile", "/data/attributes/profile/data/type", "Invalid input."},
		{profile == Profile{}, "/data/attributes/profile/data/attributes", "One of email, phone_number or external_id is required."},
		{profile.Email != "" && !isEmail(profile.Email), "/data/attributes/profile/data/attributes/email", "Invalid email address."},
		{at.Year() < 1990 || at.After(now.AddDate(1, 0, 0)), "/data/attributes/time", "After 1990 and at most a year ahead."},
		{a.Currency != "" && (len(a.Currency) != 3 || strings.ToUpper(a.Currency) != a.Currency), "/data/attributes/value_currency", "An ISO 4217 code."},
	} {
		if rule.broken {
			refuse(w, http.StatusBadRequest, "invalid", rule.detail, source{Pointer: rule.pointer})
			return
		}
	}
	e := Event{UniqueID: a.UniqueID, Metric: metric, Profile: profile, Time: at.Truncate(time.Second), Currency: a.Currency, Properties: a.Properties}
	if e.UniqueID == "" {
		e.UniqueID = e.Time.UTC().Format(time.RFC3339)
	}
	if a.Value != nil {
		e.Value = *a.Value
	}
	d.record(e, connectortest.Caller(r))
	w.WriteHeader(http.StatusAccepted)
}

// record keeps the first event of a unique id per profile and metric.
func (d *Double) record(e Event, caller string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.profile(e.Profile)
	once := identity{p, e.Metric, e.UniqueID}
	if d.seen[once] {
		return
	}
	d.seen[once] = true
	e.Profile = *p
	d.events = append(d.events, e)
	d.effects = append(d.effects, connectortest.Effect{Reference: e.UniqueID, What: e.Metric + " recorded", Caller: caller, At: time.Now()})
}

// profile finds the profile by external id, then by e-mail address, completes
// it, or makes one.
func (d *Double) profile(named Profile) *Profile {
	for _, same := range []func(*Profile) bool{
		func(p *Profile) bool { return named.ExternalID != "" && p.ExternalID == named.ExternalID },
		func(p *Profile) bool { return named.Email != "" && strings.EqualFold(p.Email, named.Email) },
	} {
		for _, p := range d.profiles {
			if !same(p) {
				continue
			}
			if p.Email == "" {
				p.Email = named.Email
			}
			if p.ExternalID == "" {
				p.ExternalID = named.ExternalID
			}
			return p
		}
	}
	d.profiles = append(d.profiles, &named)
	return &named
}

func isEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && strings.Contains(domain, ".") && !strings.ContainsAny(s, " \t\n") && !strings.Contains(domain, "@")
}

func longest(v any) int {
	n := 0
	switch v := v.(type) {
	case string:
		return len(v)
	case map[string]any:
		for _, e := range v {
			n = max(n, longest(e))
		}
	case []any:
		for _, e := range v {
			n = max(n, longest(e))
		}
	}
	return n
}
