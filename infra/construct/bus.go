package construct

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/alarm"
)

// BusProps describe the bus.
type BusProps struct {
	Stage       string
	Keys        Keys
	ArchiveDays int
	Removal     awscdk.RemovalPolicy
}

// Bus is the event bus with its archive and the queue of what it could not
// encrypt or decrypt.
type Bus struct {
	Name, ARN string
	Delivery  awssqs.Queue
}

// NewBus makes the bus. Its archive has a key of its own, so that who may read
// what is in flight need not read weeks of what was, and because one key for both
// makes the template circular.
func NewBus(scope constructs.Construct, p BusProps) *Bus {
	scope = constructs.NewConstruct(scope, jsii.String("Bus"))
	delivery := newDeadLetterQueue(scope, "DeliveryDeadLetterQueue", Foundation{DataKey: p.Keys.Data, Removal: p.Removal})
	bus := awsevents.NewEventBus(scope, jsii.String("Bus"), &awsevents.EventBusProps{
		Description:     jsii.String("Signalbox " + p.Stage),
		KmsKey:          p.Keys.Data,
		DeadLetterQueue: delivery,
	})
	allowSend(delivery, "events.amazonaws.com", *bus.EventBusArn())
	bus.ApplyRemovalPolicy(p.Removal)
	archive := awsevents.NewCfnArchive(scope, jsii.String("Archive"), &awsevents.CfnArchiveProps{
		Description:      jsii.String("Signalbox " + p.Stage + ": everything the bus took, for replays"),
		SourceArn:        bus.EventBusArn(),
		EventPattern:     map[string]any{"source": []any{eventSource}},
		KmsKeyIdentifier: p.Keys.Archive.KeyArn(),
		RetentionDays:    jsii.Number(p.ArchiveDays),
	})
	archive.ApplyRemovalPolicy(p.Removal, nil)
	return &Bus{Name: *bus.EventBusName(), ARN: *bus.EventBusArn(), Delivery: delivery}
}

// Watch makes the alarm about what the bus could not encrypt or decrypt.
func (b *Bus) AddAlarms(scope constructs.Construct, shared Foundation) {
	addQueueAlarm(scope, "BusAlarm", shared, alarm.Undelivered, "bus", b.Delivery)
}
