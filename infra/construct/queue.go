package construct

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/alarm"
)

const (
	// sourceRetention is how long an event waits in a function's queue. A message
	// keeps its age when it moves to the dead-letter queue, so that one must keep
	// longer than this.
	sourceRetention = 4 * 24 * time.Hour
	// deadLetterRetention is the longest SQS allows.
	deadLetterRetention = 14 * 24 * time.Hour
	// keyReuse is how long SQS uses one data key; twelve times the default triggerConfig a
	// twelfth of the KMS requests.
	keyReuse = time.Hour
)

// newDeadLetterQueue makes a queue for what could not be handled or delivered.
func newDeadLetterQueue(scope constructs.Construct, id string, shared Foundation) awssqs.Queue {
	return awssqs.NewQueue(scope, &id, &awssqs.QueueProps{
		Encryption:          awssqs.QueueEncryption_KMS,
		EncryptionMasterKey: shared.DataKey,
		DataKeyReuse:        duration(keyReuse),
		EnforceSSL:          jsii.Bool(true),
		RetentionPeriod:     duration(deadLetterRetention),
		RemovalPolicy:       shared.Removal,
	})
}

// allowSend allows a service to put messages of the given sources into the queue.
// The pattern names a kind of source in place of one source: the policy must stand
// before the rule or subscription does, or what comes in between is refused.
func allowSend(queue awssqs.Queue, service, source string) {
	queue.AddToResourcePolicy(Service(queue, service, *queue.QueueArn(), source, "sqs:SendMessage"))
}

func addQueueAlarm(scope constructs.Construct, id string, shared Foundation, kind alarm.Kind, subject string, queue awssqs.Queue) {
	// Visible messages, not sent ones: SQS does not count what it moves into a
	// dead-letter queue itself as sent.
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
	shared.Alarms.Add(scope, id, Alarm{Kind: kind, Subject: subject,
		Metric: queueMetric(queue, "ApproximateNumberOfMessagesVisible", time.Minute)})
}
