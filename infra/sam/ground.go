package sam

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"signalbox/infra/sam/forward"
	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/lambdatest/rehearsal"
	"signalbox/shared/sample"
)

// ground is what one function meets while it runs in the container: an AWS in
// memory, and a double of each system it talks to. All of it listens on loopback.
type ground struct {
	*rehearsal.Stage
	function catalog.Function
	// env is what the function must be told whatever its stage says: addresses,
	// names, and what its systems' doubles insist on.
	env map[string]string
	// roads lead from the container to the servers.
	roads []*forward.Forwarder
}

// lay starts what f meets. The doubles that sent one of the notifications know
// what it is about.
func lay(f catalog.Function, notifications []sample.Sample) (*ground, error) {
	stage, err := rehearsal.NewStage(rehearsal.Options{Functions: []catalog.Function{f}})
	if err != nil {
		return nil, err
	}
	g := &ground{Stage: stage, function: f}
	if g.env, err = environment(stage, f); err != nil {
		g.Close()
		return nil, err
	}
	for _, n := range notifications {
		if n.Source == sample.Own {
			continue
		}
		if err := stage.Notify(n.Body); err != nil {
			g.Close()
			return nil, fmt.Errorf("%s/%s: %w", n.Source, n.Name, err)
		}
	}
	return g, nil
}

// environment leaves to the stage what is the stage's: its name and the settings
// that no double insists on.
func environment(stage *rehearsal.Stage, f catalog.Function) (map[string]string, error) {
	pairs, err := stage.Environment(f)
	if err != nil {
		return nil, err
	}
	env := map[string]string{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	delete(env, config.Stage)
	settings := f.AllSettings()
	for _, id := range f.Systems() {
		system, _ := catalog.SystemByID(id)
		settings = append(settings, system.Settings...)
	}
	for _, s := range settings {
		delete(env, s.Name)
	}
	for _, server := range stage.Doubles {
		maps.Copy(env, server.Double.Settings(server.URL))
	}
	return env, nil
}

// Close ends everything.
func (g *ground) Close() {
	for _, road := range g.roads {
		_ = road.Close()
	}
	g.Stage.Close()
}

// machine is the name by which the container knows this machine.
const machine = "host.docker.internal"

// open makes the servers reachable from containers and returns what the relay
// must pass on: addresses of the container's loopback, and what they stand for.
// Where containers reach this machine's loopback by themselves, local is false
// and nothing has to listen for them.
func (g *ground) open(gateway netip.Addr, local bool) (map[string]string, error) {
	urls := []string{g.AWS.URL}
	for _, server := range g.Doubles {
		urls = append(urls, server.URL)
	}
	pass := map[string]string{}
	for _, u := range urls {
		parsed, err := url.Parse(u)
		if err != nil {
			return nil, err
		}
		port := parsed.Port()
		if local {
			listener, err := net.Listen("tcp", netip.AddrPortFrom(gateway, 0).String())
			if err != nil {
				return nil, fmt.Errorf("listen where containers reach this machine: %w", err)
			}
			g.roads = append(g.roads, forward.Serve(listener, parsed.Host))
			port = strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
		}
		pass[parsed.Host] = net.JoinHostPort(machine, port)
	}
	return pass, nil
}

// batch puts body into the function's queue and returns the batch it is received in.
func (g *ground) batch(body []byte) ([]byte, error) {
	queue := rehearsal.Queue(g.function)
	if err := g.AWS.Send(queue, string(body)); err != nil {
		return nil, err
	}
	var records []sample.Record
	for _, m := range g.AWS.Receive(queue, 1) {
		records = append(records, sample.Record{
			Body: m.Body, MessageID: m.ID, Receipt: m.Receipt, Received: m.Received, SentAt: m.SentAt, Queue: queue,
		})
	}
	return sample.Batch(records...), nil
}

// effects says, a line each, what the function did.
func (g *ground) effects() []string {
	var lines []string
	for _, id := range slices.Sorted(maps.Keys(g.Doubles)) {
		for _, e := range g.Doubles[id].Double.Effects() {
			lines = append(lines, fmt.Sprintf("%s: %s (%s)", id, e.What, e.Reference))
		}
	}
	for _, p := range g.AWS.Published(rehearsal.Bus) {
		lines = append(lines, "bus: "+p.DetailType)
	}
	for _, m := range g.deadLetters() {
		lines = append(lines, fmt.Sprintf("dead-letter queue: %s, reason %s", m.Attributes["fault"], m.Attributes["reason"]))
	}
	return lines
}

func (g *ground) deadLetters() []awstest.Message {
	return g.AWS.Messages(rehearsal.DeadLetter(g.function))
}
