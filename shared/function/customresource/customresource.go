// Package customresource runs a scheduled function that a stack has a resource of
// too: CloudFormation asks it to create, update or delete the resource, and its
// schedule keeps the resource healthy.
//
//	func main() {
//		customresource.Start("subscription", func(_ context.Context, env function.Env) (customresource.Provider, error) {
//			client, err := commercetools.New(env.Config)
//			if err != nil {
//				return customresource.Provider{}, err
//			}
//			h := handler{shop: client}
//			return customresource.Provider{Run: h.check, Apply: h.apply}, nil
//		})
//	}
package customresource

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/config"
	"signalbox/shared/function"
	"signalbox/shared/function/schedule"
	"signalbox/shared/telemetry"
)

// Provider is what a scheduled function does that a stack has a resource of too.
type Provider struct {
	Run schedule.Run
	// Apply makes the resource what the request says. It may be called twice for one
	// request.
	Apply func(context.Context, Request) (Resource, error)
}

// Request is what CloudFormation asks about a custom resource:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
type Request struct {
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

// Start runs the function of that name in the catalog, which a
// schedule triggers, and CloudFormation about a resource of the stack. CloudFormation is
// answered in any case: by a failed request too, and where the function cannot be
// built, by the reason.
func Start(name string, build func(context.Context, function.Env) (Provider, error)) {
	process := config.LoadProcess()
	if process.RuntimeAPI == "" {
		function.Fail("", name, errors.New("AWS_LAMBDA_RUNTIME_API is not set: functions run on Lambda, under make local and in tests"))
	}
	p := &provider{name: name, answers: answers{local: process.Rehearsal.Here}}
	p.build = func() (built, error) {
		var b built
		_, err := function.Initialize(name, process, func(ctx context.Context, p function.Parts) (lambda.Handler, error) {
			made, err := build(ctx, p.Env())
			b = built{schedule.New(p.Recorder(), made.Run), made.Apply}
			return b.Function, err
		})
		return b, err
	}
	// What is missing now may be there at the next invoke, which reports it if not.
	_, _ = p.ready()
	lambda.StartWithOptions(p)
}

type built struct {
	*schedule.Function
	apply func(context.Context, Request) (Resource, error)
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
	if failed := p.answers.check(asked.ResponseURL); failed != nil {
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

// answer applies the request and reports the outcome.
func (b built) answer(ctx context.Context, asked resourceMessage, r *reply) {
	if asked.Type == "Delete" && asked.ID == NeverMade {
		r.Status = "SUCCESS"
		return
	}
	ctx, cancel := withinHalf(ctx)
	defer cancel()
	_, err := b.Observed(ctx, strings.ToLower(asked.Type), func(ctx context.Context) (schedule.Report, error) {
		made, err := b.apply(ctx, Request{Type: asked.Type, ID: asked.ID, Properties: asked.Properties})
		if err != nil {
			return schedule.Report{}, err
		}
		r.Status, r.ID, r.Data = "SUCCESS", made.ID, made.Attributes
		return schedule.Report{Notes: map[string]string{"resource": made.ID}}, nil
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
