package construct

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
)

func queueMetric(queue awssqs.Queue, name string, period time.Duration) awscloudwatch.Metric {
	return metric("AWS/SQS", name, "Maximum", period, map[string]string{"QueueName": *queue.QueueName()})
}
