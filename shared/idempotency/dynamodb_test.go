package idempotency_test

import (
	"strconv"
	"testing"

	"signalbox/shared/catalog"
	"signalbox/shared/idempotency"
	"signalbox/shared/lambdatest/awstest"
)

// faulty returns a ledger whose first call of the operation meets the fault.
func faulty(t *testing.T, operation string, f awstest.Fault) (ledger, *awstest.Server) {
	t.Helper()
	server, err := awstest.Serve(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	server.CreateTable("ledger", catalog.LedgerKey)
	server.Script(func(c awstest.Call) *awstest.Fault {
		if c.Operation == operation && c.Count == 0 {
			return &f
		}
		return nil
	})
	c := &clock{at: start}
	return ledger{t, idempotency.NewDynamoDB(client(server.URL), "ledger", c.now), c}, server
}

func TestDynamoDBRecognizesItsOwnRepeatedWrites(t *testing.T) {
	for name, fault := range map[string]awstest.Fault{
		"after a lost answer":           awstest.LostReply,
		"after a 500 behind the effect": awstest.BrokenAfter,
	} {
		t.Run(name, func(t *testing.T) {
			t.Run("a record is still the first", func(t *testing.T) {
				l, server := faulty(t, "PutItem", fault)
				l.record(entry("a"), "one", idempotency.Free)
				if n := server.Calls("PutItem"); n != 2 {
					t.Fatalf("%d calls, want the write sent twice", n)
				}
			})
			t.Run("a claim is the owner's, and counts as uncertain", func(t *testing.T) {
				l, _ := faulty(t, "PutItem", fault)
				l.expect("one", idempotency.Uncertain)
				l.expect("two", idempotency.Busy)
				l.complete("one", nil)
			})
			t.Run("a completion is one", func(t *testing.T) {
				l, _ := faulty(t, "UpdateItem", fault)
				l.expect("one", idempotency.Free)
				l.complete("one", nil)
			})
			t.Run("a lock is the owner's", func(t *testing.T) {
				l, _ := faulty(t, "UpdateItem", fault)
				l.acquire("one", 5, idempotency.Acquired)
			})
			t.Run("a release frees the event although it reports a lost claim", func(t *testing.T) {
				l, _ := faulty(t, "DeleteItem", fault)
				l.expect("one", idempotency.Free)
				l.release("one", false, idempotency.ErrLost)
				l.expect("two", idempotency.Free)
			})
		})
	}
}

func TestDynamoDBRecordNamesItsEvent(t *testing.T) {
	l, server := faulty(t, "none", awstest.Fault{})
	l.record(entry("a"), "one", idempotency.Free)
	items := server.Items("ledger")
	if len(items) != 1 {
		t.Fatalf("%d items", len(items))
	}
	for name, want := range map[string]string{
		catalog.LedgerKey: "function#event", "state": "COMPLETED", "function": "function", "eventid": "event",
		"eventtype": "order.created", "correlationid": "correlation", "causationid": "causation",
	} {
		if got := items[0][name].S; got == nil || *got != want {
			t.Errorf("%s: %v, want %q", name, got, want)
		}
	}
	ends := start.Add(idempotency.Retention).Unix()
	if got := items[0][catalog.LedgerTTL].N; got == nil || *got != strconv.FormatInt(ends, 10) {
		t.Errorf("%s: %v, want %d", catalog.LedgerTTL, got, ends)
	}
}
