package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	client "signalbox/shared/connector/commercetools"
	"signalbox/shared/fault"
	"signalbox/shared/source/commercetools"
)

const (
	// forPage is the time that must be left for another page, forRefill for
	// another message.
	forPage   = 15 * time.Second
	forRefill = 3 * time.Second
)

// sweep is one run through the messages.
type sweep struct {
	handler
	// to is where it ends, exclusive.
	to time.Time
	at cursor

	read, missed, gaps int
	complete           bool
	notes              map[string]string
}

// cursor is the position of a sweep, from which the next one continues.
type cursor struct {
	CreatedAt time.Time `json:"createdAt"`
	ID        string    `json:"id"`
	// Last are the resources seen last and the highest number among each one's
	// messages, the latest at the end.
	Last []last `json:"last,omitempty"`
}

type last struct {
	Resource string `json:"r"`
	Sequence int64  `json:"n"`
}

// maxLast limits the resources in the cursor, to about 25 KB.
const maxLast = 500

func (c cursor) position() client.Position { return client.Position{CreatedAt: c.CreatedAt, ID: c.ID} }

func (c *cursor) moveTo(p client.Position) { c.CreatedAt, c.ID = p.CreatedAt, p.ID }

// isAt reports whether both are at the same message.
func (c cursor) isAt(other cursor) bool {
	return c.CreatedAt.Equal(other.CreatedAt) && c.ID == other.ID
}

// through reads page by page to the end, or as far as the time allows. The cursor is
// saved after every page, so an interrupted sweep continues with the page that it had
// begun; the arrivals show which of its messages were sent already.
func (s *sweep) through(ctx context.Context, save func(context.Context) (bool, error)) error {
	limit := client.MessagesPerPage
	for left(ctx) > forPage {
		if err := s.pages.Wait(ctx); err != nil {
			return nil
		}
		page, err := s.shop.Messages(ctx, s.at.position(), s.to, limit)
		if client.IsOversized(err) && limit > 1 {
			limit /= 2
			continue
		}
		if err != nil {
			return explained(err)
		}
		if done, err := s.handle(ctx, page); err != nil || !done {
			return err
		}
		if len(page) > 0 {
			s.at.moveTo(page[len(page)-1].Position)
			if ok, err := save(ctx); err != nil || !ok {
				if err == nil {
					s.notes = map[string]string{"stopped": "another sweep moved the cursor"}
				}
				return err
			}
		}
		if len(page) < limit {
			s.complete = true
			return nil
		}
	}
	return nil
}

// handle sends the messages of the page that never arrived to the ingress queue. It
// returns false if there was not enough time.
func (s *sweep) handle(ctx context.Context, page []client.Message) (bool, error) {
	var ids []string
	for _, m := range page {
		if commercetools.Subscribes(m.Type) {
			ids = append(ids, m.ID)
		}
	}
	arrived := map[string]bool{}
	if len(ids) > 0 {
		var err error
		if arrived, err = s.ledger.Arrived(ctx, ids); err != nil {
			return false, err
		}
	}
	for _, m := range page {
		if !commercetools.Subscribes(m.Type) || arrived[m.ID] {
			continue
		}
		if left(ctx) < forRefill || s.refills.Wait(ctx) != nil {
			return false, nil
		}
		if err := s.refill(ctx, m); err != nil {
			return false, err
		}
	}
	for _, m := range page {
		s.follow(ctx, m)
	}
	s.read += len(page)
	return true, nil
}

func (s *sweep) refill(ctx context.Context, m client.Message) error {
	body, err := commercetools.Notification(s.project, m.Raw)
	if err != nil {
		return err
	}
	if err := s.ledger.Refill(ctx, body); err != nil {
		return err
	}
	s.missed++
	s.log.WarnContext(ctx, "never arrived, sent in again", slog.String("message", m.ID), slog.String("type", m.Type))
	// The message is in the queue, so a failed record does no damage.
	return s.ledger.RecordArrival(ctx, m.ID)
}

// follow counts the numbers that are missing between a resource's messages. The
// subscription covers only some types of messages, but /messages has all: a missing
// message was deleted, or became visible after the sweep had passed it.
func (s *sweep) follow(ctx context.Context, m client.Message) {
	if !commercetools.SubscribesTo(m.ResourceType) {
		return
	}
	resource := m.ResourceType + "/" + m.ResourceID
	known := s.at.Last
	for i := len(known) - 1; i >= 0; i-- {
		if known[i].Resource != resource {
			continue
		}
		before := known[i].Sequence
		s.at.Last = append(append(known[:i:i], known[i+1:]...), last{resource, max(before, m.Sequence)})
		if missing := m.Sequence - before - 1; missing > 0 {
			s.gaps += int(missing)
			s.log.WarnContext(ctx, "numbers are missing among a resource's messages",
				slog.String("resource", resource), slog.Int64("after", before), slog.Int64("before", m.Sequence))
		}
		return
	}
	s.at.Last = append(known, last{resource, m.Sequence})
	if n := len(s.at.Last) - maxLast; n > 0 {
		s.at.Last = append([]last(nil), s.at.Last[n:]...)
	}
}

func left(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return time.Hour
	}
	return time.Until(deadline)
}

// explained adds the remedy to a refusal.
func explained(err error) error {
	f := fault.Of(err)
	switch f.Reason {
	case "commercetools-token-400", "commercetools-403", "commercetools-insufficient_scope":
		return fault.Refuse(f.Reason, errors.New("the API client lacks the scope view_messages: make one that has it"))
	}
	return err
}
