package deployment

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventbridgetypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

type archive struct{ name, source, pattern string }

// supplement does through the services' own APIs what the engine's
// CloudFormation leaves undone: archives, and the expiry of items.
func supplement(ctx context.Context, cfg aws.Config, t Topology) error {
	events := eventbridge.NewFromConfig(cfg)
	for _, a := range t.archives {
		input := &eventbridge.CreateArchiveInput{ArchiveName: &a.name, EventSourceArn: &a.source}
		if a.pattern != "" {
			input.EventPattern = &a.pattern
		}
		_, err := events.CreateArchive(ctx, input)
		var exists *eventbridgetypes.ResourceAlreadyExistsException
		if errors.As(err, &exists) {
			if _, err = events.DeleteArchive(ctx, &eventbridge.DeleteArchiveInput{ArchiveName: &a.name}); err == nil {
				_, err = events.CreateArchive(ctx, input)
			}
		}
		if err != nil {
			return fmt.Errorf("create archive %s: %w", a.name, err)
		}
	}
	tables := dynamodb.NewFromConfig(cfg)
	for _, table := range t.Tables {
		if table.ExpiresBy == "" {
			continue
		}
		_, err := tables.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
			TableName:               &table.Name,
			TimeToLiveSpecification: &dynamodbtypes.TimeToLiveSpecification{AttributeName: &table.ExpiresBy, Enabled: aws.Bool(true)},
		})
		if err != nil {
			return fmt.Errorf("let items of %s expire: %w", table.Name, err)
		}
	}
	return nil
}
