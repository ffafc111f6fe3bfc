package functiontest

import (
	"runtime/debug"
	"strings"
	"testing"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/lambdatest/awstest"
)

// Stage sets the environment of a function and returns its AWS.
func Stage(t *testing.T) *awstest.Server {
	t.Helper()
	server, err := awstest.Serve(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	server.CreateTable("ledger", catalog.LedgerKey)
	server.CreateQueue(awstest.Queue{Name: "queue"})
	server.CreateQueue(awstest.Queue{Name: "dlq"})
	server.CreateBus("bus")
	for _, pair := range server.Environment() {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	for name, value := range map[string]string{
		config.Stage: "test", config.Bus: "bus", config.Ledger: "ledger",
		config.QueueURL: server.QueueURL("queue"), config.DLQURL: server.QueueURL("dlq"),
		config.SecretName("klaviyo"): server.CreateSecret("klaviyo", `{"api_key":"k"}`),
	} {
		t.Setenv(name, value)
	}
	limit, percent := debug.SetMemoryLimit(-1), debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetMemoryLimit(limit); debug.SetGCPercent(percent) })
	return server
}

// Process is what a function in that stage finds.
func Process(memoryMB int) config.Process {
	p := config.LoadProcess()
	p.MemoryMB = memoryMB
	return p
}
