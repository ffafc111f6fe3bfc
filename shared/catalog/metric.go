package catalog

// MetricNamespace is the CloudWatch namespace of every metric the functions write.
const MetricNamespace = "Signalbox"

// Dimensions of the metrics. Each metric is written once per (Stage, Function)
// and, by functions that an event triggers, once per (Stage, EventType).
const (
	DimensionStage     = "Stage"
	DimensionFunction  = "Function"
	DimensionEventType = "EventType"
)

// Names of the metrics. A count is written only where it is above zero, so an
// alarm treats missing data as not breaching.
const (
	// MetricApplied counts events whose effect was made.
	MetricApplied = "Applied"
	// MetricDuplicates counts deliveries of an event that was applied before.
	MetricDuplicates = "Duplicates"
	// MetricIgnored counts what was acknowledged on purpose without an effect.
	MetricIgnored = "Ignored"
	// MetricStale counts events older than the last applied of their subject.
	MetricStale = "Stale"
	// MetricItemFailures counts records that went back to their queue, requests that
	// went back to their sender, and those answered without the check they asked
	// for; Lambda's own Errors stays 0 for them. It counts failed runs of a schedule too.
	MetricItemFailures = "ItemFailures"
	// MetricDeadLettered counts records the consumer sent to the dead-letter
	// queue itself, Invalid ones included.
	MetricDeadLettered = "DeadLettered"
	// MetricInvalid counts dead-lettered records whose fix is upstream.
	MetricInvalid = "Invalid"
	// MetricRefused counts requests that were turned away, for a signature that is
	// wrong or an address that is none. The answer says so.
	MetricRefused = "Refused"
	// MetricLatencyMs is the time from the event's occurrence to its effect.
	MetricLatencyMs = "LatencyMs"
	// MetricHandleMs is how long one record took to handle.
	MetricHandleMs = "HandleMs"
	// MetricPublished counts the events of one type that an ingress let in; it is
	// the only metric of an ingress that is written per (Stage, EventType).
	MetricPublished = "Published"
)

// What a subscription's status is counted as, once a check: MetricSubscription
// followed by commercetools' own word, or by one of ours.
const (
	MetricSubscription = "Subscription"
	// MetricSubscriptionMissing: there is no such subscription.
	MetricSubscriptionMissing = MetricSubscription + "Missing"
	// MetricSubscriptionUnknown: it has a status that is not known here.
	MetricSubscriptionUnknown = MetricSubscription + "Unknown"
)

// SubscriptionHurt are the statuses in which commercetools keeps what it cannot
// deliver, SubscriptionStopped those in which it keeps nothing.
var (
	SubscriptionHurt = []string{
		MetricSubscription + "ConfigurationError", MetricSubscription + "TemporaryError", MetricSubscriptionUnknown,
	}
	SubscriptionStopped = []string{
		MetricSubscription + "ConfigurationErrorDeliveryStopped", MetricSubscription + "ManuallySuspended", MetricSubscriptionMissing,
	}
)

// What a sweep of the back-fill counts.
const (
	// MetricBackfillRead counts the messages it read.
	MetricBackfillRead = "BackfillRead"
	// MetricBackfillMissed counts those that never arrived and were sent in again.
	MetricBackfillMissed = "BackfillMissed"
	// MetricBackfillGaps counts the numbers that are missing among the messages of
	// a resource in commercetools itself.
	MetricBackfillGaps = "BackfillGaps"
	// MetricBackfillBehind counts the runs that did not reach the present.
	MetricBackfillBehind = "BackfillBehind"
)

// Names of the ledger table's attributes that its definition needs.
const (
	// LedgerKey is the partition key, a string; there is no sort key.
	LedgerKey = "pk"
	// LedgerTTL is the time-to-live attribute, seconds since 1970.
	LedgerTTL = "expires"
)
