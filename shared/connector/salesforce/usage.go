package salesforce

import (
	"strconv"
	"strings"
)

// Usage counts the requests of all the organization's integrations in the last 24
// hours, and holds the limit.
type Usage struct {
	Used, Allowed int64
}

// Near reports whether less than a tenth is left.
func (u Usage) Near() bool { return u.Allowed > 0 && u.Used >= u.Allowed-u.Allowed/10 }

// Usage returns the usage in the last answer; zero before the first.
func (c *Client) Usage() Usage {
	if u := c.usage.Load(); u != nil {
		return *u
	}
	return Usage{}
}

// parseUsage reads a Sforce-Limit-Info header, "api-usage=33/15000".
//
// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm
func parseUsage(header string) (Usage, bool) {
	for part := range strings.SplitSeq(header, ";") {
		counts, ok := strings.CutPrefix(strings.TrimSpace(part), "api-usage=")
		if !ok {
			continue
		}
		used, allowed, ok := strings.Cut(counts, "/")
		u, err := strconv.ParseInt(used, 10, 64)
		a, err2 := strconv.ParseInt(allowed, 10, 64)
		return Usage{Used: u, Allowed: a}, ok && err == nil && err2 == nil && u >= 0 && a > 0
	}
	return Usage{}, false
}
