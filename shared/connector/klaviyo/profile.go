package klaviyo

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"signalbox/shared/connector"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// accountAttributes are the attributes of a profile that an account defines. A null
// empties the attribute, an omitted one stays.
type accountAttributes struct {
	Email        string   `json:"email,omitzero"`
	ExternalID   string   `json:"external_id"`
	FirstName    *string  `json:"first_name"`
	LastName     *string  `json:"last_name"`
	Organization *string  `json:"organization"`
	Locale       string   `json:"locale,omitzero"`
	Location     location `json:"location"`
}

type location struct {
	Address1 *string `json:"address1"`
	Address2 *string `json:"address2"`
	City     *string `json:"city"`
	Region   *string `json:"region"`
	Zip      *string `json:"zip"`
	Country  *string `json:"country"`
}

// UpsertProfile updates the profile of the customer from the account. It does not
// subscribe the customer: Klaviyo sends no marketing without a subscription. The
// telephone number is omitted, because Klaviyo refuses a profile whose number is
// not in E.164.
//
// https://developers.klaviyo.com/en/reference/create_or_update_profile
func (c *Client) UpsertProfile(ctx context.Context, a retail.Account) error {
	return c.post(ctx, "/api/profile-import", document[accountAttributes]{resource[accountAttributes]{Type: "profile", Attributes: attributesOf(a)}})
}

func attributesOf(a retail.Account) accountAttributes {
	to := accountAttributes{
		Email: a.Email, ExternalID: a.ID, FirstName: orNull(a.FirstName), LastName: orNull(a.LastName), Organization: orNull(a.Company),
	}
	// Klaviyo accepts only locales of language and country.
	if language, country, ok := strings.Cut(a.Locale, "-"); ok && len(language) >= 2 && len(country) == 2 {
		to.Locale = a.Locale
	}
	if at := a.Address; at != nil {
		to.Location = location{
			Address1: orNull(at.Street), Address2: orNull(at.Additional), City: orNull(at.City),
			Region: orNull(at.State), Zip: orNull(at.PostalCode), Country: orNull(at.Country),
		}
	}
	return to
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

type deletionAttributes struct {
	Profile document[identifiedProfile] `json:"profile"`
}

// identifiedProfile are the attributes of a profile to be deleted.
type identifiedProfile struct {
	Email string `json:"email,omitzero"`
}

// ForgetProfile requests the erasure of the customer's profile and its events by
// Klaviyo's Data Privacy API; Klaviyo erases them some time later. That API does not
// accept an external id, so the profile is looked up first; if it is not found, the
// erasure is requested by e-mail address, if that is known. It returns false if
// there is nothing to erase, so it can be repeated.
//
// https://developers.klaviyo.com/en/reference/request_profile_deletion
func (c *Client) ForgetProfile(ctx context.Context, customerID, email string) (bool, error) {
	ids, err := c.profiles(ctx, customerID)
	if err != nil {
		return false, err
	}
	for _, id := range ids {
		if err := c.erase(ctx, resource[identifiedProfile]{Type: "profile", ID: id}); err != nil {
			return false, err
		}
	}
	if len(ids) > 0 || email == "" {
		return len(ids) > 0, nil
	}
	err = c.erase(ctx, resource[identifiedProfile]{Type: "profile", Attributes: identifiedProfile{Email: email}})
	return err == nil, err
}

func (c *Client) erase(ctx context.Context, profile resource[identifiedProfile]) error {
	return c.post(ctx, "/api/data-privacy-deletion-jobs", document[deletionAttributes]{resource[deletionAttributes]{
		Type: "data-privacy-deletion-job", Attributes: deletionAttributes{Profile: document[identifiedProfile]{profile}},
	}})
}

// profiles returns Klaviyo's ids of the customer's profiles.
//
// https://developers.klaviyo.com/en/reference/get_profiles
func (c *Client) profiles(ctx context.Context, customerID string) ([]string, error) {
	quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(customerID) + `"`
	response, err := c.http.Do(ctx, connector.Request{
		Method: http.MethodGet, Path: "/api/profiles", Repeatable: true,
		Query: url.Values{"filter": {"equals(external_id," + quoted + ")"}, "fields[profile]": {"external_id"}},
	})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data *[]struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if strictjson.UnmarshalUpTo(connector.MaxBody, "answer", response.Body, &answer) != nil || answer.Data == nil {
		return nil, c.http.Unreadable(errors.New("expected a list of profiles"))
	}
	ids := make([]string, 0, len(*answer.Data))
	for _, profile := range *answer.Data {
		if profile.ID == "" {
			return nil, c.http.Unreadable(errors.New("profile: expected an id"))
		}
		ids = append(ids, profile.ID)
	}
	return ids, nil
}

// post sends a document that may be sent twice.
func (c *Client) post(ctx context.Context, path string, content any) error {
	body, err := strictjson.Marshal(content)
	if err != nil {
		return fault.Refuse(system+"-encode", errors.New("document: expected values that JSON can encode"))
	}
	_, err = c.http.Do(ctx, connector.Request{Method: http.MethodPost, Path: path, ContentType: mediaType, Body: body, Repeatable: true})
	return err
}
