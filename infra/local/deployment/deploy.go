package deployment

import (
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
	"github.com/go-json-experiment/json"
)

const stackWithin = 60 * time.Second

// Deploy brings the stacks into the engine behind cfg, in order, and returns what
// stands there. Stacks of the same names that are already there are replaced.
// The stacks are changed on the way.
func Deploy(ctx context.Context, cfg aws.Config, stacks []Stack) (Topology, error) {
	client := cloudformation.NewFromConfig(cfg)
	for _, s := range slices.Backward(stacks) {
		if err := remove(ctx, client, s.Name); err != nil {
			return Topology{}, err
		}
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
		outputs, err := create(ctx, client, s)
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
	client := cloudformation.NewFromConfig(cfg)
	for _, s := range slices.Backward(stacks) {
		if err := remove(ctx, client, s.Name); err != nil {
			return err
		}
	}
	return nil
}

func create(ctx context.Context, client *cloudformation.Client, s *Stack) (map[string]string, error) {
	body, err := json.Marshal(s.Template, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	_, err = client.CreateStack(ctx, &cloudformation.CreateStackInput{
		StackName: &s.Name, TemplateBody: aws.String(string(body)),
		Capabilities: []types.Capability{types.CapabilityCapabilityIam, types.CapabilityCapabilityNamedIam},
	})
	if err != nil {
		return nil, fmt.Errorf("create stack %s: %w", s.Name, err)
	}
	stack, err := settled(ctx, client, s.Name)
	if err != nil {
		return nil, err
	}
	if stack == nil || stack.StackStatus != types.StackStatusCreateComplete {
		return nil, fmt.Errorf("the engine did not take stack %s: %s", s.Name, failure(ctx, client, s.Name))
	}
	outputs := map[string]string{}
	for _, o := range stack.Outputs {
		outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return outputs, nil
}

// settled waits until nothing happens to the stack; nil if there is none.
func settled(ctx context.Context, client *cloudformation.Client, name string) (*types.Stack, error) {
	ctx, cancel := context.WithTimeout(ctx, stackWithin)
	defer cancel()
	for {
		answer, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
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

func remove(ctx context.Context, client *cloudformation.Client, name string) error {
	stack, err := settled(ctx, client, name)
	if err != nil || stack == nil || stack.StackStatus == types.StackStatusDeleteComplete {
		return err
	}
	if _, err := client.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: &name}); err != nil {
		return fmt.Errorf("remove stack %s: %w", name, err)
	}
	if stack, err = settled(ctx, client, name); err != nil {
		return err
	}
	if stack != nil && stack.StackStatus != types.StackStatusDeleteComplete {
		return fmt.Errorf("stack %s could not be removed: %s", name, stack.StackStatus)
	}
	return nil
}

// failure collects why resources of a stack could not be made.
func failure(ctx context.Context, client *cloudformation.Client, name string) error {
	answer, err := client.DescribeStackEvents(ctx, &cloudformation.DescribeStackEventsInput{StackName: &name})
	if err != nil {
		return err
	}
	reasons := map[string]bool{}
	for _, e := range answer.StackEvents {
		if strings.HasSuffix(string(e.ResourceStatus), "_FAILED") {
			reasons[fmt.Sprintf("%s: %s", aws.ToString(e.LogicalResourceId), aws.ToString(e.ResourceStatusReason))] = true
		}
	}
	if len(reasons) == 0 {
		return errors.New("it gave no reason")
	}
	return errors.New(strings.Join(slices.Sorted(maps.Keys(reasons)), "; "))
}
