package sam

import (
	"context"
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
	"signalbox/shared/lambdalocal"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/lambdatest/rehearsal"
	"signalbox/shared/sample"
)

// resources are what one function meets while it runs in the container: an AWS in
// memory, and a double of each system it talks to. All of it listens on loopback.
type resources struct {
	*rehearsal.Stage
	function catalog.Function
	// env is what the function gets whatever its stage says: addresses,
	// names, and what its systems' doubles insist on.
	env map[string]string
	// forwarders lead from the container to the servers.
	forwarders []*forward.Forwarder
}

// serve starts what f meets. The doubles that sent one of the notifications know
// what it is about.
func serve(f catalog.Function, notifications []sample.Sample) (*resources, error) {
	stage, err := rehearsal.NewStage(rehearsal.Options{Functions: []catalog.Function{f}})
	if err != nil {
		return nil, err
	}
	g := &resources{Stage: stage, function: f}
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
		maps.Copy(env, server.Double.Settings(server.AddressOf(f.Name)))
	}
	return env, nil
}

// Close ends everything.
func (g *resources) Close() {
	for _, forwarder := range g.forwarders {
		_ = forwarder.Close()
	}
	g.Stage.Close()
}

// machine is the name by which the container knows this machine.
const machine = "host.docker.internal"

// open makes the servers reachable from containers and returns what the relay
// must pass on: addresses of the container's loopback, and what they stand for.
// Where containers reach this machine's loopback by themselves, local is false
// and nothing has to listen for them.
func (g *resources) open(gateway netip.Addr, local bool) (map[string]string, error) {
	urls := []string{g.AWS.URL}
	for _, server := range g.Doubles {
		urls = append(urls, server.AddressOf(g.function.Name))
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
			g.forwarders = append(g.forwarders, forward.Serve(listener, parsed.Host))
			port = strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
		}
		pass[parsed.Host] = net.JoinHostPort(machine, port)
	}
	return pass, nil
}

// batch puts body into the function's queue and returns the batch it is received
// in, and what Lambda gives the function for it.
func (g *resources) batch(ctx context.Context, body []byte) (lambdalocal.Batch, []byte, error) {
	if err := g.AWS.Send(rehearsal.Queue(g.function), string(body)); err != nil {
		return nil, nil, err
	}
	source := g.EventSource(g.function)
	batch, err := source.Receive(ctx, g.Queues())
	if err != nil {
		return nil, nil, err
	}
	payload, err := source.Payload(batch)
	return batch, payload, err
}

// effects says, a line each, what the function did.
func (g *resources) effects() []string {
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

func (g *resources) deadLetters() []awstest.Message {
	return g.AWS.Messages(rehearsal.DeadLetter(g.function))
}
