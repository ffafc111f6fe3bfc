package stack

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// exception is a finding of cdk-nag that stands for what the constructs of one
// id are.
type exception struct {
	construct string
	rule      string
	// finding narrows a rule that reports several findings; empty is all.
	finding string
	reason  string
}

// applies is the finding as cdk-nag takes it: a regular expression between slashes
// is another type than a text.
func (e exception) applies() any {
	if strings.HasPrefix(e.finding, "/") {
		return &cdknag.RegexAppliesTo{Regex: &e.finding}
	}
	return e.finding
}

var exceptions = []exception{
	{"DeliveryDeadLetterQueue", "AwsSolutions-SQS3", "",
		"It is the dead-letter queue of a rule, a subscription or the bus; cdk-nag knows only those of queues."},
	{"RequestDeadLetterQueue", "AwsSolutions-SQS3", "",
		"It is the dead-letter queue of a function behind an address, which fills it itself; cdk-nag knows only those of queues."},
	{"FailedRuns", "AwsSolutions-SQS3", "",
		"It is where Lambda puts runs that failed; cdk-nag knows only the dead-letter queues of queues."},
	{"Role", "AwsSolutions-IAM5", "Resource::*",
		"X-Ray and the network of a poller have no resources that a policy could name. The tests see to it that nothing else is allowed on every resource."},
	{"Kafka", "AwsSolutions-SQS3", "",
		"Both are dead-letter queues: of the function, which fills it itself, and of a mapping; cdk-nag knows only those of queues."},
	{"TimerDeadLetterQueue", "AwsSolutions-SQS3", "",
		"It is where Scheduler puts timers that it cannot deliver; cdk-nag knows only those of queues."},
	{"Role", "AwsSolutions-IAM5", "/^Resource::.*:schedule\\/.*$/g",
		"A timer's schedule is named when it is set; a function may make those that begin with its own name."},
	{"DeliveryRole", "AwsSolutions-IAM5", "",
		"Firehose names the objects it writes itself, below events/ and errors/ of the lake's bucket."},
	{"Lake", "AwsSolutions-S1", "",
		"Firehose alone writes the bucket; who asked what of it stands in the history of Athena's workgroup."},
	{"Secrets", "AwsSolutions-SMG4", "",
		"The keys are issued by the vendor, who alone can rotate them; the operator fills the new ones in."},
}

// checkPractices has cdk-nag judge every resource by AWS's practices for
// solutions. It is the only place that knows cdk-nag.
func checkPractices(app awscdk.App) {
	for _, node := range *app.Node().FindAll(constructs.ConstructOrder_PREORDER) {
		for _, e := range exceptions {
			if *node.Node().Id() != e.construct {
				continue
			}
			suppression := cdknag.NagPackSuppression{Id: &e.rule, Reason: &e.reason}
			if e.finding != "" {
				suppression.AppliesTo = &[]any{e.applies()}
			}
			cdknag.NagSuppressions_AddResourceSuppressions(node, &[]*cdknag.NagPackSuppression{&suppression}, jsii.Bool(true))
		}
	}
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{}), nil)
}
