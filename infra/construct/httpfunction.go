package construct

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/alarm"
	"signalbox/shared/catalog"
	"signalbox/shared/config"
)

// refusedInFiveMinutes is how many requests may be turned away before somebody
// is told: a public address is tried by strangers, a few at a time.
const refusedInFiveMinutes = 20

// HTTPFunction is a function behind a public address of its own.
//
// The address is a Lambda function URL and not an HTTP API: it has TLS, payloads
// of 6 MB and the same payload format, one hop less in an answer that a checkout
// waits for, and nothing of its own to run. Its authorization is NONE, since
// neither carriers nor commercetools sign as AWS does: the function itself
// verifies the signature or the Authorization header before it reads anything.
// What an API would throttle, the reserved concurrency does.
type HTTPFunction struct {
	*Worker
	// DeadLetter takes what was sent by a verified sender and cannot be understood;
	// nil for a function that takes no events in.
	DeadLetter awssqs.Queue
	// URL is the function's address.
	URL string
}

// NewHTTPFunction makes the function and its address. At most concurrency
// requests are answered at once.
func NewHTTPFunction(scope constructs.Construct, p FunctionProps, concurrency int) *HTTPFunction {
	scope = constructs.NewConstruct(scope, jsii.String(ID(p.Function.Name)))
	h := &HTTPFunction{}
	more := triggerConfig{concurrency: concurrency}
	if p.Function.DeadLetters() {
		h.DeadLetter = newDeadLetterQueue(scope, "RequestDeadLetterQueue", p.Foundation)
		more.environment = map[string]*string{config.DLQURL: h.DeadLetter.QueueUrl()}
		more.statements = []awsiam.PolicyStatement{allow([]string{*h.DeadLetter.QueueArn()}, "sqs:SendMessage")}
	}
	h.Worker = newWorker(scope, p, more)
	url := h.Lambda.AddFunctionUrl(&awslambda.FunctionUrlOptions{
		AuthType:   awslambda.FunctionUrlAuthType_NONE,
		InvokeMode: awslambda.InvokeMode_BUFFERED,
	})
	h.URL = *url.Url()
	h.addRequestAlarms(p.Foundation)
	return h
}

func (h *HTTPFunction) addRequestAlarms(shared Foundation) {
	name := h.Function.Name
	shared.Alarms.Add(h.scope, "RefusedAlarm", Alarm{Kind: alarm.Refused, Subject: name, Metric: h.count(shared, catalog.MetricRefused), Over: refusedInFiveMinutes, Periods: 3})
	if h.DeadLetter != nil {
		addQueueAlarm(h.scope, "DeadLettersAlarm", shared, alarm.DeadLetters, name, h.DeadLetter)
	}
}

func (h *HTTPFunction) graphs(shared Foundation) []awscloudwatch.GraphWidgetProps {
	name := h.Function.Name
	var took []awscloudwatch.IMetric
	for _, statistic := range []string{"p50", "p99", "Maximum"} {
		took = append(took, h.lambda("Duration", statistic))
	}
	refused := []awscloudwatch.IMetric{h.count(shared, catalog.MetricRefused)}
	if h.DeadLetter != nil {
		refused = append(refused, queueMetric(h.DeadLetter, "ApproximateNumberOfMessagesVisible", minute))
	}
	return append(h.Worker.graphs(shared), graph(name+": duration, ms", took), graph(name+": refused and dead letters", refused))
}
