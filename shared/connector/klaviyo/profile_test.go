package klaviyo_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

func account() retail.Account {
	return retail.Account{
		ID: "c-1", Version: 2, Email: "max@example.com", FirstName: "Max", LastName: "Muster", Locale: "de-DE",
		Address: &retail.Address{Street: "Hauptstr. 1", City: "Berlin", PostalCode: "10115", Country: "DE", Phone: "0301234567"},
	}
}

func effects(d interface{ Effects() []connectortest.Effect }) []string {
	var all []string
	for _, e := range d.Effects() {
		all = append(all, e.Reference+": "+e.What)
	}
	return all
}

func TestAProfileIsUpsertedAsAWhole(t *testing.T) {
	client, double, server := serve(t, nil)
	for range 2 {
		if err := client.UpsertProfile(within(t), account()); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "testdata/profile.json", server.Exchanges()[0].Body)
	if strings.Contains(string(server.Exchanges()[0].Body), "0301234567") {
		t.Error("a telephone number was sent that Klaviyo would refuse the profile for")
	}
	moved := account()
	moved.Email, moved.LastName, moved.Locale, moved.Address = "max@example.org", "", "de", nil
	if err := client.UpsertProfile(within(t), moved); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/profile.moved.json", server.Exchanges()[2].Body)
	if got := double.Attributes("c-1"); got["email"] != "max@example.org" || got["last_name"] != nil || got["locale"] != "de-DE" {
		t.Errorf("the profile is %v", got)
	}
	if diff := cmp.Diff([]string{"c-1: profile created", "c-1: profile changed"}, effects(double)); diff != "" {
		t.Error(diff)
	}
	t.Run("by its own document", func(t *testing.T) {
		judge := contract.JudgeBoth(t, "klaviyo.json")
		for _, x := range server.Exchanges() {
			judge(x)
		}
	})
}

// Two people cannot share an address: which of the profiles it is of a person must say.
func TestAnAddressOfAnotherProfileIsRefused(t *testing.T) {
	client, _, _ := serve(t, nil)
	other := account()
	other.ID, other.Email = "c-2", "erika@example.com"
	if err := client.UpsertProfile(within(t), account()); err != nil {
		t.Fatal(err)
	}
	if err := client.UpsertProfile(within(t), other); err != nil {
		t.Fatal(err)
	}
	other.Email = "max@example.com"
	f := fault.Of(client.UpsertProfile(within(t), other))
	if f == nil || f.Kind != fault.Permanent || f.Reason != "klaviyo-duplicate-profile" || strings.Contains(f.Error(), "example") {
		t.Errorf("%+v", f)
	}
}

// Neither the look-up nor the deletion job are part of the trimmed document that
// the other requests are judged by; their shapes are those of Klaviyo's own
// openapi/stable/apis/{get_profiles,request_profile_deletion}.json, written down
// in testdata.
func TestAProfileIsForgottenOnce(t *testing.T) {
	client, double, server := serve(t, nil)
	if err := client.UpsertProfile(within(t), account()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, false} {
		if there, err := client.ForgetProfile(within(t), "c-1", ""); err != nil || there != want {
			t.Fatalf("there %t, %v; want %t", there, err, want)
		}
	}
	if diff := cmp.Diff([]string{"c-1: profile created", "c-1: profile erased"}, effects(double)); diff != "" {
		t.Error(diff)
	}
	x := server.Exchanges()
	if len(x) != 4 || x[1].Method != http.MethodGet || x[1].Path != "/api/profiles" || x[2].Path != "/api/data-privacy-deletion-jobs" {
		t.Fatalf("%d exchanges", len(x))
	}
	golden(t, "testdata/erasure.json", x[2].Body)
}

func TestAProfileThatHasNoExternalIDIsForgottenByItsAddress(t *testing.T) {
	client, double, server := serve(t, nil)
	guest := order()
	guest.Customer.ID = ""
	if err := client.PlacedOrder(within(t), "e-1", guest); err != nil {
		t.Fatal(err)
	}
	if asked, err := client.ForgetProfile(within(t), `c-"1"`, "max@example.com"); err != nil || !asked {
		t.Fatalf("asked %t, %v", asked, err)
	}
	golden(t, "testdata/erasure.email.json", server.Exchanges()[2].Body)
	if diff := cmp.Diff([]string{"e-1: Placed Order recorded", ": profile erased"}, effects(double)); diff != "" {
		t.Error(diff)
	}
}

// An answer that cannot be read must not pass for a customer without a profile.
func TestAnAnswerThatSaysNothingForgetsNobody(t *testing.T) {
	for name, body := range map[string]string{
		"an empty object":         `{}`,
		"a null":                  `{"data":null}`,
		"a profile without an id": `{"data":[{"type":"profile"}]}`,
		"no JSON":                 `<html>`,
	} {
		t.Run(name, func(t *testing.T) {
			client, _, server := serve(t, nil)
			server.Script(func(*http.Request) *connectortest.Fault {
				return &connectortest.Fault{Status: http.StatusOK, Body: body}
			})
			_, err := client.ForgetProfile(within(t), "c-1", "max@example.com")
			if f := fault.Of(err); f == nil || f.Kind != fault.Retryable {
				t.Errorf("%+v; want it tried again", f)
			}
		})
	}
}

// FuzzProfiles holds that whatever Klaviyo answers to the look-up, a customer is
// erased by an id it named, or the failure is returned.
func FuzzProfiles(f *testing.F) {
	for _, seed := range []string{`{"data":[]}`, `{"data":[{"type":"profile","id":"01H"}]}`, `{"data":{}}`, `{"data":[{"id":7}]}`, `[]`, `null`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		client, _, server := serve(t, nil)
		server.Script(func(r *http.Request) *connectortest.Fault {
			if r.Method == http.MethodGet {
				return &connectortest.Fault{Status: http.StatusOK, Body: string(body)}
			}
			return nil
		})
		_, err := client.ForgetProfile(within(t), "c-1", "")
		if jobs := len(server.Exchanges()) - 1; err == nil && jobs == 0 && !strings.Contains(string(body), "data") {
			t.Errorf("%q passes for a customer without a profile", body)
		}
	})
}
