// Package alarm says what each kind of alarm means and what an operator does
// about it. The stacks put it into the alarms' descriptions, the README makes its
// runbooks of it.
package alarm

// Kind is one thing an alarm can mean.
type Kind struct {
	// ID names the kind; its runbook's anchor is "runbook-" + ID.
	ID string
	// Means says what the alarm means.
	Means string
	// Do says what the operator does first.
	Do string
	// Essential kinds report events that are lost, dead-lettered or late. A stage
	// may have only these.
	Essential bool
	// Missing kinds stand while there is no data.
	Missing bool
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
	TimerUndelivered = Kind{ID: "timer-undelivered", Essential: true,
		Means: "Scheduler could not deliver timers of the function in a day, they wait in the queue of undelivered timers",
		Do:    "read the ERROR_MESSAGE attribute, mend the role of the timers or the key, move the messages to the function's queue"}
	TimerLost = Kind{ID: "timer-lost", Essential: true,
		Means: "Scheduler could neither deliver timers nor dead-letter them",
		Do:    "mend the role of the timers and the key, then look for timers in the ledger whose time is over and that did not fire"}
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
	Skipped = Kind{ID: "skipped", Essential: true,
		Means: "records held up their partition of the Kafka topic for a day and were left out; the queue names their positions",
		Do:    "mend the cause, read the records by partition and offset from the topic and put them into the ingress queue"}
	Lagging = Kind{ID: "lagging",
		Means: "the function is more than a thousand records behind the Kafka topic",
		Do:    "look at the function's failures: a record that fails holds its partition; if there are none, raise ingress.kafka.pollers"}
	Silence = Kind{ID: "silence", Essential: true, Missing: true,
		Means: "nothing has come in from commercetools for longer than the stage allows",
		Do:    "read the subscription's status in commercetools: a stopped subscription discards notifications"}
	TypeSilence = Kind{ID: "type-silence", Essential: true, Missing: true,
		Means: "no event of one type has come in for longer than the stage allows",
		Do:    "ask whether the shop really had none; if it had, compare the subscription's messages with the README and look at the ingress's log for the type"}
	Stopped = Kind{ID: "subscription-stopped", Essential: true,
		Means: "the subscription is stopped, suspended or gone, and commercetools keeps nothing: notifications are being lost now",
		Do:    "mend the queue's policy or key, deploy again or change the destination, then have the back-fill read the time in between; see \"A subscription that stopped\""}
	Unhealthy = Kind{ID: "subscription-unhealthy", Essential: true,
		Means: "commercetools cannot deliver; it keeps the notifications for some time and then stops",
		Do:    "look at what changed in the queue's policy and key and at the status page of AWS; once it is mended, what was kept is delivered"}
	RunFailed = Kind{ID: "run-failed", Essential: true,
		Means: "a scheduled run failed in all its tries; its request waits in the queue of failed runs",
		Do:    "read the function's log line of the time, mend the cause; the next run does the work, so the message may be deleted"}
	RunMissing = Kind{ID: "run-missing", Essential: true, Missing: true,
		Means: "a function that runs on a schedule has not run",
		Do:    "look at its rule and at its throttles; once it runs again, it does what was left"}
	Missed = Kind{ID: "missed",
		Means: "the back-fill found messages that commercetools never delivered, and has sent them in",
		Do:    "nothing is lost; if it goes on, read the subscription's status and the queue's policy"}
	Gaps = Kind{ID: "gaps",
		Means: "numbers are missing among the messages of a resource in commercetools itself",
		Do:    "have the back-fill read the last hours again: a message may have become visible late; one that is older than deleteDaysAfterCreation is gone"}
	Behind = Kind{ID: "behind", Essential: true,
		Means: "the back-fill has not reached the present for an hour",
		Do:    "raise BACKFILL_RATE, or find what commercetools or the ledger answers so slowly"}
)

// Kinds returns all kinds in the order of the runbooks.
func Kinds() []Kind {
	return []Kind{
		DeadLetters, Undelivered, Lost, TimerUndelivered, TimerLost, Late, Skipped, Stopped, Unhealthy, Silence, TypeSilence, RunFailed, RunMissing, Missed, Gaps, Behind, Failures, Errors, Throttles, Refused, Duration, Rule, Lagging,
		Ledger, Lake, Concurrency,
	}
}
