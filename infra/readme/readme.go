// Package readme keeps the tables of README.md that follow from the catalog.
// Everything between a pair of markers is made here; the rest is written by hand.
package readme

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"signalbox/infra/alarm"
	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/event"
)

// Update is the command that writes the tables again.
const Update = "make readme"

// sections are the tables by the name their markers give.
func sections() map[string]func() string {
	return map[string]func() string{
		"functions": functions,
		"events":    events,
		"systems":   systems,
		"settings":  settings,
		"alarms":    alarms,

		"subscription": subscription,
	}
}

// Render returns text with every table written again. Each section must be marked
// exactly once, by "<!-- begin NAME -->" and "<!-- end NAME -->" on lines of their own.
func Render(text string) (string, error) {
	made := sections()
	for _, name := range slices.Sorted(maps.Keys(made)) {
		begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->\n"
		from, to := strings.Index(text, begin), strings.Index(text, end)
		if from < 0 || to < from || strings.Count(text, begin) != 1 || strings.Count(text, end) != 1 {
			return "", fmt.Errorf("expected the markers of the section %s once each, in order", name)
		}
		text = text[:from+len(begin)] + made[name]() + text[to:]
	}
	return text, nil
}

// Write renders README.md of the tree at root in place and reports whether it changed.
func Write(root string) (changed bool, err error) {
	path := filepath.Join(root, "README.md")
	old, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	text, err := Render(string(old))
	if err != nil {
		return false, fmt.Errorf("README.md: %w", err)
	}
	if text == string(old) {
		return false, nil
	}
	return true, os.WriteFile(path, []byte(text), 0o644)
}

func functions() string {
	t := table{"Function", "On", "Writes to", "Effect", "What it does", "Then"}
	var b strings.Builder
	t.head(&b)
	for _, f := range catalog.Functions {
		on := code(string(f.Event()))
		switch {
		case f.Event() == catalog.AnyEvent:
			on = "every event"
		case f.IsSchedule():
			on = "every " + strings.TrimSuffix(f.Every().String(), "0s")
		case !f.IsQueue():
			on = f.Source() + ", by " + f.Trigger.String()
		case f.Source() != "":
			on = f.Source()
		}
		t.row(&b, code(f.Name), on, title(f.System), f.Effect.String(), f.Does, codes(f.Emits))
	}
	for _, topic := range catalog.Topics {
		t.row(&b, "*(SNS topic)* "+code(topic.Name), code(string(topic.Event)), "the topic's subscribers", "", "Feeds "+topic.For+", by a rule and no code.", "")
	}
	return b.String()
}

func events() string {
	t := table{"Event", "Means", "Schema", "Emitted by", "Handled by"}
	var b strings.Builder
	t.head(&b)
	for _, e := range catalog.Events {
		var from, to []string
		for _, f := range catalog.Functions {
			if slices.Contains(f.Emits, e.Type()) {
				from = append(from, code(f.Name))
			}
			if f.Event() == e.Type() {
				to = append(to, code(f.Name))
			}
		}
		for _, topic := range catalog.Topics {
			if topic.Event == e.Type() {
				to = append(to, code(topic.Name)+" (topic)")
			}
		}
		t.row(&b, code(string(e.Type())), e.Means, code(event.SchemaURN(e.Payload)), strings.Join(from, ", "), strings.Join(to, ", "))
	}
	return b.String()
}

func systems() string {
	t := table{"System", "Stage setting", "Address", "Requests/s", "Keys of its secret"}
	var b strings.Builder
	t.head(&b)
	for _, s := range catalog.Systems {
		address := s.BaseURL
		switch {
		case address == "" && len(s.Settings) == 0:
			address = "the region's own"
		case address == "":
			address = "from its settings"
		}
		t.row(&b, s.Title, code(s.ID), address, fmt.Sprintf("%g", s.Rate), codes(s.Secret))
	}
	return b.String()
}

func settings() string {
	t := table{"Setting", "Of", "What it says", "If unset"}
	var b strings.Builder
	t.head(&b)
	rows := func(of string, settings []catalog.Setting) {
		for _, s := range settings {
			unset := ""
			switch {
			case s.Required:
				unset = "**required**"
			case s.Default != "":
				unset = code(s.Default)
			}
			t.row(&b, code(s.Name), of, s.Help, unset)
		}
	}
	for _, s := range catalog.Systems {
		rows(s.Title, s.Settings)
	}
	for _, f := range catalog.Functions {
		rows(code(f.Name), f.Settings)
	}
	for _, g := range catalog.Groups {
		var names []string
		for _, f := range catalog.Sharing(g) {
			names = append(names, f.Name)
		}
		rows("group "+code(g.Name)+": "+codes(names), g.Settings)
	}
	t.row(&b, code(config.BaseURLName("<system>")), "every system", "address to use instead of the system's own, such as a sandbox", "the address above")
	return b.String()
}

// alarms are the runbooks that the alarms' descriptions link to.
func alarms() string {
	t := table{"Alarm", "While it stands", "Do first"}
	var b strings.Builder
	t.head(&b)
	for _, k := range alarm.Kinds() {
		name := "**" + strings.ReplaceAll(k.ID, "-", " ") + "**"
		if !k.Essential {
			name = strings.Trim(name, "*")
		}
		t.row(&b, `<a id="`+k.Anchor()+`"></a>`+name, k.Means, k.Do)
	}
	return b.String()
}

// subscription is the draft of a subscription made by hand.
func subscription() string {
	var wanted []string
	for _, s := range catalog.Subscription {
		if len(s.Messages) > 0 {
			wanted = append(wanted, fmt.Sprintf(`    {"resourceTypeId": %q, "types": ["%s"]}`, s.Resource, strings.Join(s.Messages, `", "`)))
		}
	}
	var changes []string
	for _, s := range catalog.Subscription {
		if s.Changes {
			changes = append(changes, fmt.Sprintf(`{"resourceTypeId": %q}`, s.Resource))
		}
	}
	return "```json\n" + `{
  "key": "signalbox",
  "destination": {
    "type": "SQS",
    "queueUrl": "https://sqs.eu-central-1.amazonaws.com/123456789012/…",
    "region": "eu-central-1",
    "authenticationMode": "IAM"
  },
  "messages": [
` + strings.Join(wanted, ",\n") + `
  ],
  "changes": [` + strings.Join(changes, ", ") + "]\n}\n```\n"
}

func title(system string) string {
	if s, ok := catalog.SystemByID(system); ok {
		return s.Title
	}
	return "the bus"
}

// table is the head of a Markdown table.
type table []string

func (t table) head(b *strings.Builder) {
	t.row(b, t...)
	b.WriteString(strings.Repeat("|---", len(t)) + "|\n")
}

func (t table) row(b *strings.Builder, cells ...string) {
	for _, c := range cells {
		b.WriteString("| " + strings.ReplaceAll(c, "|", `\|`) + " ")
	}
	b.WriteString("|\n")
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func codes[S ~string](words []S) string {
	var out []string
	for _, w := range words {
		out = append(out, code(string(w)))
	}
	return strings.Join(out, ", ")
}
