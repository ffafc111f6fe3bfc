package idempotency

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"signalbox/shared/catalog"
)

// Note is a short text that a function keeps of a subject, such as whether a
// SKU is low.
type Note struct {
	Text string
	// Revision counts the writes; 0 is a note that was never written. A note
	// that is kept no longer has no text.
	Revision int64
}

// Notes keeps them. It is safe for concurrent use by any number of processes.
// An error means that the ledger could not be asked; what was to be written may
// or may not be.
type Notes interface {
	// Note returns the note of that key, by a read that sees every write before
	// it.
	Note(ctx context.Context, key string) (Note, error)
	// Swap writes text in place of old, to be kept for the given time, or for good
	// if that is 0. It returns false, and nothing is written, if the note is not
	// old any more. A write whose answer was lost may be answered with false
	// although it was made: whoever gets false reads again.
	Swap(ctx context.Context, key string, old Note, text string, keep time.Duration) (bool, error)
}

var (
	_ Notes = (*DynamoDB)(nil)
	_ Notes = (*Memory)(nil)
)

// NoteKey is the key of what a function keeps of a subject: "<function>#note#<subject>".
func NoteKey(function, subject string) string { return function + "#note#" + subject }

// Note implements Notes.
func (d *DynamoDB) Note(ctx context.Context, pk string) (Note, error) {
	out, err := d.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &d.table, Key: key(pk), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return Note{}, fmt.Errorf("read a note: %w", err)
	}
	s := Note{Text: stringOf(out.Item["note"]), Revision: numberOf(out.Item["revision"])}
	if expires, ok := out.Item[catalog.LedgerTTL]; ok && d.now().Unix() >= numberOf(expires) {
		// The revision goes on, for the item may still be there when it is written.
		s.Text = ""
	}
	return s, nil
}

// Swap implements Notes.
func (d *DynamoDB) Swap(ctx context.Context, pk string, old Note, next string, keep time.Duration) (bool, error) {
	put := item{catalog.LedgerKey: text(pk), "note": text(next), "revision": number(old.Revision + 1)}
	if keep > 0 {
		put[catalog.LedgerTTL] = number(d.now().Add(keep).Unix())
	}
	in := &dynamodb.PutItemInput{
		TableName: &d.table, Item: put,
		ConditionExpression:      aws.String("attribute_not_exists(#pk)"),
		ExpressionAttributeNames: map[string]string{"#pk": catalog.LedgerKey},
	}
	if old.Revision > 0 {
		in.ConditionExpression = aws.String("#revision = :revision")
		in.ExpressionAttributeNames = map[string]string{"#revision": "revision"}
		in.ExpressionAttributeValues = item{":revision": number(old.Revision)}
	}
	_, err := d.api.PutItem(ctx, in)
	if err = lost(err); err == ErrLost {
		return false, nil
	}
	return err == nil, err
}

// memoryNote is a note in memory; one that is kept for good has no expiry.
type memoryNote struct {
	Note
	expires time.Time
}

// Note implements Notes.
func (m *Memory) Note(_ context.Context, key string) (Note, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.notes[key]
	if !s.expires.IsZero() && !m.now().Before(s.expires) {
		s.Text = ""
	}
	return s.Note, nil
}

// Swap implements Notes.
func (m *Memory) Swap(_ context.Context, key string, old Note, text string, keep time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.notes[key].Revision != old.Revision {
		return false, nil
	}
	s := memoryNote{Note: Note{Text: text, Revision: old.Revision + 1}}
	if keep > 0 {
		s.expires = m.now().Truncate(time.Second).Add(keep)
	}
	m.notes[key] = s
	return true, nil
}
