package queue

import (
	"cmp"
	"slices"

	"signalbox/shared/event"
)

// planned is a record that was read before its turn.
type planned struct {
	raw  event.Raw
	data any
	err  error
}

// plan groups the records: what is in one unit is handled one after the other.
// That is the message group on a FIFO queue, the subject of an event that
// carries a state, its oldest first, and else each record by itself.
func (b *batch) plan() [][]int {
	if b.ordered {
		all := make([]planned, len(b.records))
		for i := range all {
			all[i].raw, all[i].data, all[i].err = b.event(i)
		}
		b.planned = all
	}
	var units [][]int
	unitOf := map[string]int{}
	for i := range b.records {
		group := ""
		if b.records[i].isFIFO() {
			group = b.records[i].Attributes.MessageGroupID
		}
		if b.ordered && group == "" && b.planned[i].err == nil {
			group = b.planned[i].raw.Subject
		}
		if at, ok := unitOf[group]; ok && group != "" {
			units[at] = append(units[at], i)
			continue
		}
		unitOf[group] = len(units)
		units = append(units, []int{i})
	}
	if !b.ordered {
		return units
	}
	for _, unit := range units {
		if !b.records[unit[0]].isFIFO() {
			slices.SortStableFunc(unit, func(x, y int) int {
				return cmp.Compare(b.planned[x].raw.Sequence, b.planned[y].raw.Sequence)
			})
		}
	}
	return units
}
