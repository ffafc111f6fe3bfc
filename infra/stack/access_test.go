package stack

import (
	"fmt"
	"slices"
	"strings"
)

// accessInvariants are about who may do what, and what is encrypted.
func accessInvariants() []invariant {
	role := func(edit func(map[string]any)) change {
		return change{apply: of("AWS::IAM::Role", "OrderCreatedCrm", func(r *resource) {
			for _, s := range r.value("Policies", 0, "PolicyDocument", "Statement").([]any) {
				edit(s.(map[string]any))
			}
		})}
	}
	named := func(c change, name string) change { c.name = name; return c }
	return []invariant{
		{name: "no policy allows an action by wildcard, or acts on everything", check: noWildcards, breaks: []change{
			named(role(func(s map[string]any) { s["Action"] = "sqs:*" }), "all of SQS"),
			named(role(func(s map[string]any) { s["Action"] = "kms:ReEncrypt*" }), "a family of actions"),
			named(role(func(s map[string]any) { s["Resource"] = "*" }), "every resource"),
			{name: "a key for every action", apply: editStatements("AWS::KMS::Key", "KeysTopic", "KeyPolicy", func(s map[string]any) { s["Action"] = "kms:*" })},
			{name: "a queue for everybody", apply: editStatements("AWS::SQS::QueuePolicy", "OrderCreatedCrmQueuePolicy", "PolicyDocument", func(s map[string]any) {
				s["Effect"], s["Principal"] = "Allow", "*"
			})},
			{name: "a service for every account", apply: editStatements("AWS::SQS::QueuePolicy", "OrderCreatedCrmQueuePolicy", "PolicyDocument", func(s map[string]any) {
				delete(s, "Condition")
			})},
			{name: "a managed policy", apply: with("AWS::IAM::Role", "OrderCreatedCrm", []any{"arn:aws:iam::aws:policy/AdministratorAccess"}, "ManagedPolicyArns")},
		}},
		{name: "queues and topics refuse plain text connections", check: tlsOnly, breaks: []change{
			{name: "a queue", apply: gone("AWS::SQS::QueuePolicy", "OrderCreatedCrmDeadLetterQueuePolicy")},
			{name: "a topic", apply: editStatements("AWS::SNS::TopicPolicy", "MarketingOrders", "PolicyDocument", func(s map[string]any) { s["Effect"] = "Allow" })},
		}},
		{name: "what holds events, logs or keys is encrypted with the stage's keys, which rotate", check: encrypted, breaks: []change{
			{name: "a queue", apply: without("AWS::SQS::Queue", "OrderCreatedCrmQueue", "KmsMasterKeyId")},
			{name: "a log group", apply: without("AWS::Logs::LogGroup", "OrderCreatedCrm", "KmsKeyId")},
			{name: "the ledger", apply: without("AWS::DynamoDB::Table", "Ledger", "SSESpecification")},
			{name: "the archive", apply: without("AWS::Events::Archive", "Bus", "KmsKeyIdentifier")},
			{name: "a key", apply: without("AWS::KMS::Key", "KeysData", "EnableKeyRotation")},
			{name: "logs the key forbids", apply: editStatements("AWS::KMS::Key", "KeysData", "KeyPolicy", func(s map[string]any) {
				if strings.Contains(fmt.Sprint(s["Principal"]), "logs") {
					s["Condition"].(map[string]any)["ArnLike"].(map[string]any)["kms:EncryptionContext:aws:logs:arn"] = "arn:aws:logs:eu-central-1:111122223333:log-group:other-*"
				}
			})},
		}},
		{name: "a function may do what its entry says and no more", check: leastPrivilege, breaks: []change{
			named(role(func(s map[string]any) {
				if s["Action"] == "secretsmanager:GetSecretValue" {
					s["Resource"] = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:klaviyo-AbCdEf"
				}
			}), "another system's secret"),
			named(role(func(s map[string]any) {
				if s["Action"] == "sqs:SendMessage" {
					s["Action"] = "sqs:GetQueueUrl"
				}
			}), "no way to dead-letter"),
			named(role(func(s map[string]any) {
				if s["Action"] == "secretsmanager:GetSecretValue" {
					s["Action"] = []any{"secretsmanager:GetSecretValue", "events:PutEvents"}
				}
			}), "putting events that the entry does not name"),
			{name: "no way into the lake", apply: of("AWS::IAM::Role", "AnalyticsRole", func(r *resource) {
				for _, s := range r.value("Policies", 0, "PolicyDocument", "Statement").([]any) {
					if s := s.(map[string]any); s["Action"] == "firehose:PutRecordBatch" {
						s["Action"] = "firehose:DescribeDeliveryStream"
					}
				}
			})},
			{name: "no way to put events", apply: of("AWS::IAM::Role", "OrderCreatedFraud", func(r *resource) {
				for _, s := range r.value("Policies", 0, "PolicyDocument", "Statement").([]any) {
					if s := s.(map[string]any); s["Action"] == "events:PutEvents" {
						s["Action"] = "events:ListRules"
					}
				}
			})},
		}},
	}
}

func noWildcards(a assembly) []string {
	var out []string
	kafka := a.settings.Ingress.Kafka
	msk := func(action string) bool {
		return kafka != nil && kafka.Cluster != "" && slices.Contains(pollersNetwork, action)
	}
	judge := func(f found, document any, ownKey bool) {
		for _, s := range a.statements(f.stack, document) {
			if s.effect != "Allow" {
				continue
			}
			// A key's policy must let the account's own administrators in, or nobody
			// ever can: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
			root := ownKey && len(s.principals) == 1 && strings.HasSuffix(s.principals[0], ":"+a.account()+":root")
			for _, action := range s.actions {
				if strings.Contains(action, "*") && !(root && action == "kms:*") {
					out = append(out, fmt.Sprintf("%s: allows %s", f, action))
				}
			}
			xray := len(s.actions) > 0 && !slices.ContainsFunc(s.actions, func(action string) bool { return !strings.HasPrefix(action, "xray:Put") && !msk(action) })
			if slices.Contains(s.resources, "*") && !ownKey && !xray {
				out = append(out, fmt.Sprintf("%s: allows %v on everything", f, s.actions))
			}
			if slices.Contains(s.principals, "*") {
				out = append(out, fmt.Sprintf("%s: allows everybody %v", f, s.actions))
			}
			if len(s.services) > 0 && len(s.conditions) == 0 && f.Type != "AWS::IAM::Role" {
				out = append(out, fmt.Sprintf("%s: lets %v act for any account", f, s.services))
			}
		}
	}
	for _, f := range a.all() {
		judge(f, f.value("PolicyDocument"), false)
		judge(f, f.value("AssumeRolePolicyDocument"), false)
		judge(f, f.value("KeyPolicy"), true)
		policies, _ := f.value("Policies").([]any)
		for i := range policies {
			judge(f, f.value("Policies", i, "PolicyDocument"), false)
		}
		if f.value("ManagedPolicyArns") != nil {
			out = append(out, fmt.Sprintf("%s: has a managed policy, whose actions nobody here chose", f))
		}
	}
	return out
}

func tlsOnly(a assembly) []string {
	var out []string
	for _, f := range a.all("AWS::SQS::Queue", "AWS::SNS::Topic") {
		refuses := slices.ContainsFunc(a.policies(f), func(s statement) bool {
			return s.effect == "Deny" && slices.Contains(s.principals, "*") && s.conditions["Bool"]["aws:SecureTransport"] == "false"
		})
		if !refuses {
			out = append(out, fmt.Sprintf("%s: takes plain text connections", f))
		}
	}
	return out
}

func encrypted(a assembly) []string {
	var out []string
	for _, f := range a.all("AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::DynamoDB::Table", "AWS::Logs::LogGroup",
		"AWS::Events::EventBus", "AWS::Events::Archive", "AWS::SecretsManager::Secret") {
		if f.value("EventSourceName") != nil {
			continue // EventBridge takes no key of ours for a partner's bus.
		}
		key, ok := a.key(f)
		if !ok {
			out = append(out, fmt.Sprintf("%s: is not encrypted with a key of the stage", f))
			continue
		}
		if f.Type == "AWS::Logs::LogGroup" && !a.keyLetsLogs(key, f) {
			out = append(out, fmt.Sprintf("%s: its key does not let CloudWatch Logs in: it cannot be created", f))
		}
	}
	for _, key := range a.all("AWS::KMS::Key") {
		if key.value("EnableKeyRotation") != true {
			out = append(out, fmt.Sprintf("%s: does not rotate", key))
		}
	}
	return out
}

// keyLetsLogs follows how CloudFormation names what has no name: by stack,
// logical id and random letters.
func (a assembly) keyLetsLogs(key, group found) bool {
	context := map[string]string{"kms:EncryptionContext:aws:logs:arn": a.arn("logs", "log-group:"+group.stack+"-"+group.id+"-RaNdOm")}
	return a.lets(a.statements(key.stack, key.value("KeyPolicy")), request{"logs." + a.region() + ".amazonaws.com", "kms:GenerateDataKey", context})
}

func leastPrivilege(a assembly) []string {
	var out []string
	for name, f := range a.deployed() {
		function, ok := a.function(name)
		if !ok {
			continue
		}
		role, _ := a.find(a.text(function, "Role"))
		key := a.text(a.all("AWS::DynamoDB::Table")[0], "SSESpecification", "KMSMasterKeyId")
		wanted := map[string]string{
			"kms:Decrypt": key, "kms:GenerateDataKey": key,
			"logs:CreateLogStream": a.text(function, "LoggingConfig", "LogGroup"), "logs:PutLogEvents": a.text(function, "LoggingConfig", "LogGroup"),
			"xray:PutTraceSegments": "*", "xray:PutTelemetryRecords": "*",
		}
		if f.IsQueue() {
			_, queue, _ := a.mapping(function)
			for _, action := range []string{"ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "ChangeMessageVisibility"} {
				wanted["sqs:"+action] = queue.key()
			}
			wanted["sqs:SendMessage"] = a.text(queue, "RedrivePolicy", "deadLetterTargetArn")
		}
		if q, ok := a.ownDeadLetters(function); ok && f.IsHTTP() {
			wanted["sqs:SendMessage"] = q.key()
		}
		for action, resource := range a.topicWants(name) {
			wanted[action] = resource
		}
		also := a.alsoMay(f)
		if f.Event() != "" {
			ledger := a.all("AWS::DynamoDB::Table")[0].key()
			for _, action := range []string{"GetItem", "PutItem", "UpdateItem", "DeleteItem"} {
				wanted["dynamodb:"+action] = ledger
			}
		}
		if len(f.Emits) > 0 {
			wanted["events:PutEvents"] = a.text(function, "Environment", "Variables", "SIGNALBOX_BUS")
		}
		if f.System == "firehose" {
			wanted["firehose:PutRecordBatch"] = a.text(function, "Environment", "Variables", "SIGNALBOX_STREAM")
		}
		var secrets []string
		for _, id := range f.Systems() {
			if arn := a.text(function, "Environment", "Variables", "SIGNALBOX_SECRET_"+strings.ToUpper(id)); arn != "" {
				secrets = append(secrets, arn)
			}
		}
		granted := map[string][]string{}
		for _, s := range a.statements(role.stack, role.value("Policies", 0, "PolicyDocument")) {
			for _, action := range s.actions {
				granted[action] = append(granted[action], s.resources...)
			}
		}
		for action, resources := range also {
			for _, resource := range resources {
				if !slices.Contains(granted[action], resource) {
					out = append(out, fmt.Sprintf("%s: may not %s on %s", name, action, resource))
				}
			}
		}
		for action, resource := range wanted {
			if !slices.Contains(granted[action], resource) {
				out = append(out, fmt.Sprintf("%s: may not %s on %s", name, action, resource))
			}
		}
		for action, resources := range granted {
			for _, resource := range resources {
				switch {
				case wanted[action] == resource, slices.Contains(also[action], resource):
				case f.IsKafka() && a.topicMay(function, action, resource):
				case action == "secretsmanager:GetSecretValue" && slices.ContainsFunc(secrets, func(s string) bool { return s == resource || strings.Contains(resource, ":secret:"+s+"-") }):
				case action == "kms:Decrypt" && strings.HasPrefix(resource, "arn:aws:kms:") && a.ownSecretKey(f.Systems(), resource):
				default:
					out = append(out, fmt.Sprintf("%s: may %s on %s, which its entry does not ask for", name, action, resource))
				}
			}
		}
		if k := a.settings.Ingress.Kafka; f.IsKafka() && k.Secret != "" {
			secrets = append(secrets, k.Secret)
		}
		if len(granted["secretsmanager:GetSecretValue"]) != len(secrets) {
			out = append(out, fmt.Sprintf("%s: may not read every secret it is given", name))
		}
	}
	return out
}

func (a assembly) ownSecretKey(systems []string, key string) bool {
	return slices.ContainsFunc(systems, func(id string) bool { return a.settings.Systems[id].SecretKey == key })
}
