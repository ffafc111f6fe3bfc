package idempotency_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/idempotency"
	"signalbox/shared/lambdatest/awstest"
)

func notes(t *testing.T, test func(t *testing.T, s idempotency.Notes, c *clock)) {
	stores(t, func(t *testing.T, s idempotency.Store, c *clock) {
		kept, ok := s.(idempotency.Notes)
		if !ok {
			t.Fatal("the ledger keeps no notes")
		}
		test(t, kept, c)
	})
}

func read(t *testing.T, s idempotency.Notes, want string) idempotency.Note {
	t.Helper()
	got, err := s.Note(t.Context(), "key")
	if err != nil || got.Text != want {
		t.Fatalf("Note = %+v, %v; want %q", got, err, want)
	}
	return got
}

func swap(t *testing.T, s idempotency.Notes, old idempotency.Note, text string, keep time.Duration, want bool) {
	t.Helper()
	if ok, err := s.Swap(t.Context(), "key", old, text, keep); err != nil || ok != want {
		t.Fatalf("Swap to %q = %t, %v; want %t", text, ok, err, want)
	}
}

func TestNoteIsWrittenOnlyInPlaceOfTheOneThatWasRead(t *testing.T) {
	notes(t, func(t *testing.T, s idempotency.Notes, _ *clock) {
		none := read(t, s, "")
		swap(t, s, none, "one", 0, true)
		swap(t, s, none, "another first", 0, false)
		one := read(t, s, "one")
		swap(t, s, one, "two", 0, true)
		swap(t, s, one, "another two", 0, false)
		read(t, s, "two")
	})
}

func TestNoteIsKeptAsLongAsItWasAskedTo(t *testing.T) {
	notes(t, func(t *testing.T, s idempotency.Notes, c *clock) {
		swap(t, s, idempotency.Note{}, "short", time.Hour, true)
		c.advance(59 * time.Minute)
		read(t, s, "short")
		c.advance(2 * time.Minute)
		gone := read(t, s, "")
		swap(t, s, gone, "for good", 0, true)
		c.advance(10 * 365 * 24 * time.Hour)
		read(t, s, "for good")
	})
}

// Every increment is made once, however many make them at a time.
func TestNoWriteOfANoteIsLost(t *testing.T) {
	notes(t, func(t *testing.T, s idempotency.Notes, _ *clock) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 10 {
					for done := false; !done; {
						old, err := s.Note(ctx, "key")
						if err != nil {
							t.Error(err)
							return
						}
						n, _ := strconv.Atoi(old.Text)
						if done, err = s.Swap(ctx, "key", old, strconv.Itoa(n+1), 0); err != nil {
							t.Error(err)
							return
						}
					}
				}
			})
		}
		all.Wait()
		read(t, s, "80")
	})
}

func TestNoteWhoseAnswerWasLostIsThereForTheNextReading(t *testing.T) {
	server, err := awstest.Serve(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	server.CreateTable("ledger", catalog.LedgerKey)
	fault := awstest.LostReply
	server.Script(func(c awstest.Call) *awstest.Fault {
		if c.Operation == "PutItem" && c.Count == 0 {
			return &fault
		}
		return nil
	})
	s := idempotency.NewDynamoDB(client(server.URL), "ledger", time.Now)
	// The client sends the write again, which then meets its own.
	swap(t, s, idempotency.Note{}, "one", 0, false)
	read(t, s, "one")
}
