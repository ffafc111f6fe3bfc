package config

import (
	"net"
	"net/url"
	"os"
	"strconv"
	"time"
)

// Process is what the Lambda service tells a process about itself:
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
type Process struct {
	// LogLevel is the word of AWS_LAMBDA_LOG_LEVEL, empty if unset.
	LogLevel string
	// MemoryMB is the function's memory; 0 if unknown.
	MemoryMB int
	// RuntimeAPI is the host and port of the Runtime API; empty outside Lambda.
	RuntimeAPI string
	// Rehearsal is what a test asks of the process.
	Rehearsal Rehearsal
}

// Rehearsal is how tests break a process on purpose. It is honoured only where
// AWS_ENDPOINT_URL is an address of this machine, which no stage has.
type Rehearsal struct {
	// KillAt is SIGNALBOX_KILL_AT, "<label>" or "<label>:<n>": the process kills
	// itself when it passes the label for the first or nth time. The labels are
	// in package consumer.
	KillAt string
	// AskAfter is SIGNALBOX_ASK_AFTER, a duration that takes the place of the
	// catalog's; negative if unset.
	AskAfter time.Duration
}

// LoadProcess reads the process' environment.
func LoadProcess() Process {
	memory, _ := strconv.Atoi(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
	p := Process{
		LogLevel:   os.Getenv("AWS_LAMBDA_LOG_LEVEL"),
		MemoryMB:   max(0, memory),
		RuntimeAPI: os.Getenv("AWS_LAMBDA_RUNTIME_API"),
		Rehearsal:  Rehearsal{AskAfter: -1},
	}
	if !onLoopback(os.Getenv("AWS_ENDPOINT_URL")) {
		return p
	}
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
