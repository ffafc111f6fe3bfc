package config

import (
	"net"
	"net/url"
	"os"
	"strconv"
	"time"
)

// Process holds the variables with which the Lambda service describes a process:
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
type Process struct {
	// LogLevel is the value of AWS_LAMBDA_LOG_LEVEL, empty if unset.
	LogLevel string
	// MemoryMB is the function's memory; 0 if unknown.
	MemoryMB int
	// RuntimeAPI is the host and port of the Runtime API; empty outside Lambda.
	RuntimeAPI string
	// Ledger is the name of the ledger's table, empty if unset.
	Ledger string
	AWS    AWS
	// Rehearsal holds the faults that a test injects into the process.
	Rehearsal Rehearsal
}

// AWS holds the region, the endpoint and the credentials, from the variables that
// every SDK reads:
// https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
// Lambda sets all that a function needs. The SDK's own loader also supports
// profiles, files and single sign-on, which make every binary 1.8 MB larger.
type AWS struct {
	Region string
	// Endpoint replaces the addresses of AWS; empty on AWS.
	Endpoint string
	// SchedulerEndpoint does the same for EventBridge Scheduler alone; it may be empty.
	SchedulerEndpoint string
	FIPS              bool
	// KeyID, Key and Session are credentials that last as long as the process.
	KeyID   string
	Key     Secret
	Session Secret
	// CredentialsURL serves credentials that are renewed, authorized by
	// CredentialsToken; used if there is no KeyID.
	CredentialsURL   string
	CredentialsToken Secret
}

func loadAWS() AWS {
	return AWS{
		Region:            os.Getenv("AWS_REGION"),
		Endpoint:          os.Getenv("AWS_ENDPOINT_URL"),
		SchedulerEndpoint: os.Getenv("AWS_ENDPOINT_URL_SCHEDULER"),
		FIPS:              os.Getenv("AWS_USE_FIPS_ENDPOINT") == "true",
		KeyID:             os.Getenv("AWS_ACCESS_KEY_ID"),
		Key:               Secret(os.Getenv("AWS_SECRET_ACCESS_KEY")),
		Session:           Secret(os.Getenv("AWS_SESSION_TOKEN")),
		CredentialsURL:    os.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
		CredentialsToken:  Secret(os.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN")),
	}
}

// Rehearsal holds the faults that tests inject into a process. It is ignored
// unless AWS_ENDPOINT_URL is a loopback address, which no stage has.
type Rehearsal struct {
	// KillAt is SIGNALBOX_KILL_AT, "<label>" or "<label>:<n>": the process kills
	// itself when it reaches the label for the first or nth time. The labels are
	// defined in the packages of the triggers.
	KillAt string
	// Here allows a custom resource's answer to be sent to a loopback address.
	Here bool
	// AskAfter is SIGNALBOX_ASK_AFTER, a duration that replaces the catalog's;
	// negative if unset.
	AskAfter time.Duration
}

// LoadProcess reads the process' environment.
func LoadProcess() Process {
	memory, _ := strconv.Atoi(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
	p := Process{
		LogLevel:   os.Getenv("AWS_LAMBDA_LOG_LEVEL"),
		MemoryMB:   max(0, memory),
		RuntimeAPI: os.Getenv("AWS_LAMBDA_RUNTIME_API"),
		Ledger:     os.Getenv(Ledger),
		AWS:        loadAWS(),
		Rehearsal:  Rehearsal{AskAfter: -1},
	}
	if !onLoopback(p.AWS.Endpoint) {
		return p
	}
	p.Rehearsal.Here = true
	p.Rehearsal.KillAt = os.Getenv("SIGNALBOX_KILL_AT")
	if d, err := time.ParseDuration(os.Getenv("SIGNALBOX_ASK_AFTER")); err == nil && d >= 0 {
		p.Rehearsal.AskAfter = d
	}
	return p
}

func onLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
