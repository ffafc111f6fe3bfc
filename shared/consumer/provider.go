package consumer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/telemetry"
)

// Provider is what a scheduled function does that a stack has a resource of too.
type Provider struct {
	Run Run
	// Settle makes the resource what the request says. Asked twice, it does no harm.
	Settle func(context.Context, ResourceRequest) (Resource, error)
}

// ResourceRequest is what CloudFormation asks about a custom resource:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
type ResourceRequest struct {
	// Type is Create, Update or Delete.
	Type string
	// ID is the resource's physical id; empty at its creation.
	ID string
	// Properties are those of the template.
	Properties jsontext.Value
}

// Resource is the custom resource as it is now.
type Resource struct {
	// ID is its physical id. If it changes, CloudFormation deletes the one of before.
	ID string
	// Attributes are what templates may ask of it.
	Attributes map[string]string
}

// StartProvider runs the function of that name in the catalog, which the clock
// triggers and CloudFormation, about a resource of the stack. CloudFormation is
// answered in any case: by a failed request too, and where the function cannot be
// built, by the reason.
func StartProvider(name string, build func(context.Context, Env) (Provider, error)) {
	process := config.LoadProcess()
	if process.RuntimeAPI == "" {
		fail("", name, errors.New("AWS_LAMBDA_RUNTIME_API is not set: functions run on Lambda, under make local and in tests"))
	}
	p := &provider{name: name, answers: answers{here: process.Rehearsal.Here}}
	p.build = func() (built, error) {
		var b built
		_, err := initialize(name, process, func(ctx context.Context, f catalog.Function, d dependencies) (lambda.Handler, error) {
			made, err := build(ctx, d.env())
			b = built{d.schedule(made.Run), made.Settle}
			return b.schedule, err
		})
		return b, err
	}
	// What is missing now may be there at the next invoke, which then tells if not.
	_, _ = p.ready()
	lambda.StartWithOptions(p)
}

type built struct {
	*schedule
	settle func(context.Context, ResourceRequest) (Resource, error)
}

type provider struct {
	name    string
	build   func() (built, error)
	answers answers

	mu   sync.Mutex
	made *built
}

// ready returns the function, and builds it if that was not possible before: its
// secret may have been filled since.
func (p *provider) ready() (built, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.made == nil {
		b, err := p.build()
		if err != nil {
			return built{}, fmt.Errorf("%s cannot start: %s", p.name, strings.ReplaceAll(err.Error(), "\n", "; "))
		}
		p.made = &b
	}
	return *p.made, nil
}

// Invoke implements lambda.Handler.
func (p *provider) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	asked, about, err := readResource(payload)
	if err != nil {
		return nil, err
	}
	b, err := p.ready()
	if !about {
		if err != nil {
			return nil, err
		}
		return b.Invoke(ctx, payload)
	}
	if failed := p.answers.may(asked.ResponseURL); failed != nil {
		return nil, failed
	}
	reply := reply{
		Status: "FAILED", ID: asked.ID, StackID: asked.StackID, RequestID: asked.RequestID, LogicalID: asked.LogicalID,
	}
	if err != nil {
		reply.Reason = cut(err.Error())
	} else {
		b.answer(ctx, asked, &reply)
	}
	if reply.ID == "" {
		// CloudFormation insists on an id, and will ask to delete this one.
		reply.ID = NeverMade
	}
	if err := p.answers.send(ctx, asked.ResponseURL, reply); err != nil {
		return nil, err
	}
	return []byte("{}"), nil
}

// NeverMade is the physical id of a resource whose creation failed. There is
// nothing to delete of it.
const NeverMade = "never-made"

// answer settles the resource and writes down what came of it.
func (b built) answer(ctx context.Context, asked resourceMessage, r *reply) {
	if asked.Type == "Delete" && asked.ID == NeverMade {
		r.Status = "SUCCESS"
		return
	}
	ctx, cancel := withinHalf(ctx)
	defer cancel()
	_, err := b.observed(ctx, strings.ToLower(asked.Type), func(ctx context.Context) (Report, error) {
		made, err := b.settle(ctx, ResourceRequest{Type: asked.Type, ID: asked.ID, Properties: asked.Properties})
		if err != nil {
			return Report{}, err
		}
		r.Status, r.ID, r.Data = "SUCCESS", made.ID, made.Attributes
		return Report{Notes: map[string]string{"resource": made.ID}}, nil
	})
	if err != nil {
		r.Reason = cut(telemetry.ErrorText(err))
	}
}

// withinHalf keeps half of the invoke's time for the answer.
func withinHalf(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-time.Until(deadline)/2))
}
