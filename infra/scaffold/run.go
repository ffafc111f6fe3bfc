package scaffold

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"path"
	"strings"

	"signalbox/shared/catalog"
)

// step is one go command after the files are written.
type step struct {
	does string
	args []string
}

// Run writes what r asks for, makes again what follows from it, runs the new
// function's test and prints what to do next. The steps run as commands of
// their own, since this program knows the catalog as it was before.
func Run(ctx context.Context, root string, r Request, out io.Writer) error {
	w, err := Write(root, r)
	if err != nil {
		return err
	}
	for _, name := range w.Created {
		fmt.Fprintln(out, "created", name)
	}
	for _, name := range w.Changed {
		fmt.Fprintln(out, "changed", name)
	}
	for _, s := range w.steps() {
		fmt.Fprintln(out, s.does)
		if err := goTool(ctx, root, s.args); err != nil {
			return fmt.Errorf("%s: %w", s.does, err)
		}
	}
	fmt.Fprintf(out, "\nNext: write the reaction in %s.\n", w.Handler)
	if w.NewEvent {
		fmt.Fprintf(out, "Give the new event its fields, in %s.\n", strings.Join(w.payload(), " and "))
		fmt.Fprintf(out, "As long as no such event exists anywhere, its schema may be written again: rm %s && go test ./shared/event/schema -update\n", w.Schema)
	}
	if len(w.Sharing) > 0 {
		fmt.Fprintf(out, "The system's rate is divided with %s, which changes how many of them run at once; go test ./infra/stack -update writes the new numbers down. A Rate in an entry reserves its part.\n", strings.Join(w.Sharing, ", "))
	}
	fmt.Fprintf(out, "The client of the system can\n")
	for _, m := range w.Client {
		fmt.Fprintln(out, "   ", m)
	}
	fmt.Fprintf(out, "Then: go test ./%s, write down what leaves it with go test ./functions -run 'EverySample/%s' -update, and make demo\n", w.Function, path.Base(w.Function))
	return nil
}

func (w Written) steps() []step {
	var steps []step
	if w.NewEvent {
		steps = append(steps, step{"writing the schema of the new event",
			[]string{"test", "./shared/event/schema", "-run", "^TestSchemasSayWhatTheTypesSay$", "-update"}})
	}
	names := path.Base(w.Function)
	for _, f := range catalog.Functions {
		// What takes every event has the new one's sample too.
		if w.NewEvent && f.Event() == catalog.AnyEvent {
			names += "|" + f.Name
		}
	}
	return append(steps,
		step{"writing down what leaves the function because of its samples",
			[]string{"test", "./functions", "-run", "^TestEverySample$/^(" + names + ")$", "-update"}},
		step{"making the tables of README.md again", []string{"run", "./infra/cmd/signalbox", "readme"}},
		step{"testing the function", []string{"test", "./" + w.Function}},
	)
}

// payload returns the files of a new event.
func (w Written) payload() []string {
	var files []string
	for _, name := range w.Created {
		if strings.HasPrefix(name, "shared/event/") || strings.HasPrefix(name, "events-samples/") {
			files = append(files, name)
		}
	}
	return files
}

func goTool(ctx context.Context, root string, args []string) error {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = root
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, strings.TrimSpace(out.String()))
	}
	return nil
}
