package demo

import (
	"context"
	"fmt"
	"time"

	"signalbox/shared/event/retail"
)

// wait lets the time of every timer pass: nothing was answered of the purchase
// orders that wait, so each of them is overdue.
func (p *play) wait(context.Context) (string, error) {
	timers := p.system.Timers()
	if len(timers) == 0 {
		return "no timers are set", nil
	}
	by := time.Until(timers[len(timers)-1].At) + time.Minute
	n, err := p.system.AdvanceTime(by)
	p.platform.Timers, p.platform.Advanced = n, by.Round(time.Minute).String()
	return fmt.Sprintf("%d fired within %s", n, by.Round(time.Minute)), err
}

// judgeTimers says what should have come of the timers and did not.
func (p *play) judgeTimers() []string {
	overdue := 0
	for _, e := range p.system.Recorder.Events() {
		if e.Type == string(retail.TypeReplenishmentOverdue) {
			overdue++
		}
	}
	if left := len(p.system.Timers()); p.platform.Advanced != "" && left > 0 {
		return []string{fmt.Sprintf("%d timers did not fire", left)}
	}
	if p.platform.Timers > 0 && overdue == 0 {
		return []string{"no purchase order became overdue when the time of all had passed"}
	}
	return nil
}
