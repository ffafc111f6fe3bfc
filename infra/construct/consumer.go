package construct

import (
	"cmp"
	"maps"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/alarm"
	"signalbox/shared/catalog"
	"signalbox/shared/config"
)

// Consumer is a queue with its dead-letter queue, the function that reads it and
// the alarms about all three. Who fills the queue is added by EventFunction and
// Ingress.
type Consumer struct {
	*Worker
	Queue      awssqs.Queue
	DeadLetter awssqs.Queue
	// Delivery takes what the bus or a topic could not deliver into Queue; nil if
	// neither fills it.
	Delivery awssqs.Queue

	// timers are nil for a function that keeps none.
	timers *timers
}

// Surge is how a queue is read where the stage says it otherwise than the catalog;
// the zero value is the catalog's way.
type Surge struct {
	// Concurrency bounds concurrent invokes; 0 is what the system's rate allows.
	Concurrency int
	// MinPollers and MaxPollers are pollers that are kept ready, instead of
	// that bound; 0 is none.
	MinPollers, MaxPollers int
	// BatchSize is 0 for the catalog's; Window is how long a batch may wait to fill.
	BatchSize int
	Window    time.Duration
}

// newConsumer makes the consumer. maxMessageBytes bounds the queue's messages; 0
// is the 1 MiB of SQS.
func newConsumer(scope constructs.Construct, p FunctionProps, maxMessageBytes int) *Consumer {
	shared, f := p.Foundation, p.Function
	dead := newDeadLetterQueue(scope, "DeadLetterQueue", shared)
	queue := awssqs.NewQueue(scope, jsii.String("Queue"), &awssqs.QueueProps{
		Encryption:          awssqs.QueueEncryption_KMS,
		EncryptionMasterKey: shared.DataKey,
		DataKeyReuse:        duration(keyReuse),
		EnforceSSL:          jsii.Bool(true),
		RetentionPeriod:     duration(sourceRetention),
		VisibilityTimeout:   duration(f.Visibility() + p.Surge.Window),
		DeadLetterQueue:     &awssqs.DeadLetterQueue{Queue: dead, MaxReceiveCount: jsii.Number(catalog.MaxReceive)},
	})
	if maxMessageBytes > 0 {
		queue.Node().DefaultChild().(awssqs.CfnQueue).SetMaximumMessageSize(jsii.Number(maxMessageBytes))
	}
	has := triggerConfig{
		environment: map[string]*string{config.QueueURL: queue.QueueUrl(), config.DLQURL: dead.QueueUrl()},
		statements: []awsiam.PolicyStatement{
			allow([]string{*queue.QueueArn()}, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"),
			allow([]string{*dead.QueueArn()}, "sqs:SendMessage"),
		},
	}
	var timers *timers
	if f.Timers() {
		timers = newTimers(scope, p, queue)
		maps.Copy(has.environment, timers.config.environment)
		has.statements = append(has.statements, timers.config.statements...)
	}
	worker := newWorker(scope, p, has)
	mapping := &awslambda.EventSourceMappingProps{
		Target:                  worker.Lambda,
		EventSourceArn:          queue.QueueArn(),
		BatchSize:               jsii.Number(cmp.Or(p.Surge.BatchSize, catalog.BatchSize)),
		MaxBatchingWindow:       duration(p.Surge.Window),
		ReportBatchItemFailures: jsii.Bool(true),
	}
	if p.Surge.MaxPollers > 0 {
		mapping.ProvisionedPollerConfig = &awslambda.ProvisionedPollerConfig{
			MinimumPollers: jsii.Number(p.Surge.MinPollers), MaximumPollers: jsii.Number(p.Surge.MaxPollers),
		}
	} else {
		mapping.MaxConcurrency = jsii.Number(cmp.Or(p.Surge.Concurrency, f.MaxConcurrency()))
	}
	awslambda.NewEventSourceMapping(scope, jsii.String("Mapping"), mapping)
	c := &Consumer{Worker: worker, Queue: queue, DeadLetter: dead, timers: timers}
	c.addQueueAlarms(shared)
	return c
}

// deliverFrom allows a service to fill the queue, and puts what it cannot deliver
// into the delivery dead-letter queue.
func (c *Consumer) deliverFrom(shared Foundation, service, source string) {
	if c.Delivery == nil {
		c.Delivery = newDeadLetterQueue(c.scope, "DeliveryDeadLetterQueue", shared)
		addQueueAlarm(c.scope, "UndeliveredAlarm", shared, alarm.Undelivered, c.Function.Name, c.Delivery)
	}
	allowSend(c.Queue, service, source)
	allowSend(c.Delivery, service, source)
}
