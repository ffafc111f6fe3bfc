// Package live keeps the whole system up on this machine while someone works on
// it: it shows what happens, takes notifications, and brings in what changes.
package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"signalbox/infra/local"
	"signalbox/infra/local/build"
	"signalbox/infra/local/recorder"
	"signalbox/infra/local/terminal"
	"signalbox/shared/lambdalocal"
	"signalbox/shared/reconcile"
)

// source is what notifications come from.
const source = "commercetools"

// Options say what to keep up.
type Options struct {
	Root, Stage, Engine string
	Break               []local.Breakage
	Terminal            terminal.Terminal
	Progress            *terminal.Progress
}

// errAnew says that the stacks changed and everything starts again.
var errAnew = errors.New("the stacks changed")

// Run keeps the system up until the context ends, which is no error. Nothing it
// started is left when it returns.
func Run(ctx context.Context, o Options) error {
	for {
		s := &session{options: o, screen: &screen{Terminal: o.Terminal, root: o.Root}}
		err := s.run(ctx)
		if errors.Is(err, errAnew) {
			s.screen.say("the stacks changed; everything starts again")
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
}

// session is the time from one start to the next.
type session struct {
	options Options
	screen  *screen
	system  *local.System

	mu     sync.Mutex
	opener string
}

func (s *session) run(ctx context.Context) error {
	o := s.options
	// Before the programs are built, so that what is saved meanwhile counts.
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	changes, err := watch(watching, o.Root)
	if err != nil {
		return err
	}
	s.system, err = local.Start(ctx, local.Options{
		Root: o.Root, Stage: o.Stage, Engine: o.Engine, Progress: o.Progress,
		Observe: s.screen.line, Crash: s.screen.crash, Receive: s.receive,
	})
	if err != nil {
		return err
	}
	defer s.stop()
	destination, err := s.system.Destination(source)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.opener = destination.Function
	s.mu.Unlock()
	if err := s.system.Break(o.Break); err != nil {
		return err
	}
	address, stop, err := control{system: s.system, destination: destination, source: source}.listen()
	if err != nil {
		return err
	}
	defer stop()
	running := Running{PID: os.Getpid(), Control: address, Stage: o.Stage, Destination: destination}
	if err := running.write(o.Root); err != nil {
		return err
	}
	defer os.Remove(runningFile(o.Root))
	s.screen.welcome(s.system, running)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.system.EngineEnded():
			return fmt.Errorf("the engine ended: %s", s.system.EngineOutput())
		case err := <-s.system.Trouble:
			s.screen.warn(err.Error())
		case <-changes:
			if err := s.refresh(ctx); err != nil {
				return err
			}
		}
	}
}

func (s *session) stop() {
	s.screen.say("stopping")
	s.system.Close()
	s.screen.say("stopped; nothing is left running")
}

// receive gives the shop's double the orders of notifications that came by
// another way than the control address.
func (s *session) receive(function string, m lambdalocal.Message) {
	s.mu.Lock()
	opener := s.opener
	s.mu.Unlock()
	if function == opener && opener != "" {
		_ = s.system.Vendors.Notify([]byte(m.Body))
	}
}

// refresh builds what changed and has the functions run it. Code that does not
// compile or does not start changes nothing.
func (s *session) refresh(ctx context.Context) error {
	began := time.Now()
	changed, err := build.Functions(ctx, s.options.Root)
	if err != nil {
		s.screen.warn(err.Error())
		return ctx.Err()
	}
	for _, name := range changed {
		if _, ok := s.system.Topology.FunctionByName(name); !ok {
			continue
		}
		if err := s.system.Swap(name); err != nil {
			s.screen.warn(fmt.Sprintf("%s stays as it was: the new program does not start: %v", name, err))
			continue
		}
		s.screen.say(fmt.Sprintf("%s runs its new program (%.1f s)", name, time.Since(began).Seconds()))
	}
	stacks := build.NewStacks(s.options.Root, s.options.Stage)
	current, err := stacks.Current()
	if err != nil || current {
		return err
	}
	s.screen.say("what the stacks follow from changed; synthesizing")
	if err := stacks.App(ctx); err == nil {
		err = stacks.Synth(ctx)
		if err == nil {
			return errAnew
		}
		s.screen.warn(err.Error())
	} else {
		s.screen.warn(err.Error())
	}
	return ctx.Err()
}

// screen prints what happens, a line each.
type screen struct {
	terminal.Terminal
	root string
	mu   sync.Mutex
}

func (c *screen) print(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintln(c.Out, strings.TrimRight(line, " "))
}

func clock() string { return time.Now().Format("15:04:05") }

func (c *screen) say(text string) { c.print(c.In(terminal.Dim, clock()+"  "+text)) }

func (c *screen) warn(text string) { c.print(clock() + "  " + c.In(terminal.Red, text)) }

func (c *screen) crash(function string, err error) {
	c.warn(fmt.Sprintf("%s: an invoke failed as a whole: %v", function, err))
}

// line shows a function's log line: an event that was published, or what became
// of one.
func (c *screen) line(l recorder.Line) {
	if l.IsPublished() {
		c.print(fmt.Sprintf("%s  %-26s %s %s %s", clock(), l.Function, c.In(terminal.Cyan, "→"), l.EventType, c.In(terminal.Dim, short(l.EventID))))
		return
	}
	paint := terminal.Green
	switch l.Outcome {
	case reconcile.KindRetry:
		paint = terminal.Yellow
	case reconcile.KindDeadLetter:
		paint = terminal.Red
	case reconcile.KindDuplicate, reconcile.KindIgnored, reconcile.KindStale:
		paint = terminal.Dim
	}
	about := l.EventType
	if about == "" {
		about = "a notification"
	}
	note := l.Reason
	if l.Attempt > 1 {
		note += fmt.Sprintf(" (attempt %d)", l.Attempt)
	}
	c.print(fmt.Sprintf("%s  %-26s %s %-17s %-8s %8.1f ms  %s", clock(), l.Function, c.In(paint, fmt.Sprintf("%-11s", l.Outcome)), about,
		short(l.EventID), l.MS, strings.TrimSpace(note)))
}

// program is how to call this program from the checkout.
func program(root string) string {
	path, err := os.Executable()
	if err == nil {
		path, err = filepath.Rel(root, path)
	}
	if err != nil || strings.HasPrefix(path, "..") {
		return "go run ./infra/cmd/signalbox"
	}
	return path
}

func short(id string) string {
	head, _, _ := strings.Cut(id, "-")
	return head
}

func (c *screen) welcome(s *local.System, r Running) {
	var b strings.Builder
	row := func(name, value string) { fmt.Fprintf(&b, "  %-14s %s\n", name, value) }
	fmt.Fprintf(&b, "\n%s\n", c.In(terminal.Bold, "Signalbox runs. Ctrl-C ends it and leaves nothing behind."))
	row("engine", s.EngineURL+"  (any AWS client: --endpoint-url)")
	row("queue", r.Destination.Queue)
	if r.Destination.Topic != "" {
		row("topic", r.Destination.Topic)
	}
	if r.Destination.Bus != "" {
		row("partner bus", r.Destination.Bus)
	}
	for _, f := range s.Topology.Functions {
		if address := s.Address(f.Name); address != "" {
			row(f.Name, address)
		}
	}
	for _, id := range s.Vendors.IDs() {
		row(id, s.Vendors.Server(id).URL)
	}
	fmt.Fprintf(&b, "\nSend a sample, from another terminal:\n  %s send %s\n", program(c.root), filepath.Join("events-samples", source, "order-created.json"))
	fmt.Fprintf(&b, "  curl -H '%s: local' --data-binary @events-samples/%s/order-created.json '%s/deliver?way=sns'\n", header, source, r.Control)
	fmt.Fprintf(&b, "Change a function and save: it is built and swapped in.\n")
	c.print(b.String())
}
