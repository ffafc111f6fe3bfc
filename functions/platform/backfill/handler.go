package main

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"golang.org/x/time/rate"

	client "signalbox/shared/connector/commercetools"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/schedule"
	"signalbox/shared/state"
	"signalbox/shared/strictjson"
)

const (
	// leastTrail is how far a sweep stays behind the present at least: messages of the
	// same time become visible one after the other.
	leastTrail = time.Minute
	// horizon is how far back a sweep may begin. The ledger keeps arrivals and applied
	// events for 35 days; an older message would look as if it had never arrived, and be
	// applied again.
	horizon = 30 * 24 * time.Hour
	// pagesPerSecond is the rate of requests to commercetools.
	pagesPerSecond = 5
	// cursorKey is the key of the state with the position of the scheduled sweep.
	cursorKey = "cursor"
)

// shop is the part of *commercetools.Client that is used here.
type shop interface {
	Messages(ctx context.Context, after client.Position, before time.Time, limit int) ([]client.Message, error)
}

// ledger is the part of the runtime that is used here.
type ledger interface {
	Arrived(ctx context.Context, ids []string) (map[string]bool, error)
	RecordArrival(ctx context.Context, id string) error
	Refill(ctx context.Context, body []byte) error
}

type handler struct {
	shop    shop
	ledger  ledger
	cursors state.Values[cursor]
	log     *slog.Logger
	project string
	// trail is how far the sweep stays behind the present.
	trail time.Duration
	// pages and refills limit the requests and the sent messages per second.
	pages, refills *rate.Limiter
	now            func() time.Time
}

func newHandler(env function.Env, s shop) (handler, error) {
	trail, err := env.Config.Int("BACKFILL_TRAIL_SECONDS")
	if err != nil {
		return handler{}, err
	}
	perSecond, err := env.Config.Int("BACKFILL_RATE")
	if err != nil {
		return handler{}, err
	}
	h := handler{
		shop: s, ledger: env, cursors: cursors(env.State), log: env.Log, now: env.Now,
		project: env.Config.String("COMMERCETOOLS_PROJECT"),
		trail:   time.Duration(trail) * time.Second,
		pages:   rate.NewLimiter(pagesPerSecond, 1), refills: rate.NewLimiter(rate.Limit(perSecond), int(max(1, perSecond))),
	}
	switch {
	case h.trail < leastTrail:
		return handler{}, errors.New("BACKFILL_TRAIL_SECONDS: expected 60 or more")
	case perSecond < 1:
		return handler{}, errors.New("BACKFILL_RATE: expected 1 or more")
	}
	return h, nil
}

// run continues the scheduled sweep, or sweeps the time range of its input:
// {"from": "…", "to": "…"}.
func (h handler) run(ctx context.Context, r schedule.Invocation) (schedule.Report, error) {
	var demand struct {
		From time.Time `json:"from"`
		To   time.Time `json:"to"`
	}
	if r.Demand != nil {
		if err := strictjson.Unmarshal("request", r.Demand, &demand); err != nil {
			return schedule.Report{}, err
		}
	}
	newest := h.now().Add(-h.trail)
	if demand.From.IsZero() && demand.To.IsZero() {
		return h.goOn(ctx, newest)
	}
	if demand.To.IsZero() || demand.To.After(newest) {
		demand.To = newest
	}
	switch {
	case demand.From.IsZero():
		return schedule.Report{}, fault.Field("request.from", "a time such as 2026-11-20T00:00:00Z")
	case demand.From.Before(h.now().Add(-horizon)):
		return schedule.Report{}, fault.Field("request.from", "a time within the last 30 days: what was applied earlier is not remembered, and would be applied again")
	case !demand.From.Before(demand.To):
		return schedule.Report{}, fault.Field("request.to", "a time after request.from")
	}
	s := &sweep{handler: h, to: demand.To, at: cursor{CreatedAt: demand.From}}
	err := s.through(ctx, func(context.Context) (bool, error) { return true, nil })
	return s.report(), err
}

// cursors is the state of the scheduled sweep.
func cursors(store state.Store) state.Values[cursor] {
	return state.Of[cursor](store, "backfill", state.Forever)
}

// goOn sweeps from the cursor to the given time and moves the cursor, a page at a
// time. The first sweep of all begins at the present.
func (h handler) goOn(ctx context.Context, newest time.Time) (schedule.Report, error) {
	stored, err := h.cursors.Get(ctx, cursorKey)
	if err != nil {
		return schedule.Report{}, err
	}
	first := stored.CreatedAt.IsZero()
	if first && (stored.ID != "" || stored.Last != nil) {
		return schedule.Report{}, fault.Refuse("state-unreadable", errors.New("backfill: the cursor has no time"))
	}
	s := &sweep{handler: h, to: newest, at: stored}
	if first {
		s.at = cursor{CreatedAt: newest}
	}
	// From a cursor of weeks ago, the sweep would repeat events that the ledger has
	// forgotten.
	if oldest := h.now().Add(-horizon); s.at.CreatedAt.Before(oldest) {
		s.notes = map[string]string{"skipped-from": stamp(s.at.CreatedAt), "skipped-to": stamp(oldest)}
		s.at.moveTo(client.Position{CreatedAt: oldest})
	}
	save := func(ctx context.Context) (moved bool, err error) {
		_, err = h.cursors.Update(ctx, cursorKey, func(is *cursor) (bool, error) {
			moved = is.isAt(s.at) || is.isAt(stored)
			if moved {
				*is = s.at
			}
			return moved, nil
		})
		stored = s.at
		return moved && err == nil, err
	}
	if first {
		if ok, err := save(ctx); err != nil || !ok {
			return s.report(), err
		}
	}
	err = s.through(ctx, save)
	return s.report(), err
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func (s *sweep) report() schedule.Report {
	r := schedule.Report{
		Counts: map[string]int{"BackfillRead": s.read, "BackfillMissed": s.missed, "BackfillGaps": s.gaps, "BackfillBehind": 0},
		Notes:  map[string]string{"until": stamp(s.at.CreatedAt), "complete": strconv.FormatBool(s.complete)},
	}
	if !s.complete {
		r.Counts["BackfillBehind"] = 1
	}
	for name, text := range s.notes {
		r.Notes[name] = text
	}
	return r
}
