package construct

import (
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsathena"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsglue"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesisfirehose"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/alarm"
	"signalbox/shared/catalog"
	"signalbox/shared/config"
)

// LakeProps describe the lake.
type LakeProps struct {
	Foundation Foundation
	// Types are the types of events the lake has partitions of.
	Types []string
	// Days is how long events are kept.
	Days int
}

// Lake is where every event lies, masked: a delivery stream that files events by
// type and day into a bucket, and the table and queries that Athena reads it by. It
// has a key of its own, so that who may ask the lake need not be able to read what
// is in flight.
type Lake struct {
	Bucket    awss3.Bucket
	Stream    awskinesisfirehose.CfnDeliveryStream
	Workgroup string

	key awskms.Key
}

// NewLake makes the lake.
func NewLake(scope constructs.Construct, p LakeProps) *Lake {
	scope = constructs.NewConstruct(scope, jsii.String("Lake"))
	l := &Lake{key: newKey(scope, "Key", "Signalbox "+p.Foundation.Stage+": the lake", p.Foundation.Removal)}
	l.Bucket = awss3.NewBucket(scope, jsii.String("Bucket"), &awss3.BucketProps{
		Encryption:        awss3.BucketEncryption_KMS,
		EncryptionKey:     l.key,
		BucketKeyEnabled:  jsii.Bool(true),
		EnforceSSL:        jsii.Bool(true),
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		ObjectOwnership:   awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		RemovalPolicy:     p.Foundation.Removal,
		LifecycleRules: &[]*awss3.LifecycleRule{
			expire("events/", p.Days), expire("errors/", p.Days), expire("results/", 7),
		},
	})
	l.deliver(scope, p)
	l.describe(scope, p)
	p.Foundation.Alarms.Add(scope, "LakeAlarm", Alarm{
		Kind: alarm.Lake, Subject: "lake", Over: (30 * time.Minute).Seconds(), Periods: 3,
		Metric: metric("AWS/Firehose", "DeliveryToS3.DataFreshness", "Maximum", fiveMinutes, map[string]string{"DeliveryStreamName": *l.Stream.Ref()}),
	})
	return l
}

func expire(prefix string, days int) *awss3.LifecycleRule {
	return &awss3.LifecycleRule{
		Prefix: &prefix, Expiration: awscdk.Duration_Days(jsii.Number(days)), AbortIncompleteMultipartUploadAfter: awscdk.Duration_Days(jsii.Number(7)),
	}
}

// deliver makes the stream. Types and days are read from each record, so that a
// type that is added later needs no change here.
// https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html
func (l *Lake) deliver(scope constructs.Construct, p LakeProps) {
	logs := awslogs.NewLogGroup(scope, jsii.String("Logs"), &awslogs.LogGroupProps{
		EncryptionKey: p.Foundation.DataKey, RemovalPolicy: p.Foundation.Removal, Retention: awslogs.RetentionDays_INFINITE,
	})
	logs.Node().DefaultChild().(awslogs.CfnLogGroup).SetRetentionInDays(jsii.Number(p.Foundation.LogDays))
	written := awslogs.NewLogStream(scope, jsii.String("LogStream"), &awslogs.LogStreamProps{LogGroup: logs, RemovalPolicy: p.Foundation.Removal})
	role := l.newDeliveryRole(scope, *logs.LogGroupArn())
	l.Stream = awskinesisfirehose.NewCfnDeliveryStream(scope, jsii.String("Stream"), &awskinesisfirehose.CfnDeliveryStreamProps{
		DeliveryStreamType: jsii.String("DirectPut"),
		DeliveryStreamEncryptionConfigurationInput: awskinesisfirehose.CfnDeliveryStream_DeliveryStreamEncryptionConfigurationInputProperty{
			KeyType: jsii.String("CUSTOMER_MANAGED_CMK"), KeyArn: l.key.KeyArn(),
		},
		ExtendedS3DestinationConfiguration: awskinesisfirehose.CfnDeliveryStream_ExtendedS3DestinationConfigurationProperty{
			BucketArn:         l.Bucket.BucketArn(),
			RoleArn:           role.RoleArn(),
			Prefix:            jsii.String("events/type=!{partitionKeyFromQuery:type}/day=!{partitionKeyFromQuery:day}/"),
			ErrorOutputPrefix: jsii.String("errors/!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/"),
			CompressionFormat: jsii.String("GZIP"),
			// 64 MB is the least that a partitioned stream may gather; time decides
			// nearly always.
			BufferingHints: awskinesisfirehose.CfnDeliveryStream_BufferingHintsProperty{SizeInMBs: jsii.Number(64), IntervalInSeconds: jsii.Number(300)},
			EncryptionConfiguration: awskinesisfirehose.CfnDeliveryStream_EncryptionConfigurationProperty{
				KmsEncryptionConfig: awskinesisfirehose.CfnDeliveryStream_KMSEncryptionConfigProperty{AwskmsKeyArn: l.key.KeyArn()},
			},
			CloudWatchLoggingOptions: awskinesisfirehose.CfnDeliveryStream_CloudWatchLoggingOptionsProperty{
				Enabled: jsii.Bool(true), LogGroupName: logs.LogGroupName(), LogStreamName: written.LogStreamName(),
			},
			DynamicPartitioningConfiguration: awskinesisfirehose.CfnDeliveryStream_DynamicPartitioningConfigurationProperty{
				Enabled: jsii.Bool(true), RetryOptions: awskinesisfirehose.CfnDeliveryStream_RetryOptionsProperty{DurationInSeconds: jsii.Number(300)},
			},
			ProcessingConfiguration: awskinesisfirehose.CfnDeliveryStream_ProcessingConfigurationProperty{
				Enabled: jsii.Bool(true),
				Processors: []any{awskinesisfirehose.CfnDeliveryStream_ProcessorProperty{
					Type: jsii.String("MetadataExtraction"),
					Parameters: []any{
						processorParameter("MetadataExtractionQuery", "{type:.type,day:.time[0:10]}"),
						processorParameter("JsonParsingEngine", "JQ-1.6"),
					},
				}},
			},
		},
	})
	l.Stream.Node().AddDependency(role, l.Bucket)
}

func processorParameter(name, value string) any {
	return awskinesisfirehose.CfnDeliveryStream_ProcessorParameterProperty{ParameterName: &name, ParameterValue: &value}
}

// newDeliveryRole allows Firehose to write to the bucket and read nothing of it.
// https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3
func (l *Lake) newDeliveryRole(scope constructs.Construct, logs string) awsiam.Role {
	bucket := *l.Bucket.BucketArn()
	statements := []awsiam.PolicyStatement{
		allow([]string{bucket}, "s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"),
		allow([]string{bucket + "/events/*", bucket + "/errors/*"}, "s3:AbortMultipartUpload", "s3:PutObject"),
		allow([]string{*l.key.KeyArn()}, "kms:Decrypt", "kms:GenerateDataKey"),
		allow([]string{logs}, "logs:PutLogEvents"),
	}
	return awsiam.NewRole(scope, jsii.String("DeliveryRole"), &awsiam.RoleProps{
		Description: jsii.String("What the lake's stream may do"),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("firehose.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": account(scope)}},
		}),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"delivery": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements}),
		},
	})
}

// describe makes table, workgroup and queries. The partitions are computed from
// the query and not kept anywhere, so nothing has to look for new ones.
// https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
func (l *Lake) describe(scope constructs.Construct, p LakeProps) {
	// Glue and Athena name what they have by these names in queries.
	name := "signalbox_" + p.Foundation.Stage
	database := awsglue.NewCfnDatabase(scope, jsii.String("Database"), &awsglue.CfnDatabaseProps{
		CatalogId: jsii.String(account(scope)),
		DatabaseInput: awsglue.CfnDatabase_DatabaseInputProperty{
			Name: &name, Description: jsii.String("Signalbox " + p.Foundation.Stage + ": every event, what is personal masked"),
		},
	})
	location := "s3://" + *l.Bucket.BucketName() + "/events/"
	table := awsglue.NewCfnTable(scope, jsii.String("Table"), &awsglue.CfnTableProps{
		CatalogId:    jsii.String(account(scope)),
		DatabaseName: database.Ref(),
		TableInput: awsglue.CfnTable_TableInputProperty{
			Name:          jsii.String(catalog.LakeTable),
			Description:   jsii.String("One line per event; an event may stand here more than once, its id tells"),
			TableType:     jsii.String("EXTERNAL_TABLE"),
			PartitionKeys: columns(catalog.LakePartitions),
			Parameters: map[string]string{
				"classification":               "json",
				"EXTERNAL":                     "TRUE",
				"projection.enabled":           "true",
				"projection.type.type":         "enum",
				"projection.type.values":       strings.Join(p.Types, ","),
				"projection.day.type":          "date",
				"projection.day.format":        "yyyy-MM-dd",
				"projection.day.range":         "2026-01-01,NOW",
				"projection.day.interval":      "1",
				"projection.day.interval.unit": "DAYS",
				"storage.location.template":    location + "type=${type}/day=${day}/",
			},
			StorageDescriptor: awsglue.CfnTable_StorageDescriptorProperty{
				Columns:      columns(catalog.LakeColumns),
				Location:     &location,
				InputFormat:  jsii.String("org.apache.hadoop.mapred.TextInputFormat"),
				OutputFormat: jsii.String("org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"),
				SerdeInfo: awsglue.CfnTable_SerdeInfoProperty{
					SerializationLibrary: jsii.String("org.openx.data.jsonserde.JsonSerDe"),
				},
			},
		},
	})
	l.Workgroup = "signalbox-" + p.Foundation.Stage
	workgroup := awsathena.NewCfnWorkGroup(scope, jsii.String("Workgroup"), &awsathena.CfnWorkGroupProps{
		Name:        &l.Workgroup,
		Description: jsii.String("Questions to the lake of Signalbox " + p.Foundation.Stage),
		State:       jsii.String("ENABLED"),
		WorkGroupConfiguration: awsathena.CfnWorkGroup_WorkGroupConfigurationProperty{
			EnforceWorkGroupConfiguration:   jsii.Bool(true),
			PublishCloudWatchMetricsEnabled: jsii.Bool(true),
			// A question that would read more than 100 GB is a mistake.
			BytesScannedCutoffPerQuery: jsii.Number(100 << 30),
			ResultConfiguration: awsathena.CfnWorkGroup_ResultConfigurationProperty{
				OutputLocation:          jsii.String("s3://" + *l.Bucket.BucketName() + "/results/"),
				EncryptionConfiguration: awsathena.CfnWorkGroup_EncryptionConfigurationProperty{EncryptionOption: jsii.String("SSE_KMS"), KmsKey: l.key.KeyArn()},
			},
		},
	})
	for _, q := range Queries {
		query := awsathena.NewCfnNamedQuery(scope, jsii.String("Query"+ID(strings.ReplaceAll(q.Name, " ", "-"))), &awsathena.CfnNamedQueryProps{
			Name: &q.Name, Description: &q.Answers, Database: database.Ref(), QueryString: &q.SQL, WorkGroup: &l.Workgroup,
		})
		query.Node().AddDependency(workgroup, table)
	}
}

func columns(all []catalog.LakeColumn) []any {
	var list []any
	for _, c := range all {
		list = append(list, awsglue.CfnTable_ColumnProperty{Name: &c.Name, Type: &c.Type})
	}
	return list
}

// NewAnalytics makes the function that writes every event to the lake.
func NewAnalytics(scope constructs.Construct, p FunctionProps, l *Lake) *EventFunction {
	p.more = triggerConfig{
		environment: map[string]*string{config.Stream: l.Stream.Ref()},
		statements:  []awsiam.PolicyStatement{allow([]string{*l.Stream.AttrArn()}, "firehose:PutRecordBatch")},
	}
	return NewEventFunction(scope, p)
}
