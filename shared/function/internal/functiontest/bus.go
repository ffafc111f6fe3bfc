package functiontest

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// Bus is EventBridge in memory. It accepts what Refuse does not name.
type Bus struct {
	// Details are the events that it accepted.
	Details []string
	// Requests counts the requests.
	Requests int
	// Refuse is part of the events that it refuses.
	Refuse string
}

func (b *Bus) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	b.Requests++
	out := &eventbridge.PutEventsOutput{}
	for _, e := range in.Entries {
		if b.Refuse != "" && strings.Contains(*e.Detail, b.Refuse) {
			out.Entries = append(out.Entries, types.PutEventsResultEntry{ErrorCode: aws.String("InternalFailure")})
			continue
		}
		b.Details = append(b.Details, *e.Detail)
		out.Entries = append(out.Entries, types.PutEventsResultEntry{EventId: aws.String("1")})
	}
	return out, nil
}
