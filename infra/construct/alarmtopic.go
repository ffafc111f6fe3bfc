package construct

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// NewAlarmTopic makes the topic that every alarm of the stage publishes to, and
// subscribes the addresses. A topic with a policy of its own no longer
// allows CloudWatch by default, so the policy does.
func NewAlarmTopic(scope constructs.Construct, key awskms.IKey, email []string) awssns.Topic {
	topic := newTopic(scope, "AlarmTopic", Foundation{TopicKey: key})
	topic.AddToResourcePolicy(Service(scope, "cloudwatch.amazonaws.com", *topic.TopicArn(), arn(scope, "cloudwatch", "alarm:*"), "sns:Publish"))
	for _, address := range email {
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(address), nil))
	}
	return topic
}
