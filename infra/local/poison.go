package local

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"signalbox/infra/local/deployment"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// Poison puts an order.created on the bus whose data holds no order. Every
// function of the type must refuse it into its dead-letter queue.
func (s *System) Poison(ctx context.Context) error {
	bus, err := s.bus()
	if err != nil {
		return err
	}
	h := event.Header{
		SpecVersion: "1.0", Source: "/poison", Type: retail.TypeOrderCreated, Subject: "poison", Time: time.Now().UTC(),
		ContentType: "application/json", DataSchema: event.SchemaURN(retail.OrderCreated{}),
	}
	h.ID = event.DeriveID(h.Source, h.Time.String(), h.Type, h.Subject)
	h.CorrelationID = h.ID
	detail, err := event.Encode(event.Raw{Header: h, Data: []byte(`{"order":{"id":"poison"}}`)})
	if err != nil {
		return err
	}
	answer, err := eventbridge.NewFromConfig(s.Config).PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
		EventBusName: &bus, Source: aws.String("signalbox"), DetailType: aws.String(string(h.Type)), Detail: aws.String(string(detail)),
	}}})
	if err != nil {
		return fmt.Errorf("put poison on the bus: %w", err)
	}
	if answer.FailedEntryCount > 0 {
		return fmt.Errorf("put poison on the bus: %s", aws.ToString(answer.Entries[0].ErrorMessage))
	}
	return nil
}

// TopicName is the name of the topic with that ARN.
func (s *System) TopicName(arn string) string { return deployment.Topic{ARN: arn}.Name() }
