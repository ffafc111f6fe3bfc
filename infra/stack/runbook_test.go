package stack

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"signalbox/infra/alarm"
)

// anchors are the runbooks a page has: GitHub makes them of headings such as
// "#### Runbook: dead-letters", or they are written as <a id="…">.
func anchors(page string) []string {
	var out []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ +(.+?) *$`).FindAllStringSubmatch(page, -1) {
		slug := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		out = append(out, strings.ReplaceAll(slug, " ", "-"))
	}
	for _, anchor := range regexp.MustCompile(`<a (?:id|name)="([^"]+)">`).FindAllStringSubmatch(page, -1) {
		out = append(out, anchor[1])
	}
	return slices.DeleteFunc(out, func(a string) bool { return !strings.HasPrefix(a, "runbook-") })
}

// missing compares the kinds of alarms with a page's runbooks, both ways.
func missing(kinds []alarm.Kind, page string) (noRunbook, noAlarm []string) {
	have := anchors(page)
	var want []string
	for _, k := range kinds {
		want = append(want, k.Anchor())
		if !slices.Contains(have, k.Anchor()) {
			noRunbook = append(noRunbook, k.Anchor())
		}
	}
	for _, a := range have {
		if !slices.Contains(want, a) {
			noAlarm = append(noAlarm, a)
		}
	}
	return noRunbook, noAlarm
}

func TestEveryAlarmHasItsRunbookAndEveryRunbookItsAlarm(t *testing.T) {
	page, err := os.ReadFile("../../README.md")
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatal("README.md, which the alarms link to, is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	noRunbook, noAlarm := missing(alarm.Kinds(), string(page))
	for _, a := range noRunbook {
		t.Errorf("README.md has no runbook #%s: an operator follows the alarm's link to nothing", a)
	}
	for _, a := range noAlarm {
		t.Errorf("README.md has a runbook #%s that no alarm links to", a)
	}
}

func TestRunbooksAreComparedBothWays(t *testing.T) {
	page := "# Signalbox\n#### Runbook: dead-letters\n<a id=\"runbook-gone\"></a>\n"
	noRunbook, noAlarm := missing([]alarm.Kind{alarm.DeadLetters, alarm.Late}, page)
	if !slices.Equal(noRunbook, []string{"runbook-late"}) || !slices.Equal(noAlarm, []string{"runbook-gone"}) {
		t.Errorf("missing = %v, %v", noRunbook, noAlarm)
	}
}

func TestKindsSayWhatIsTheCaseAndWhatToDo(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range alarm.Kinds() {
		if seen[k.ID] || k.Means == "" || k.Do == "" {
			t.Errorf("kind %q stands twice or says too little", k.ID)
		}
		seen[k.ID] = true
	}
	everything, prod := synthesized(t, "everything"), synthesized(t, "prod")
	for _, k := range alarm.Kinds() {
		if everything.counted(k)+prod.counted(k) == 0 {
			t.Errorf("no alarm is of kind %q", k.ID)
		}
	}
}
