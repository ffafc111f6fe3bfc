package stack

import (
	"fmt"
	"slices"
	"strings"

	"signalbox/infra/alarm"
	"signalbox/infra/construct"
	"signalbox/shared/catalog"
)

// httpInvariants are about functions with an address of their own.
func httpInvariants() []invariant {
	const hook = "Webhook"
	lambda, url, permission := "AWS::Lambda::Function", "AWS::Lambda::Url", "AWS::Lambda::Permission"
	return []invariant{
		{name: "an address belongs to a function that asks for one, and lets in nobody by another way", check: addressesAreTheCatalogs, breaks: []change{
			{name: "a function without its address", apply: gone(url, hook)},
			{name: "an address of another function", apply: of(url, hook, func(r *resource) {
				r.Properties["TargetFunctionArn"] = "arn:aws:lambda:eu-central-1:111122223333:function:other"
			})},
			{name: "an address that AWS must sign for, which no carrier does", apply: with(url, hook, "AWS_IAM", "AuthType")},
			{name: "an address that any web page may call", apply: with(url, hook, map[string]any{"AllowOrigins": []any{"*"}}, "Cors")},
			{name: "a streamed answer", apply: with(url, hook, "RESPONSE_STREAM", "InvokeMode")},
			{name: "nobody may call it", apply: gone(permission, hook)},
			{name: "everybody may invoke the function itself", apply: of(permission, hook, func(r *resource) {
				r.Properties["Action"] = "lambda:InvokeFunction"
				delete(r.Properties, "FunctionUrlAuthType")
				delete(r.Properties, "InvokedViaFunctionUrl")
			})},
			{name: "a right that does not say by which authorization", apply: of(permission, hook, func(r *resource) {
				delete(r.Properties, "FunctionUrlAuthType")
				delete(r.Properties, "InvokedViaFunctionUrl")
			})},
			{name: "a right to manage the function", apply: with(permission, hook, "lambda:UpdateFunctionCode", "Action")},
		}},
		{name: "strangers cannot use up what other functions run on", check: addressesAreBounded, breaks: []change{
			{name: "no bound", apply: without(lambda, hook, "ReservedConcurrentExecutions")},
			{name: "another bound than the stage's", apply: with(lambda, hook, 900.0, "ReservedConcurrentExecutions")},
			{name: "a bound for a function behind a queue, which has its mapping's", apply: with(lambda, "OrderCreatedCrm", 5.0, "ReservedConcurrentExecutions")},
		}},
		{name: "what a verified sender sent is kept when it cannot be understood, and somebody is told", check: requestsAreKept, breaks: []change{
			{name: "no dead-letter queue", apply: without(lambda, hook, "Environment", "Variables", "SIGNALBOX_DLQ_URL")},
			{name: "the queue of nothing", apply: with(lambda, hook, "https://sqs/other", "Environment", "Variables", "SIGNALBOX_DLQ_URL")},
			{name: "no alarm for dead letters", apply: gone("AWS::CloudWatch::Alarm", hook+"DeadLettersAlarm")},
			{name: "short retention", apply: with("AWS::SQS::Queue", hook, 60.0, "MessageRetentionPeriod")},
		}},
	}
}

// requested are those of the deployed functions that requests trigger.
func (a assembly) requested() map[string]catalog.Function {
	fs := map[string]catalog.Function{}
	for name, f := range a.deployed() {
		if f.IsHTTP() {
			fs[name] = f
		}
	}
	return fs
}

// ownDeadLetters is the dead-letter queue of a function that has no other queue.
func (a assembly) ownDeadLetters(function found) (found, bool) {
	return a.find(a.text(function, "Environment", "Variables", "SIGNALBOX_DLQ_URL"))
}

func addressesAreTheCatalogs(a assembly) []string {
	var out []string
	for name := range a.requested() {
		function, ok := a.function(name)
		if !ok {
			continue
		}
		var urls []found
		for _, u := range a.all("AWS::Lambda::Url") {
			if a.text(u, "TargetFunctionArn") == function.key() {
				urls = append(urls, u)
			}
		}
		if len(urls) != 1 {
			out = append(out, fmt.Sprintf("%s: has %d addresses", name, len(urls)))
			continue
		}
		if u := urls[0]; a.text(u, "AuthType") != "NONE" || u.value("Cors") != nil || a.text(u, "InvokeMode") != "BUFFERED" {
			out = append(out, fmt.Sprintf("%s: its address is not one that a sender's server can call and no browser", name))
		}
	}
	if have, want := len(a.all("AWS::Lambda::Url")), len(a.requested()); have != want {
		out = append(out, fmt.Sprintf("there are %d addresses for %d functions", have, want))
	}
	// Since October 2025 a caller needs both rights:
	// https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
	rights := map[string][]string{}
	for _, p := range a.all("AWS::Lambda::Permission") {
		action, target := a.text(p, "Action"), a.text(p, "FunctionName")
		switch {
		case action == "lambda:InvokeFunctionUrl" && a.text(p, "FunctionUrlAuthType") == "NONE":
		case action == "lambda:InvokeFunction" && p.value("InvokedViaFunctionUrl") == true:
		case a.text(p, "Principal") == "*":
			out = append(out, fmt.Sprintf("%s: lets everybody %s %s by every way", p, action, target))
			continue
		default:
			continue
		}
		rights[target] = append(rights[target], action)
	}
	for name := range a.requested() {
		function, ok := a.function(name)
		if !ok {
			continue
		}
		have := rights[function.key()]
		slices.Sort(have)
		if want := []string{"lambda:InvokeFunction", "lambda:InvokeFunctionUrl"}; !slices.Equal(have, want) {
			out = append(out, fmt.Sprintf("%s: callers of its address have the rights %v, they need %v", name, have, want))
		}
		delete(rights, function.key())
	}
	for target, have := range rights {
		out = append(out, fmt.Sprintf("%s: everybody has %v on it, which its entry does not ask for", target, have))
	}
	return out
}

func addressesAreBounded(a assembly) []string {
	var out []string
	for name, f := range a.deployed() {
		function, ok := a.function(name)
		if !ok || f.IsSchedule() {
			continue
		}
		want := 0.0
		if f.IsHTTP() {
			want = float64(a.settings.Ingress.HTTPConcurrency)
		}
		if have := function.number("ReservedConcurrentExecutions"); have != want {
			out = append(out, fmt.Sprintf("%s: reserves %v invocations, the stage says %v", name, have, want))
		}
	}
	return out
}

func requestsAreKept(a assembly) []string {
	var out []string
	for name, f := range a.requested() {
		function, ok := a.function(name)
		if !ok || !f.DeadLetters() {
			continue
		}
		q, ok := a.ownDeadLetters(function)
		if !ok || q.Type != "AWS::SQS::Queue" {
			out = append(out, fmt.Sprintf("%s: has nowhere to keep what it cannot understand", name))
			continue
		}
		if q.number("MessageRetentionPeriod") != 14*24*3600 {
			out = append(out, fmt.Sprintf("%s: keeps it for less than the 14 days SQS allows", name))
		}
		told := slices.ContainsFunc(a.all("AWS::CloudWatch::Alarm"), func(f found) bool {
			return a.is(f, expects{alarm.DeadLetters, name, "ApproximateNumberOfMessagesVisible", "QueueName", strings.TrimSuffix(q.key(), "}") + ".QueueName}", 0})
		})
		if !told {
			out = append(out, fmt.Sprintf("%s: nobody learns of what it could not understand", name))
		}
	}
	return out
}

// addressOutput is the output that tells a function's address.
func addressOutput(name string) string { return construct.ID(name) + "Url" }
