package replenishment_test

import (
	"fmt"
	"time"

	"signalbox/shared/event/retail"
	"signalbox/shared/process"
	"signalbox/shared/retail/replenishment"
)

// Goods that arrive answer an order, and its timer then changes nothing. An order that
// nothing answers in time is overdue.
func ExampleDecide() {
	ordered := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	due := ordered.Add(48 * time.Hour)
	sent := replenishment.Sent{Order: replenishment.Order{
		Purchase: retail.Purchase{ID: "event-1", Channel: "edi", Supplier: "campfire", OrderedAt: ordered, DueAt: due},
		Level:    retail.Level{EntryID: "main", SKU: "STOVE", Version: 7, AvailableQuantity: 4}, Threshold: 10,
	}}
	arrived := replenishment.Seen{
		Change: retail.InventoryChanged{Level: retail.Level{EntryID: "main", SKU: "STOVE", Version: 9, AvailableQuantity: 124}}, At: ordered.Add(time.Hour),
	}
	timer := process.Due{Name: "edi", At: due}
	for name, events := range map[string][]replenishment.Event{
		"answered": {sent, arrived, timer},
		"overdue":  {sent, timer, timer},
	} {
		var state replenishment.State
		line := name + ":"
		for _, e := range events {
			d := replenishment.Decide(state, e)
			state = d.State
			for _, emitted := range d.Emit {
				line += " " + string(emitted.EventType())
			}
		}
		fmt.Println(line)
	}
	// Unordered output:
	// answered: inventory.replenished
	// overdue: inventory.replenishment-overdue
}
