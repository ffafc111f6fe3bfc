// Package construct holds the building blocks of Signalbox's stacks. Each takes
// plain Go values and knows nothing of which functions there are: the catalog is
// walked in package stack. No block sets a physical name, so everything may be
// replaced.
package construct

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Foundation holds what every block of a stage uses: the shared resources of the
// foundation stack and the settings of the stage.
type Foundation struct {
	Stage string
	// DataKey encrypts queues, ledger, secrets, bus and log groups.
	DataKey awskms.IKey
	// TopicKey encrypts topics. It is apart from DataKey, since a topic and the
	// queue it feeds must not name each other in one key's policy.
	TopicKey awskms.IKey
	// BusName and BusARN are those of the stage's bus.
	BusName, BusARN string
	// LedgerName and LedgerARN are those of the idempotency table.
	LedgerName, LedgerARN string
	// TimerGroup is the name of the group of the functions' timers.
	TimerGroup string
	// Secrets are the stage's secrets by system ID.
	Secrets map[string]Secret
	Alarms  Alerting
	// LogDays is how long log lines are kept.
	LogDays int
	// Removal is what becomes of what holds events or logs.
	Removal awscdk.RemovalPolicy
	// ARM64 is the functions' processor; false is x86-64.
	ARM64 bool
}

// Secret is where a function finds a system's keys.
type Secret struct {
	// ID is what GetSecretValue is given: an ARN or a name.
	ID string
	// ARN is what a policy names; for a secret known by name its six random
	// characters are matched by six question marks.
	ARN string
	// KeyARN is the key of a secret that is not encrypted with DataKey.
	KeyARN string
}

// region, account and partition name where the scope's stack is deployed, as
// literals or as tokens.
func region(scope constructs.Construct) string  { return *awscdk.Stack_Of(scope).Region() }
func account(scope constructs.Construct) string { return *awscdk.Stack_Of(scope).Account() }
func partition(scope constructs.Construct) string {
	return *awscdk.Stack_Of(scope).Partition()
}

func arn(scope constructs.Construct, service, resource string) string {
	return "arn:" + partition(scope) + ":" + service + ":" + region(scope) + ":" + account(scope) + ":" + resource
}

func duration(d time.Duration) awscdk.Duration {
	return awscdk.Duration_Seconds(jsii.Number(d.Seconds()))
}

func allow(resources []string, actions ...string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings(actions...), Resources: jsii.Strings(resources...),
	})
}

// Service returns a statement that allows an AWS service to act on the resource for
// this account only, and with a source pattern only for such sources: without
// that a stranger's rule or topic could use the service as its deputy.
func Service(scope constructs.Construct, service, resource, source string, actions ...string) awsiam.PolicyStatement {
	conditions := map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": account(scope)}}
	if source != "" {
		conditions["ArnLike"] = map[string]any{"aws:SourceArn": source}
	}
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(&service, nil)},
		Actions:    jsii.Strings(actions...),
		Resources:  jsii.Strings(resource),
		Conditions: &conditions,
	})
}
