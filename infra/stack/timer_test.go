package stack

import (
	"fmt"
	"slices"
	"testing"

	"signalbox/infra/alarm"
	"signalbox/shared/catalog"
	"signalbox/shared/config"
)

const scheduler = "scheduler.amazonaws.com"

// timerInvariants are about functions that keep timers: what Scheduler needs to
// deliver them, and what the function may do to set them.
func timerInvariants() []invariant {
	const edi = "InventoryLowReplenishEdi"
	lambda, role := "AWS::Lambda::Function", "AWS::IAM::Role"
	inRole := func(prefix, action string, edit func(map[string]any)) func(*testing.T, assembly) {
		return func(t *testing.T, a assembly) {
			of(role, prefix, func(r *resource) {
				for _, s := range r.value("Policies", 0, "PolicyDocument", "Statement").([]any) {
					if s := s.(map[string]any); slices.Contains(listOf(s["Action"]), any(action)) {
						edit(s)
					}
				}
			})(t, a)
		}
	}
	return []invariant{
		{name: "timers come into the function's own queue, or into one with an alarm", check: timersLoseNothing, breaks: []change{
			{name: "another function's queue", apply: of(lambda, edi, func(r *resource) {
				v := r.value("Environment", "Variables").(map[string]any)
				v[config.TimerQueue] = v[config.TimerDLQ]
			})},
			{name: "no queue for what cannot be delivered", apply: without(lambda, edi, "Environment", "Variables", config.TimerDLQ)},
			{name: "a queue that is not there", apply: gone("AWS::SQS::Queue", edi+"TimerDeadLetterQueue")},
			{name: "no group", apply: gone("AWS::Scheduler::ScheduleGroup", "TimerGroup")},
			{name: "no role", apply: without(lambda, edi, "Environment", "Variables", config.TimerRole)},
			{name: "a role that may not send", apply: inRole(edi+"TimerRole", "sqs:SendMessage", func(s map[string]any) { s["Action"] = "sqs:GetQueueUrl" })},
			{name: "a role that may not encrypt", apply: inRole(edi+"TimerRole", "kms:GenerateDataKey", func(s map[string]any) { s["Action"] = "kms:Decrypt" })},
			{name: "no alarm", apply: gone("AWS::CloudWatch::Alarm", edi+"TimerUndeliveredAlarm")},
			{name: "no alarm about lost ones", apply: gone("AWS::CloudWatch::Alarm", "TimerLostAlarm")},
		}},
		{name: "a function sets its own timers and hands over no other role", check: timersAreOwn, breaks: []change{
			{name: "schedules of all functions", apply: inRole(edi+"Role", "scheduler:CreateSchedule", func(s map[string]any) {
				s["Resource"] = "arn:aws:scheduler:eu-central-1:111122223333:schedule/group/*"
			})},
			{name: "a role for any service", apply: inRole(edi+"Role", "iam:PassRole", func(s map[string]any) { delete(s, "Condition") })},
			{name: "any role", apply: inRole(edi+"Role", "iam:PassRole", func(s map[string]any) { s["Resource"] = "arn:aws:iam::111122223333:role/*" })},
			{name: "a role for every account's schedules", apply: of(role, edi+"TimerRole", func(r *resource) {
				for _, s := range r.value("AssumeRolePolicyDocument", "Statement").([]any) {
					delete(s.(map[string]any), "Condition")
				}
			})},
			{name: "no way to delete", apply: inRole(edi+"Role", "scheduler:CreateSchedule", func(s map[string]any) { s["Action"] = "scheduler:CreateSchedule" })},
		}},
	}
}

func listOf(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// timed are the deployed functions that keep timers.
func (a assembly) timed() map[string]catalog.Function {
	all := a.deployed()
	for name, f := range all {
		if !f.Timers() {
			delete(all, name)
		}
	}
	return all
}

// timerRole is the role by which Scheduler delivers the function's timers.
func (a assembly) timerRole(function found) (found, bool) {
	return a.find(a.text(function, "Environment", "Variables", config.TimerRole))
}

func timersLoseNothing(a assembly) []string {
	var out []string
	for name := range a.timed() {
		function, ok := a.function(name)
		if !ok {
			continue
		}
		expect := func(ok bool, sentence string) {
			if !ok {
				out = append(out, name+": "+sentence)
			}
		}
		variable := func(name string) string { return a.text(function, "Environment", "Variables", name) }
		_, queue, _ := a.mapping(function)
		dead, there := a.find(variable(config.TimerDLQ))
		expect(there && dead.Type == "AWS::SQS::Queue" && dead.number("MessageRetentionPeriod") == 14*24*3600, "timers that cannot be delivered are dropped")
		expect(variable(config.TimerQueue) == queue.key(), "its timers come into another queue")
		group, there := a.find(variable(config.TimerGroup))
		expect(there && group.Type == "AWS::Scheduler::ScheduleGroup", "its timers have no group")
		role, ok := a.timerRole(function)
		expect(ok, "Scheduler has no role to deliver its timers")
		if !ok {
			continue
		}
		may := map[string][]string{}
		for _, s := range a.statements(role.stack, role.value("Policies", 0, "PolicyDocument")) {
			for _, action := range s.actions {
				may[action] = append(may[action], s.resources...)
			}
		}
		want := []string{queue.key(), dead.key()}
		slices.Sort(want)
		slices.Sort(may["sqs:SendMessage"])
		expect(slices.Equal(may["sqs:SendMessage"], want), "Scheduler may not send into both of its queues, or into others")
		key := []string{a.text(queue, "KmsMasterKeyId")}
		expect(slices.Equal(may["kms:GenerateDataKey"], key) && slices.Equal(may["kms:Decrypt"], key), "Scheduler may not encrypt for its queue: timers are refused")
		expect(slices.ContainsFunc(a.all("AWS::CloudWatch::Alarm"), func(f found) bool {
			return a.is(f, expects{alarm.TimerUndelivered, name, "ApproximateNumberOfMessagesVisible", "QueueName", nameOf(dead), 0})
		}), "nobody learns of timers that could not be delivered")
		expect(slices.ContainsFunc(a.all("AWS::CloudWatch::Alarm"), func(f found) bool {
			return a.is(f, expects{alarm.TimerLost, "timers", "InvocationsFailedToBeSentToDeadLetterCount", "ScheduleGroup", group.key(), 0})
		}), "nobody learns of timers that are lost")
	}
	return out
}

// nameOf is how an alarm names a queue.
func nameOf(queue found) string {
	key := queue.key()
	return key[:len(key)-1] + ".QueueName}"
}

func timersAreOwn(a assembly) []string {
	var out []string
	for name := range a.timed() {
		function, ok := a.function(name)
		if !ok {
			continue
		}
		timers, ok := a.timerRole(function)
		if !ok {
			continue
		}
		for _, s := range a.statements(timers.stack, timers.value("AssumeRolePolicyDocument")) {
			group := a.text(function, "Environment", "Variables", config.TimerGroup)
			equal := s.conditions["StringEquals"]
			if !slices.Equal(s.services, []string{scheduler}) || equal["aws:SourceAccount"] != a.account() || equal["aws:SourceArn"] != a.arn("scheduler", "schedule-group/"+group) {
				out = append(out, fmt.Sprintf("%s: serves schedules that are not of the stage's group", timers))
			}
		}
		role, _ := a.find(a.text(function, "Role"))
		passes := false
		for _, s := range a.statements(role.stack, role.value("Policies", 0, "PolicyDocument")) {
			if slices.Contains(s.actions, "iam:PassRole") {
				passes = s.conditions["StringEquals"]["iam:PassedToService"] == scheduler
			}
		}
		if !passes {
			out = append(out, name+": may hand the role over to any service")
		}
	}
	return append(out, leastPrivilege(a)...)
}

// timersMay are the permissions of a function that keeps timers.
func (a assembly) timersMay(function found, f catalog.Function) map[string][]string {
	if !f.Timers() {
		return nil
	}
	role, _ := a.timerRole(function)
	own := a.arn("scheduler", "schedule/"+a.text(function, "Environment", "Variables", config.TimerGroup)+"/"+f.Name+".*")
	return map[string][]string{"scheduler:CreateSchedule": {own}, "scheduler:DeleteSchedule": {own}, "iam:PassRole": {role.key()}}
}
