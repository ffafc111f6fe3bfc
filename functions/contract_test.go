package functions_test

import (
	"slices"
	"strings"
	"testing"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/workday/workdaytest"
)

// documents are the files that describe a system, by its ID.
var documents = map[string][]string{
	"commercetools": {"commercetools.json"},
	"fedex":         {"fedex-auth.json", "fedex-ship.json", "fedex-track.json"},
	"klaviyo":       {"klaviyo.json"},
	"salesforce":    {"salesforce.json"},
	"stripe":        {"stripe-radar.json"},
	"voucherify":    {"voucherify.json"},
	"workday":       {"workday-customeraccounts.json", "workday-accountspayable.json"},
}

// undocumented are parts of the paths that stand in no document: those that grant
// tokens, and what the trimmed documents leave out. The connectors' own tests hold
// those requests word for word.
var undocumented = map[string][]string{
	"commercetools": {"/oauth/token", "/orders?", "/cart-discounts/key=", "/payments/", "/customers/"},
	"klaviyo":       {"/api/catalog-variants/", "/api/profiles?", "/api/data-privacy-deletion-jobs?"},
	"salesforce":    {"/services/oauth2/token"},
	"voucherify":    {"/permanent-deletion?"},
	"workday":       {"/token"},
}

// roots lead the paths of systems whose documents begin below them.
var roots = map[string][]string{"workday": {workdaytest.Root, workdaytest.PayableRoot}}

// undescribed are parts of answers that stand in no document, where the request alone
// is judged: Salesforce's knows no record that fails inside a 200.
var undescribed = map[string]string{"salesforce": `"success":false`}

// standardized are systems that a standard or an SDK describes and no document of a vendor;
// their doubles read by the standard and refuse what it does not allow.
var standardized = []string{"edi", "firehose", "webhook"}

// allowed fails t for every exchange with the system that its vendor's document does
// not describe, the request and the answer.
func allowed(t *testing.T, system string, exchanges []connectortest.Exchange) {
	t.Helper()
	if slices.Contains(standardized, system) {
		for _, x := range exchanges {
			if x.Status >= 300 {
				t.Errorf("%s %s is refused with %d: %s", x.Method, x.Path, x.Status, x.Response)
			}
		}
		return
	}
	judge, judgeRequest := contract.JudgeBoth(t, documents[system]...), contract.Judge(t, documents[system]...)
	for _, x := range exchanges {
		if !slices.ContainsFunc(undocumented[system], func(part string) bool { return strings.Contains(x.Path+"?", part) }) {
			for _, root := range roots[system] {
				x.Path = strings.TrimPrefix(x.Path, root)
			}
			if part := undescribed[system]; part != "" && strings.Contains(string(x.Response), part) {
				judgeRequest(x)
				continue
			}
			judge(x)
		}
	}
}
