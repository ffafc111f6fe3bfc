// Package alarm says what each kind of alarm means and what an operator does
// about it. The stacks put it into the alarms' descriptions, the README makes its
// runbooks of it.
package alarm

// Kind is one thing an alarm can mean.
type Kind struct {
	// ID names the kind; its runbook's anchor is "runbook-" + ID.
	ID string
	// Means says what is the case while the alarm stands.
	Means string
	// Do says what the operator does first.
	Do string
	// Essential kinds tell of events that are lost, dead-lettered or late. A stage
	// may have only these.
	Essential bool
}

// Anchor is the README's anchor of the kind's runbook.
func (k Kind) Anchor() string { return "runbook-" + k.ID }

// The kinds of alarms.
var (
	DeadLetters = Kind{ID: "dead-letters", Essential: true,
		Means: "events the function could not handle wait in its dead-letter queue",
		Do:    "read the reason attribute of the messages, mend the cause, redrive within ten days"}
	Undelivered = Kind{ID: "undelivered", Essential: true,
		Means: "the bus or a topic could not deliver events, they wait in the delivery dead-letter queue",
		Do:    "read the ERROR_MESSAGE attribute, mend queue policy or key, move the messages to the function's queue"}
	Lost = Kind{ID: "lost", Essential: true,
		Means: "the bus could neither deliver events nor dead-letter them",
		Do:    "mend the policy of the delivery dead-letter queue, then replay the archive for the time of the alarm to this rule alone"}
	Late = Kind{ID: "late", Essential: true,
		Means: "the oldest event has waited more than five minutes",
		Do:    "look at the function's failures and throttles and at the vendor's status page; nothing is lost yet"}
	Rule = Kind{ID: "rule",
		Means: "the rule fails to deliver events to its target",
		Do:    "look at the delivery dead-letter queue and at what changed in queue policy and key"}
	Failures = Kind{ID: "failures",
		Means: "events have failed and been retried for a quarter of an hour",
		Do:    "group the function's log lines by fault and reason; a vendor that is down needs patience, a refusal needs a fix"}
	Errors = Kind{ID: "errors",
		Means: "invocations crash, time out or do not start; handled failures do not count here",
		Do:    "read the last log lines before the crash; at start it is a missing setting or secret, which the line names"}
	Throttles = Kind{ID: "throttles",
		Means: "Lambda refuses invocations for want of concurrency",
		Do:    "find who uses the account's concurrency up, raise the quota or lower another function's share"}
	Refused = Kind{ID: "refused",
		Means: "requests are turned away: a wrong signature or token, an unknown address, or one that is too large",
		Do:    "group the function's log lines by reason; signature means that the secret and the sender's do not agree, the rest is mostly strangers"}
	Duration = Kind{ID: "duration",
		Means: "invocations come near their timeout",
		Do:    "look for a slow vendor; the rest of a batch is retried, not lost; raise the timeout in the catalog if it stays"}
	Ledger = Kind{ID: "ledger",
		Means: "the ledger throttles or fails, so events are retried",
		Do:    "look at the table's metrics and the account's DynamoDB quotas; events wait in their queues meanwhile"}
	Concurrency = Kind{ID: "concurrency",
		Means: "the account uses four fifths of the default Lambda concurrency",
		Do:    "find the function that grew, ask for a higher quota before functions throttle"}
	Lake = Kind{ID: "lake", Essential: true,
		Means: "events have waited for half an hour to be written to the lake's bucket; after a day Firehose drops them",
		Do:    "read the stream's log group, mend role, key or bucket policy; the events themselves are in the archive"}
	Silence = Kind{ID: "silence", Essential: true,
		Means: "nothing has come in from commercetools for longer than the stage allows",
		Do:    "read the subscription's status in commercetools: a stopped subscription discards notifications"}
)

// Kinds returns all kinds in the order of the runbooks.
func Kinds() []Kind {
	return []Kind{
		DeadLetters, Undelivered, Lost, Late, Silence, Failures, Errors, Throttles, Refused, Duration, Rule, Ledger, Lake, Concurrency,
	}
}
