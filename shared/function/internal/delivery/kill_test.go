package delivery

import "testing"

func TestKillPointKillsAtTheNthPass(t *testing.T) {
	var passed []string
	at := func(setting string) *KillPoint {
		k := NewKillPoint(setting)
		if k != nil {
			k.Kill = func() { passed = append(passed, "killed") }
		}
		return k
	}
	for sentence, c := range map[string]struct {
		setting string
		passes  int
		want    int
	}{
		"the first":          {"after-claim", 1, 1},
		"never twice":        {"after-claim", 3, 1},
		"the third, not yet": {"after-claim:3", 2, 0},
		"the third":          {"after-claim:3", 3, 1},
		"another label":      {"before-ack", 3, 0},
		"not set":            {"", 3, 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			passed = nil
			k := at(c.setting)
			for range c.passes {
				k.Reach(AfterClaim)
			}
			if len(passed) != c.want {
				t.Errorf("killed %d times, want %d", len(passed), c.want)
			}
		})
	}
}
