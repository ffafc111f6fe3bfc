package sam

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"signalbox/infra/sam/forward"
	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/doubles"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/sample"
	"signalbox/shared/strictjson"
)

// Names of what the function finds in the AWS of the run.
const (
	busName   = "signalbox"
	tableName = "ledger"
	queueName = "queue"
	deadName  = "dead-letter-queue"
)

// ground is what one function meets while it runs in the container: an AWS in
// memory, and a double of each system it talks to. All of it listens on loopback.
type ground struct {
	aws     *awstest.Server
	doubles map[string]*connectortest.Server
	// env is what the function must be told, addresses included.
	env map[string]string
	// roads lead from the container to the servers, by the servers' addresses.
	roads map[string]*forward.Forwarder
}

// lay starts what f meets, with the notification in the systems that made it.
func lay(f catalog.Function, notification []byte) (*ground, error) {
	aws, err := awstest.Serve(awstest.Options{})
	if err != nil {
		return nil, err
	}
	g := &ground{aws: aws, doubles: map[string]*connectortest.Server{}, roads: map[string]*forward.Forwarder{}}
	aws.CreateBus(busName)
	aws.CreateTable(tableName, catalog.LedgerKey)
	g.env = map[string]string{
		config.Bus:      busName,
		config.Ledger:   tableName,
		config.QueueURL: aws.CreateQueue(awstest.Queue{Name: queueName, Visibility: f.Visibility(), MaxReceive: catalog.MaxReceive, DeadLetter: deadName}),
		config.DLQURL:   aws.CreateQueue(awstest.Queue{Name: deadName}),
	}
	for _, pair := range aws.Environment() {
		name, value, _ := strings.Cut(pair, "=")
		g.env[name] = value
	}
	for _, id := range f.Systems() {
		make, ok := doubles.All()[id]
		if !ok {
			g.Close()
			return nil, fmt.Errorf("there is no double of %s", id)
		}
		double := make()
		server := connectortest.Serve(double)
		g.doubles[id] = server
		if n, ok := double.(doubles.Notified); ok {
			if err := n.PutNotification(notification); err != nil {
				g.Close()
				return nil, fmt.Errorf("%s: %w", id, err)
			}
		}
		secret, err := strictjson.Marshal(double.Secret())
		if err != nil {
			g.Close()
			return nil, err
		}
		g.env[config.SecretName(id)] = aws.CreateSecret(id, string(secret))
		g.env[config.BaseURLName(id)] = server.URL
		maps.Copy(g.env, double.Settings(server.URL))
	}
	return g, nil
}

// Close ends everything.
func (g *ground) Close() {
	for _, road := range g.roads {
		_ = road.Close()
	}
	for _, server := range g.doubles {
		server.Close()
	}
	g.aws.Close()
}

// open makes the servers reachable from containers and returns what the relay
// must pass on: addresses of the container's loopback, and what they stand for.
// Where containers reach this machine's loopback by themselves, local is false
// and nothing has to listen for them.
func (g *ground) open(gateway netip.Addr, local bool) (map[string]string, error) {
	urls := []string{g.aws.URL}
	for _, server := range g.doubles {
		urls = append(urls, server.URL)
	}
	pass := map[string]string{}
	for _, u := range urls {
		parsed, err := url.Parse(u)
		if err != nil {
			return nil, err
		}
		at := parsed.Host
		_, port, err := net.SplitHostPort(at)
		if err != nil {
			return nil, err
		}
		if local {
			listener, err := net.Listen("tcp", netip.AddrPortFrom(gateway, 0).String())
			if err != nil {
				return nil, fmt.Errorf("listen where containers reach this machine: %w", err)
			}
			g.roads[at] = forward.Serve(listener, at)
			port = strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
		}
		pass[at] = net.JoinHostPort(machine, port)
	}
	return pass, nil
}

// machine is the name by which the container knows this machine.
const machine = "host.docker.internal"

// batch puts body into the function's queue and returns the batch it is received in.
func (g *ground) batch(body []byte) ([]byte, error) {
	if err := g.aws.Send(queueName, string(body)); err != nil {
		return nil, err
	}
	var records []sample.Record
	for _, m := range g.aws.Receive(queueName, 1) {
		records = append(records, sample.Record{
			Body: m.Body, MessageID: m.ID, Receipt: m.Receipt, Received: m.Received, SentAt: m.SentAt, Queue: queueName,
		})
	}
	return sample.Batch(records...), nil
}

// effects says, a line each, what the function did.
func (g *ground) effects() []string {
	var lines []string
	for id, server := range g.doubles {
		for _, e := range server.Double.Effects() {
			lines = append(lines, fmt.Sprintf("%s: %s (%s)", id, e.What, e.Reference))
		}
	}
	for _, p := range g.aws.Published(busName) {
		lines = append(lines, "bus: "+p.DetailType)
	}
	for _, m := range g.aws.Messages(deadName) {
		lines = append(lines, fmt.Sprintf("dead-letter queue: %s, reason %s", m.Attributes["fault"], m.Attributes["reason"]))
	}
	return lines
}

// deadLettered reports whether the function gave the event up.
func (g *ground) deadLettered() bool { return g.aws.Depth(deadName) > 0 }
