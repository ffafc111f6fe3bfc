package stack

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/construct"
	"signalbox/infra/stage"
	"signalbox/shared/catalog"
)

func newFoundation(scope awscdk.Stack, s stage.Settings) construct.Foundation {
	removal := awscdk.RemovalPolicy_RETAIN
	if s.Removal == stage.Destroy {
		removal = awscdk.RemovalPolicy_DESTROY
	}
	_, commercetools := s.Systems["commercetools"]
	keys := construct.NewKeys(scope, s.Name, removal, commercetools)
	bus := construct.NewBus(scope, construct.BusProps{Stage: s.Name, Keys: keys, ArchiveDays: s.ArchiveDays, Removal: removal})
	ledger := construct.NewLedger(scope, keys.Data, removal, s.Removal == stage.Retain)

	timers := construct.NewTimerGroup(scope)

	var alarms awssns.ITopic
	if s.Alarms.Topic != "" {
		alarms = awssns.Topic_FromTopicArn(scope, jsii.String("AlarmTopic"), &s.Alarms.Topic)
	} else {
		alarms = construct.NewAlarmTopic(scope, keys.Topic, s.Alarms.Email)
	}
	g := construct.Foundation{
		Stage:   s.Name,
		DataKey: keys.Data, TopicKey: keys.Topic,
		BusName: bus.Name, BusARN: bus.ARN,
		LedgerName: *ledger.Table.TableName(), LedgerARN: *ledger.Table.TableArn(),
		TimerGroup: timers.Name,
		Secrets:    newSecrets(scope, s, keys, removal),
		Alarms:     construct.Alerting{Topic: alarms, Runbook: s.Alarms.Runbook, EssentialOnly: s.Alarms.Mode == stage.EssentialAlarms},
		LogDays:    s.LogDays,
		Removal:    removal,
		ARM64:      s.Arch == stage.ARM64,
	}
	bus.AddAlarms(scope, g)
	ledger.AddAlarms(scope, g.Alarms)
	timers.AddAlarms(scope, g.Alarms)

	output(scope, "BusName", "event bus", g.BusName)
	output(scope, "LedgerName", "idempotency table", g.LedgerName)
	output(scope, "AlarmTopicArn", "topic of every alarm", *alarms.TopicArn())
	return g
}

// newSecrets returns a secret for every system of the stage that has keys: the
// operator's own where the stage names one.
func newSecrets(scope awscdk.Stack, s stage.Settings, keys construct.Keys, removal awscdk.RemovalPolicy) map[string]construct.Secret {
	parent := constructs.NewConstruct(scope, jsii.String("Secrets"))
	secrets := map[string]construct.Secret{}
	for _, id := range slices.Sorted(maps.Keys(s.Systems)) {
		system, ok := catalog.SystemByID(id)
		if !ok || len(system.Secret) == 0 {
			continue
		}
		if given := s.Systems[id]; given.Secret != "" {
			secrets[id] = construct.ExistingSecret(parent, given.Secret, given.SecretKey)
			continue
		}
		secrets[id] = construct.NewSecret(parent, system, keys.Data, removal)
		output(scope, "Secret"+construct.ID(id)+"Arn", "secret to fill with the keys of "+system.Title, secrets[id].ARN)
	}
	return secrets
}
