package construct

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/alarm"
	"signalbox/shared/catalog"
)

// Ledger is the table that remembers which events were applied.
type Ledger struct{ Table awsdynamodb.Table }

// NewLedger makes the table, on demand, with point-in-time recovery and a
// stream of both images. With retain it cannot be deleted.
func NewLedger(scope constructs.Construct, key awskms.IKey, removal awscdk.RemovalPolicy, retain bool) *Ledger {
	return &Ledger{Table: awsdynamodb.NewTable(scope, jsii.String("Ledger"), &awsdynamodb.TableProps{
		PartitionKey:                     &awsdynamodb.Attribute{Name: jsii.String(catalog.LedgerKey), Type: awsdynamodb.AttributeType_STRING},
		TimeToLiveAttribute:              jsii.String(catalog.LedgerTTL),
		BillingMode:                      awsdynamodb.BillingMode_PAY_PER_REQUEST,
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: jsii.Bool(true)},
		Stream:                           awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES,
		Encryption:                       awsdynamodb.TableEncryption_CUSTOMER_MANAGED,
		EncryptionKey:                    key,
		DeletionProtection:               &retain,
		RemovalPolicy:                    removal,
	})}
}

// Watch makes the alarm about the table.
func (l *Ledger) AddAlarms(scope constructs.Construct, a Alerting) {
	count := func(name string) awscloudwatch.Metric {
		return metric("AWS/DynamoDB", name, "Sum", 5*time.Minute, map[string]string{"TableName": *l.Table.TableName()})
	}
	a.Add(scope, "LedgerAlarm", Alarm{Kind: alarm.Ledger, Subject: "ledger", Periods: 3, Of: 2, Metric: sum(5*time.Minute, map[string]awscloudwatch.Metric{
		"reads": count("ReadThrottleEvents"), "writes": count("WriteThrottleEvents"),
	})})
}
