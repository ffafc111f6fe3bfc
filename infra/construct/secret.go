package construct

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/shared/catalog"
)

// NewSecret makes a secret for the keys of a system, for the operator to fill.
// It begins as an object without any of the keys, so that a function that starts
// too early names the key it misses. What generates it never changes, since a
// change would put a new value in place of the operator's.
func NewSecret(scope constructs.Construct, system catalog.System, key awskms.IKey, removal awscdk.RemovalPolicy) Secret {
	secret := awssecretsmanager.NewCfnSecret(scope, jsii.String(ID(system.ID)), &awssecretsmanager.CfnSecretProps{
		Description: jsii.String(system.Title + ": a JSON object with " + strings.Join(system.Secret, ", ")),
		KmsKeyId:    key.KeyArn(),
		GenerateSecretString: awssecretsmanager.CfnSecret_GenerateSecretStringProperty{
			SecretStringTemplate: jsii.String("{}"), GenerateStringKey: jsii.String("placeholder"),
		},
	})
	secret.ApplyRemovalPolicy(removal, nil)
	return Secret{ID: *secret.Ref(), ARN: *secret.Ref()}
}

// ExistingSecret is a secret that the operator made, by ARN or name; the key is
// that of the secret if it has one of its own.
func ExistingSecret(scope constructs.Construct, id, keyARN string) Secret {
	if strings.HasPrefix(id, "arn:") {
		return Secret{ID: id, ARN: id, KeyARN: keyARN}
	}
	// https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html#best-practice
	return Secret{ID: id, ARN: arn(scope, "secretsmanager", "secret:"+id+"-??????"), KeyARN: keyARN}
}
