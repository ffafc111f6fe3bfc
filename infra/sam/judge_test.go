package sam

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"signalbox/shared/lambdalocal"
)

func TestJudge(t *testing.T) {
	batch := lambdalocal.Batch{{MessageId: aws.String("m1")}}
	for _, c := range []struct{ name, stdout, want string }{
		{"every message was handled", `{"batchItemFailures":[]}` + "\n", ""},
		{"a message is to be delivered again", `{"batchItemFailures":[{"itemIdentifier":"m1"}]}`, "1 of its messages as failed"},
		{"a message of nobody is named", `{"batchItemFailures":[{"itemIdentifier":"m2"}]}`, "names a message that is not of the batch"},
		{"the handler returned an error", `{"errorMessage":"no secret","errorType":"errorString"}`, "errorString: no secret"},
		{"the function timed out", "\n", "no answer"},
		{"the answer is of another kind", `{"statusCode":200}`, "expected batchItemFailures"},
		{"the answer is no JSON", `Traceback`, "expected a batch response"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := judge(batch, []byte(c.stdout))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
