package construct

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Keys are the encryption keys of a stage.
type Keys struct {
	Data, Topic, Archive awskms.Key
}

// NewKeys makes the keys and allows exactly those services and, with
// commercetools, that sender use them who put something encrypted somewhere.
func NewKeys(scope constructs.Construct, stage string, removal awscdk.RemovalPolicy, commercetools bool) Keys {
	scope = constructs.NewConstruct(scope, jsii.String("Keys"))
	data := newKey(scope, "Data", "Signalbox "+stage+": queues, ledger, secrets, bus, logs", removal)
	topic := newKey(scope, "Topic", "Signalbox "+stage+": topics", removal)
	archive := newKey(scope, "Archive", "Signalbox "+stage+": archive of the bus", removal)

	grant(data, Service(scope, "events.amazonaws.com", "*", "", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"))
	grant(data, Service(scope, "sns.amazonaws.com", "*", "", "kms:Decrypt", "kms:GenerateDataKey"))
	// Log groups of this stage only: CloudFormation begins their names with the
	// stack's.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
	logs := awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("logs."+region(scope)+".amazonaws.com"), nil)},
		Actions:    jsii.Strings("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
		Resources:  jsii.Strings("*"),
		Conditions: &map[string]any{"ArnLike": map[string]any{
			"kms:EncryptionContext:aws:logs:arn": arn(scope, "logs", "log-group:signalbox-"+stage+"-*"),
		}},
	})
	grant(data, logs)

	// EventBridge's requests for a topic's key do not carry the source's account, so
	// a condition on it would drop every event without a word; the topic is named.
	// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
	grant(topic, awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil)},
		Actions:    jsii.Strings("kms:Decrypt", "kms:GenerateDataKey"),
		Resources:  jsii.Strings("*"),
		Conditions: &map[string]any{"ArnLike": map[string]any{
			"kms:EncryptionContext:aws:sns:topicArn": arn(scope, "sns", "signalbox-"+stage+"-*"),
		}},
	}))
	grant(topic, Service(scope, "cloudwatch.amazonaws.com", "*", "", "kms:Decrypt", "kms:GenerateDataKey"))

	// https://docs.aws.amazon.com/eventbridge/latest/userguide/encryption-archives.html
	grant(archive, Service(scope, "events.amazonaws.com", "*", "",
		"kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"))

	if commercetools {
		grant(data, senderThrough(scope, "sqs"))
		grant(topic, senderThrough(scope, "sns"))
	}
	return Keys{Data: data, Topic: topic, Archive: archive}
}

func newKey(scope constructs.Construct, id, description string, removal awscdk.RemovalPolicy) awskms.Key {
	return awskms.NewKey(scope, &id, &awskms.KeyProps{
		Description: &description, EnableKeyRotation: jsii.Bool(true), RemovalPolicy: removal,
	})
}

func grant(key awskms.Key, statement awsiam.PolicyStatement) {
	key.AddToResourcePolicy(statement, jsii.Bool(false))
}

// senderThrough allows commercetools to encrypt what it sends through one service.
// In a key's own policy "*" is that key.
func senderThrough(scope constructs.Construct, service string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{awsiam.NewArnPrincipal(jsii.String(CommercetoolsSender))},
		Actions:    jsii.Strings("kms:Decrypt", "kms:GenerateDataKey"),
		Resources:  jsii.Strings("*"),
		Conditions: &map[string]any{"StringEquals": map[string]any{
			"kms:ViaService": service + "." + region(scope) + ".amazonaws.com",
		}},
	})
}
