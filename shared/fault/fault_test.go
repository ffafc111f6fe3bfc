package fault_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"signalbox/shared/fault"
)

func TestConstructors(t *testing.T) {
	cause := errors.New("cause")
	for name, c := range map[string]struct {
		err       error
		kind      fault.Kind
		reason    string
		after     time.Duration
		ambiguous bool
		text      string
	}{
		"a retry is a definite refusal":          {fault.Retry("fedex-429", time.Second, cause), fault.Retryable, "fedex-429", time.Second, false, "fedex-429: cause"},
		"an unknown outcome is ambiguous":        {fault.Unknown("fedex-500", 0, cause), fault.Retryable, "fedex-500", 0, true, "fedex-500: cause"},
		"a refusal is permanent":                 {fault.Refuse("fedex-400", cause), fault.Permanent, "fedex-400", 0, false, "fedex-400: cause"},
		"a malformed event is invalid":           {fault.Malformed(cause), fault.Invalid, "invalid-event", 0, false, "invalid-event: cause"},
		"a wrong field is invalid and named":     {fault.Field("lines[2].quantity", "a whole number above 0"), fault.Invalid, "invalid-event", 0, false, "invalid-event: lines[2].quantity: expected a whole number above 0"},
		"a reason stands alone without a cause":  {fault.Refuse("fedex-400", nil), fault.Permanent, "fedex-400", 0, false, "fedex-400"},
		"an unclassified error":                  {cause, fault.Retryable, "unclassified", 0, true, "cause"},
		"an unclassified expired context":        {context.DeadlineExceeded, fault.Retryable, "unclassified", 0, true, "context deadline exceeded"},
		"a classified error wrapped by a caller": {fmt.Errorf("ship: %w", fault.Refuse("fedex-400", cause)), fault.Permanent, "fedex-400", 0, false, "ship: fedex-400: cause"},
		"of two classifications the outermost":   {fault.Refuse("outer", fault.Retry("inner", time.Hour, cause)), fault.Permanent, "outer", 0, false, "outer: inner: cause"},
		"joined errors by the first classified":  {errors.Join(cause, fault.Malformed(nil), fault.Retry("later", 0, nil)), fault.Invalid, "invalid-event", 0, false, "cause\ninvalid-event\nlater"},
	} {
		t.Run(name, func(t *testing.T) {
			got := fault.Of(c.err)
			if got.Kind != c.kind || fault.KindOf(c.err) != c.kind {
				t.Errorf("kind: got %v and %v, want %v", got.Kind, fault.KindOf(c.err), c.kind)
			}
			if got.Reason != c.reason || got.RetryAfter != c.after || got.Ambiguous != c.ambiguous {
				t.Errorf("got %q after %v ambiguous %v, want %q after %v ambiguous %v",
					got.Reason, got.RetryAfter, got.Ambiguous, c.reason, c.after, c.ambiguous)
			}
			if c.err.Error() != c.text {
				t.Errorf("text: got %q, want %q", c.err, c.text)
			}
		})
	}
}

func TestACauseIsFoundThroughItsClassification(t *testing.T) {
	cause := errors.New("cause")
	for _, err := range []error{fault.Retry("r", 0, cause), fault.Unknown("r", 0, cause), fault.Refuse("r", cause), fault.Malformed(cause)} {
		if !errors.Is(err, cause) {
			t.Errorf("%v hides its cause", err)
		}
	}
	var field *fault.FieldError
	if err := fmt.Errorf("decode: %w", fault.Field("id", "a string")); !errors.As(err, &field) || field.Field != "id" {
		t.Errorf("%v hides its field", err)
	}
}

func TestNoErrorHasNoClassification(t *testing.T) {
	if got := fault.Of(nil); got != nil {
		t.Errorf("Of(nil) = %v", got)
	}
}

func TestKindsAreTheWordsOfMetricsAndDeadLetters(t *testing.T) {
	for kind, want := range map[fault.Kind]string{fault.Retryable: "retryable", fault.Permanent: "permanent", fault.Invalid: "invalid"} {
		if kind.String() != want {
			t.Errorf("%d is %q, want %q", kind, kind, want)
		}
	}
}

func ExampleField() {
	err := fault.Field("data.order.lines[2].quantity", "a whole number above 0")
	fmt.Println(fault.KindOf(err))
	fmt.Println(err)
	// Output:
	// invalid
	// invalid-event: data.order.lines[2].quantity: expected a whole number above 0
}

func ExampleOf() {
	err := fmt.Errorf("create the shipment: %w", fault.Retry("fedex-429", 30*time.Second, nil))
	f := fault.Of(err)
	fmt.Println(f.Kind, f.Reason, f.RetryAfter, f.Ambiguous)
	// Output: retryable fedex-429 30s false
}
