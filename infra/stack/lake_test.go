package stack

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/infra/construct"
	"signalbox/shared/catalog"
)

const firehose = "firehose.amazonaws.com"

// lakeInvariants are about the lake of a stage that has one.
func lakeInvariants() []invariant {
	stream, bucket, table := "AWS::KinesisFirehose::DeliveryStream", "AWS::S3::Bucket", "AWS::Glue::Table"
	s3 := []any{"ExtendedS3DestinationConfiguration"}
	role := func(edit func(map[string]any)) func(*testing.T, assembly) {
		return of("AWS::IAM::Role", "LakeDeliveryRole", func(r *resource) {
			for _, s := range r.value("Policies", 0, "PolicyDocument", "Statement").([]any) {
				edit(s.(map[string]any))
			}
		})
	}
	return []invariant{
		{name: "there is a lake where the stage has Firehose, and nowhere else", check: lakeAsTheStageSays, breaks: []change{
			{name: "no lake", apply: gone(stream, "Lake")},
			{name: "a lake nobody asked for", variant: "only klaviyo", apply: of("AWS::Lambda::Function", "OrderCreatedMarketing", func(r *resource) { r.Type = table })},
		}},
		{name: "the lake's stream files masked events by type and day, encrypted, and may do nothing else", check: lakeDelivers, breaks: []change{
			{name: "no partition by day", apply: with(stream, "Lake", "events/", append(s3, "Prefix")...)},
			{name: "partitions of nothing", apply: without(stream, "Lake", append(s3, "ProcessingConfiguration")...)},
			{name: "errors among the events", apply: with(stream, "Lake", "events/errors/", append(s3, "ErrorOutputPrefix")...)},
			{name: "less than a partitioned stream must gather", apply: with(stream, "Lake", 5.0, append(s3, "BufferingHints", "SizeInMBs")...)},
			{name: "plain records in the stream", apply: without(stream, "Lake", "DeliveryStreamEncryptionConfigurationInput")},
			{name: "plain objects", apply: without(stream, "Lake", append(s3, "EncryptionConfiguration")...)},
			{name: "no log", apply: without(stream, "Lake", append(s3, "CloudWatchLoggingOptions")...)},
			{name: "a role that may delete", apply: role(func(s map[string]any) {
				if strings.Contains(fmt.Sprint(s["Action"]), "s3:PutObject") {
					s["Action"] = []any{"s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"}
				}
			})},
			{name: "a role that may write results", apply: role(func(s map[string]any) {
				if strings.Contains(fmt.Sprint(s["Action"]), "s3:PutObject") {
					s["Resource"] = map[string]any{"Fn::GetAtt": []any{"LakeBucket", "Arn"}}
				}
			})},
			{name: "a role for any account's streams", apply: of("AWS::IAM::Role", "LakeDeliveryRole", func(r *resource) {
				delete(r.value("AssumeRolePolicyDocument", "Statement", 0).(map[string]any), "Condition")
			})},
			{name: "the key of what is in flight", apply: role(func(s map[string]any) {
				if strings.Contains(fmt.Sprint(s["Action"]), "kms:") {
					s["Resource"] = "arn:aws:kms:eu-central-1:111122223333:key/1234-abcd"
				}
			})},
		}},
		{name: "the lake's bucket is closed, encrypted, and forgets when the stage says", check: lakeIsKept, breaks: []change{
			{name: "public", apply: without(bucket, "Lake", "PublicAccessBlockConfiguration")},
			{name: "unencrypted", apply: without(bucket, "Lake", "BucketEncryption")},
			{name: "plain text connections", apply: editStatements("AWS::S3::BucketPolicy", "Lake", "PolicyDocument", func(s map[string]any) { s["Effect"] = "Allow" })},
			{name: "events for ever", apply: without(bucket, "Lake", "LifecycleConfiguration")},
			{name: "deleted with its stack", apply: of(bucket, "Lake", func(r *resource) { r.DeletionPolicy = "Delete" })},
		}},
		{name: "Athena finds every type of event and encrypts what it answers", check: lakeIsAsked, breaks: []change{
			{name: "a type without partitions", apply: with(table, "Lake", "order.created", "TableInput", "Parameters", "projection.type.values")},
			{name: "a place where nothing is", apply: with(table, "Lake", "s3://bucket/", "TableInput", "Parameters", "storage.location.template")},
			{name: "a column that is missing", apply: of(table, "Lake", func(r *resource) {
				d := r.value("TableInput", "StorageDescriptor").(map[string]any)
				d["Columns"] = d["Columns"].([]any)[1:]
			})},
			{name: "plain answers", apply: without("AWS::Athena::WorkGroup", "Lake", "WorkGroupConfiguration", "ResultConfiguration", "EncryptionConfiguration")},
			{name: "answers anywhere", apply: with("AWS::Athena::WorkGroup", "Lake", false, "WorkGroupConfiguration", "EnforceWorkGroupConfiguration")},
			{name: "a question that is missing", apply: gone("AWS::Athena::NamedQuery", "Lake")},
		}},
	}
}

func lakeAsTheStageSays(a assembly) []string {
	_, wanted := a.settings.Systems["firehose"]
	want := map[bool]int{true: 1}[wanted]
	var out []string
	for _, kind := range []string{"AWS::KinesisFirehose::DeliveryStream", "AWS::S3::Bucket", "AWS::Glue::Table", "AWS::Athena::WorkGroup"} {
		if n := len(a.all(kind)); n != want {
			out = append(out, fmt.Sprintf("%d of %s, the stage asks for %d", n, kind, want))
		}
	}
	return out
}

// lake returns the parts of the stage's lake; ok is false without one.
func (a assembly) lake() (stream, bucket, role found, ok bool) {
	streams := a.all("AWS::KinesisFirehose::DeliveryStream")
	if len(streams) != 1 {
		return
	}
	stream = streams[0]
	bucket, found := a.find(a.text(stream, "ExtendedS3DestinationConfiguration", "BucketARN"))
	role, hasRole := a.find(a.text(stream, "ExtendedS3DestinationConfiguration", "RoleARN"))
	return stream, bucket, role, found && hasRole
}

func lakeDelivers(a assembly) []string {
	stream, bucket, role, ok := a.lake()
	if !ok {
		return nil
	}
	var out []string
	expect := func(ok bool, sentence string) {
		if !ok {
			out = append(out, "lake: "+sentence)
		}
	}
	s3 := func(path ...any) string {
		return a.text(stream, append([]any{"ExtendedS3DestinationConfiguration"}, path...)...)
	}
	key := a.text(stream, "DeliveryStreamEncryptionConfigurationInput", "KeyARN")
	expect(s3("Prefix") == "events/type=!{partitionKeyFromQuery:type}/day=!{partitionKeyFromQuery:day}/", "events lie elsewhere than its table looks")
	expect(strings.HasPrefix(s3("ErrorOutputPrefix"), "errors/"), "what cannot be filed lies among the events")
	expect(s3("DynamicPartitioningConfiguration", "Enabled") == "true", "it does not partition")
	expect(strings.Contains(s3("ProcessingConfiguration"), `{type:.type,day:.time[0:10]}`) && strings.Contains(s3("ProcessingConfiguration"), `"JQ-1.6"`), "nothing tells type and day")
	expect(stream.number("ExtendedS3DestinationConfiguration", "BufferingHints", "SizeInMBs") >= 64, "a partitioned stream gathers 64 MB at the least: it cannot be created")
	expect(key != "" && s3("EncryptionConfiguration", "KMSEncryptionConfig", "AWSKMSKeyARN") == key, "it is not encrypted with its own key")
	group, logs := a.find(s3("CloudWatchLoggingOptions", "LogGroupName"))
	expect(logs && s3("CloudWatchLoggingOptions", "Enabled") == "true", "nobody is told why it cannot write")

	wanted := map[string][]string{
		"s3:GetBucketLocation": {bucket.key()}, "s3:ListBucket": {bucket.key()}, "s3:ListBucketMultipartUploads": {bucket.key()},
		"s3:PutObject":            {bucket.key() + "/errors/*", bucket.key() + "/events/*"},
		"s3:AbortMultipartUpload": {bucket.key() + "/errors/*", bucket.key() + "/events/*"},
		"kms:Decrypt":             {key}, "kms:GenerateDataKey": {key},
	}
	if logs {
		wanted["logs:PutLogEvents"] = []string{group.key()}
	}
	granted := map[string][]string{}
	for _, s := range a.statements(role.stack, role.value("Policies", 0, "PolicyDocument")) {
		for _, action := range s.actions {
			granted[action] = append(granted[action], s.resources...)
			slices.Sort(granted[action])
		}
	}
	if diff := cmp.Diff(wanted, granted); diff != "" {
		out = append(out, "lake: its stream's role may something else than it needs:\n"+diff)
	}
	trust := a.statements(role.stack, role.value("AssumeRolePolicyDocument"))
	expect(a.lets(trust, request{firehose, "sts:AssumeRole", map[string]string{"aws:SourceAccount": a.account()}}), "Firehose may not take its role")
	expect(!a.lets(trust, request{firehose, "sts:AssumeRole", map[string]string{"aws:SourceAccount": "999900001111"}}), "another account's stream may take its role")
	return out
}

func lakeIsKept(a assembly) []string {
	_, bucket, _, ok := a.lake()
	if !ok {
		return nil
	}
	var out []string
	expect := func(ok bool, sentence string) {
		if !ok {
			out = append(out, "lake: "+sentence)
		}
	}
	for _, block := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
		expect(bucket.value("PublicAccessBlockConfiguration", block) == true, "the bucket has no "+block)
	}
	rule := []any{"BucketEncryption", "ServerSideEncryptionConfiguration", 0, "ServerSideEncryptionByDefault"}
	_, encrypted := a.find(a.text(bucket, append(rule, "KMSMasterKeyID")...))
	expect(encrypted && a.text(bucket, append(rule, "SSEAlgorithm")...) == "aws:kms", "the bucket is not encrypted with the lake's key")
	refuses := false
	for _, p := range a.all("AWS::S3::BucketPolicy") {
		if a.text(p, "Bucket") == bucket.key() {
			for _, s := range a.statements(p.stack, p.value("PolicyDocument")) {
				refuses = refuses || s.effect == "Deny" && slices.Contains(s.principals, "*") && s.conditions["Bool"]["aws:SecureTransport"] == "false"
			}
		}
	}
	expect(refuses, "the bucket takes plain text connections")
	days := map[string]float64{}
	rules, _ := bucket.value("LifecycleConfiguration", "Rules").([]any)
	for i := range rules {
		days[a.text(bucket, "LifecycleConfiguration", "Rules", i, "Prefix")] = bucket.number("LifecycleConfiguration", "Rules", i, "ExpirationInDays")
	}
	keep := float64(a.settings.LakeDays)
	if diff := cmp.Diff(map[string]float64{"events/": keep, "errors/": keep, "results/": 7}, days); diff != "" {
		out = append(out, "lake: it forgets otherwise than the stage says:\n"+diff)
	}
	expect(strings.EqualFold(bucket.DeletionPolicy, map[bool]string{true: "Retain", false: "Delete"}[a.settings.Removal == "retain"]), "the bucket does not outlive its stack as the stage says")
	return out
}

func lakeIsAsked(a assembly) []string {
	stream, bucket, _, ok := a.lake()
	if !ok {
		return nil
	}
	var out []string
	expect := func(ok bool, sentence string) {
		if !ok {
			out = append(out, "lake: "+sentence)
		}
	}
	table := a.all("AWS::Glue::Table")[0]
	parameter := func(name string) string { return a.text(table, "TableInput", "Parameters", name) }
	var types []string
	for _, e := range catalog.Events {
		types = append(types, string(e.Type()))
	}
	slices.Sort(types)
	expect(parameter("projection.type.values") == strings.Join(types, ","), "Athena does not see every type of event")
	where := "s3://" + bucket.key() + "/" + regexp.MustCompile(`!\{partitionKeyFromQuery:(\w+)\}`).ReplaceAllString(a.text(stream, "ExtendedS3DestinationConfiguration", "Prefix"), "$${$1}")
	expect(parameter("storage.location.template") == where, "the table looks in "+parameter("storage.location.template")+", the stream writes to "+where)
	list := func(path ...any) []catalog.LakeColumn {
		var columns []catalog.LakeColumn
		have, _ := table.value(path...).([]any)
		for i := range have {
			columns = append(columns, catalog.LakeColumn{Name: a.text(table, append(path, i, "Name")...), Type: a.text(table, append(path, i, "Type")...)})
		}
		return columns
	}
	expect(slices.Equal(list("TableInput", "StorageDescriptor", "Columns"), catalog.LakeColumns), "the table's columns are not what is written")
	expect(slices.Equal(list("TableInput", "PartitionKeys"), catalog.LakePartitions), "the table is not divided as the bucket is")
	workgroup := a.all("AWS::Athena::WorkGroup")[0]
	configuration := func(path ...any) string {
		return a.text(workgroup, append([]any{"WorkGroupConfiguration"}, path...)...)
	}
	expect(configuration("EnforceWorkGroupConfiguration") == "true", "who asks may put answers anywhere")
	expect(configuration("ResultConfiguration", "EncryptionConfiguration", "KmsKey") == a.text(stream, "DeliveryStreamEncryptionConfigurationInput", "KeyARN"), "answers are not encrypted")
	expect(configuration("ResultConfiguration", "OutputLocation") == "s3://"+bucket.key()+"/results/", "answers are not where they expire")
	expect(len(a.all("AWS::Athena::NamedQuery")) == len(construct.Queries), "a question is missing")
	for _, q := range a.all("AWS::Athena::NamedQuery") {
		expect(a.text(q, "Database") == a.text(table, "DatabaseName"), "a question asks another database")
		expect(a.text(q, "WorkGroup") == a.text(workgroup, "Name"), "a question is of another workgroup")
	}
	return out
}
