package deployment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/go-json-experiment/json"
)

const stackWithin = 60 * time.Second

// Deploy brings the stacks into the engine behind cfg, in order, and returns what
// stands there. Stacks of the same names that are already there are replaced.
// The stacks are changed on the way.
func Deploy(ctx context.Context, cfg aws.Config, stacks []Stack) (Topology, error) {
	e := newReceiver(cfg)
	if err := e.removeAll(ctx, stacks); err != nil {
		return Topology{}, err
	}
	var t Topology
	for i := range stacks {
		s := &stacks[i]
		left, err := treat(s)
		if err != nil {
			return Topology{}, err
		}
		t.Left = append(t.Left, left...)
		q := questions{stack: s}
		answer, err := q.ask(left)
		if err != nil {
			return Topology{}, fmt.Errorf("stack %s: %w", s.Name, err)
		}
		outputs, err := e.create(ctx, s)
		if err != nil {
			return Topology{}, err
		}
		q.answers = outputs
		if err := answer(&t); err != nil {
			return Topology{}, fmt.Errorf("stack %s: %w", s.Name, err)
		}
	}
	if err := t.connect(); err != nil {
		return Topology{}, err
	}
	return t, supplement(ctx, cfg, t)
}

// Remove takes the stacks out of the engine again.
func Remove(ctx context.Context, cfg aws.Config, stacks []Stack) error {
	return newReceiver(cfg).removeAll(ctx, stacks)
}

// receiver is the part of the engine that takes templates.
type receiver struct {
	url, region string

	stacks *cloudformation.Client
	files  *s3.Client
}

func newReceiver(cfg aws.Config) receiver {
	return receiver{
		url:    aws.ToString(cfg.BaseEndpoint),
		region: cfg.Region,
		stacks: cloudformation.NewFromConfig(cfg),
		files:  s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }),
	}
}

// templates is the bucket that holds templates, which are too large for the call itself.
const templates = "signalbox-local-templates"

// store puts a template where CloudFormation reads it and returns its address.
func (e receiver) store(ctx context.Context, stack string, template []byte) (string, error) {
	_, err := e.files.CreateBucket(ctx, &s3.CreateBucketInput{
		Bucket:                    aws.String(templates),
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(e.region)},
	})
	var owned *s3types.BucketAlreadyOwnedByYou
	if err != nil && !errors.As(err, &owned) {
		return "", fmt.Errorf("make a bucket for the templates: %w", err)
	}
	key := stack + ".json"
	_, err = e.files.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(templates), Key: &key, Body: bytes.NewReader(template)})
	if err != nil {
		return "", fmt.Errorf("store the template of %s: %w", stack, err)
	}
	return e.url + "/" + templates + "/" + key, nil
}

func (e receiver) removeAll(ctx context.Context, stacks []Stack) error {
	for _, s := range slices.Backward(stacks) {
		if err := e.remove(ctx, s.Name); err != nil {
			return err
		}
	}
	return nil
}

func (e receiver) create(ctx context.Context, s *Stack) (map[string]string, error) {
	body, err := json.Marshal(s.Template, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	address, err := e.store(ctx, s.Name, body)
	if err != nil {
		return nil, err
	}
	_, err = e.stacks.CreateStack(ctx, &cloudformation.CreateStackInput{
		StackName: &s.Name, TemplateURL: &address,
		Capabilities: []types.Capability{types.CapabilityCapabilityIam, types.CapabilityCapabilityNamedIam},
	})
	if err != nil {
		return nil, fmt.Errorf("create stack %s: %w", s.Name, err)
	}
	stack, err := e.settled(ctx, s.Name)
	if err != nil {
		return nil, err
	}
	if stack == nil || stack.StackStatus != types.StackStatusCreateComplete {
		return nil, fmt.Errorf("the engine did not take stack %s: %s", s.Name, e.failure(ctx, s.Name))
	}
	outputs := map[string]string{}
	for _, o := range stack.Outputs {
		outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return outputs, nil
}

// settled waits until nothing happens to the stack; nil if there is none.
func (e receiver) settled(ctx context.Context, name string) (*types.Stack, error) {
	ctx, cancel := context.WithTimeout(ctx, stackWithin)
	defer cancel()
	for {
		answer, err := e.stacks.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
		if err != nil {
			if strings.Contains(err.Error(), "does not exist") {
				return nil, nil
			}
			return nil, fmt.Errorf("stack %s: %w", name, err)
		}
		if len(answer.Stacks) > 0 && !strings.HasSuffix(string(answer.Stacks[0].StackStatus), "_IN_PROGRESS") {
			return &answer.Stacks[0], nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("stack %s was not ready within %s", name, stackWithin)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (e receiver) remove(ctx context.Context, name string) error {
	stack, err := e.settled(ctx, name)
	if err != nil || stack == nil || stack.StackStatus == types.StackStatusDeleteComplete {
		return err
	}
	if _, err := e.stacks.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: &name}); err != nil {
		return fmt.Errorf("remove stack %s: %w", name, err)
	}
	if stack, err = e.settled(ctx, name); err != nil {
		return err
	}
	if stack != nil && stack.StackStatus != types.StackStatusDeleteComplete {
		return fmt.Errorf("stack %s could not be removed: %s", name, stack.StackStatus)
	}
	return nil
}

// failure collects why resources of a stack could not be made.
func (e receiver) failure(ctx context.Context, name string) error {
	answer, err := e.stacks.DescribeStackEvents(ctx, &cloudformation.DescribeStackEventsInput{StackName: &name})
	if err != nil {
		return err
	}
	reasons := map[string]bool{}
	for _, happened := range answer.StackEvents {
		if strings.HasSuffix(string(happened.ResourceStatus), "_FAILED") {
			reasons[fmt.Sprintf("%s: %s", aws.ToString(happened.LogicalResourceId), aws.ToString(happened.ResourceStatusReason))] = true
		}
	}
	if len(reasons) == 0 {
		return errors.New("it gave no reason")
	}
	return errors.New(strings.Join(slices.Sorted(maps.Keys(reasons)), "; "))
}
