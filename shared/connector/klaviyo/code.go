package klaviyo

import (
	"errors"
	"net/http"
	"strings"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// classify takes code and field of a refusal from Klaviyo's answer. Throttling,
// server errors and wrong keys are classified by the status.
//
// https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling
func classify(r connector.Response) error {
	switch {
	case r.Status >= 500, r.Status == http.StatusTooManyRequests, r.Status == http.StatusUnauthorized, r.Status == http.StatusRequestTimeout:
		return nil
	}
	var answer struct {
		Errors []struct {
			Code   string `json:"code"`
			Source struct {
				Pointer   string `json:"pointer"`
				Parameter string `json:"parameter"`
			} `json:"source"`
		} `json:"errors"`
	}
	err := strictjson.UnmarshalUpTo(connector.MaxBody, "answer", r.Body, &answer)
	if err != nil || len(answer.Errors) == 0 || !isWord(answer.Errors[0].Code) {
		return nil
	}
	first := answer.Errors[0]
	text := first.Code
	if at := pointer(first.Source.Pointer); at != "" {
		text += " at " + at
	} else if isWord(first.Source.Parameter) {
		text += " of " + first.Source.Parameter
	}
	return fault.Refuse(system+"-"+strings.ReplaceAll(strings.ToLower(first.Code), "_", "-"), errors.New(text))
}

// pointer keeps the steps of a JSON pointer that look like names and numbers; other
// steps may be values.
func pointer(s string) string {
	rest, ok := strings.CutPrefix(s, "/")
	if !ok {
		return ""
	}
	steps := strings.Split(rest, "/")
	for i, step := range steps {
		if i == 12 {
			return "/" + strings.Join(steps[:i], "/") + "/…"
		}
		if !isWord(step) {
			steps[i] = "?"
		}
	}
	return "/" + strings.Join(steps, "/")
}

func isWord(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 40
}
