package sam

import (
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	for _, c := range []struct{ name, stdout, want string }{
		{"every message was handled", `{"batchItemFailures":[]}` + "\n", ""},
		{"a message is to be delivered again", `{"batchItemFailures":[{"itemIdentifier":"m1"}]}`, "1 of its messages as failed"},
		{"the handler returned an error", `{"errorMessage":"no secret","errorType":"errorString"}`, "errorString: no secret"},
		{"the function timed out", "\n", "no answer"},
		{"the answer is of another kind", `{"statusCode":200}`, "expected batchItemFailures"},
		{"the answer is no JSON", `Traceback`, "expected a batch response"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := judge([]byte(c.stdout))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
