package function

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/logging"

	"signalbox/shared/config"
)

// clients are those of AWS, made once per process.
type clients struct {
	config      aws.Config
	dynamoDB    *dynamodb.Client
	sqs         *sqs.Client
	eventBridge *eventbridge.Client
	secrets     *secretsmanager.Client
}

const (
	// attemptTimeout bounds one request to AWS; all of them answer in milliseconds.
	attemptTimeout = 3 * time.Second
	dialTimeout    = time.Second
)

func newClients(a config.AWS) (clients, error) {
	if a.Region == "" {
		return clients{}, errors.New("AWS_REGION is not set")
	}
	transport := awshttp.NewBuildableClient().
		WithTimeout(attemptTimeout).
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = dialTimeout }).
		WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = 64 })
	c := aws.Config{
		Region:      a.Region,
		HTTPClient:  transport,
		Credentials: credentialsOf(a),
		// The SDK's warnings may quote what it sends.
		Logger:        logging.Nop{},
		Retryer:       func() aws.Retryer { return shortRetry(50*time.Millisecond, time.Second, 3) },
		ConfigSources: []any{fips(a.FIPS), schedulerEndpoint(a.SchedulerEndpoint)},
	}
	if a.Endpoint != "" {
		c.BaseEndpoint = &a.Endpoint
	}
	return clients{
		config: c,
		dynamoDB: dynamodb.NewFromConfig(c, func(o *dynamodb.Options) {
			o.Retryer = shortRetry(25*time.Millisecond, 500*time.Millisecond, 4)
		}),
		sqs:         sqs.NewFromConfig(c),
		eventBridge: eventbridge.NewFromConfig(c),
		secrets:     secretsmanager.NewFromConfig(c),
	}, nil
}

func credentialsOf(a config.AWS) aws.CredentialsProvider {
	if a.KeyID == "" && a.CredentialsURL != "" {
		return aws.NewCredentialsCache(endpointcreds.New(a.CredentialsURL, func(o *endpointcreds.Options) {
			o.AuthorizationToken = a.CredentialsToken.Reveal()
		}))
	}
	return credentials.NewStaticCredentialsProvider(a.KeyID, a.Key.Reveal(), a.Session.Reveal())
}

// fips is the setting of the SDK's clients of whether to use the endpoints validated under FIPS 140.
type fips bool

// GetUseFIPSEndpoint is what the clients look for in a configuration's sources.
func (f fips) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	if f {
		return aws.FIPSEndpointStateEnabled, true, nil
	}
	return aws.FIPSEndpointStateUnset, false, nil
}

// schedulerEndpoint is the address of EventBridge Scheduler where it is not that of
// the other services: on a developer's machine.
type schedulerEndpoint string

// GetServiceBaseEndpoint is what the clients look for in a configuration's sources.
func (e schedulerEndpoint) GetServiceBaseEndpoint(_ context.Context, sdkID string) (string, bool, error) {
	return string(e), sdkID == "Scheduler" && e != "", nil
}

// shortRetry retries with full jitter over a base that doubles. The SDK's own
// base is a second, which eats an invoke's deadline when a table throttles.
func shortRetry(base, ceiling time.Duration, attempts int) aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
			return rand.N(min(ceiling, base<<min(attempt, 10))), nil
		})
	})
}

// secret is a config.SecretReader.
func (c clients) secret(ctx context.Context, arn string) (string, error) {
	out, err := c.secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		return "", err
	}
	if out.SecretString == nil {
		return "", errors.New("the secret holds bytes, not text")
	}
	return *out.SecretString, nil
}
