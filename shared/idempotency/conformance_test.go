package idempotency_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"

	"signalbox/shared/catalog"
	"signalbox/shared/idempotency"
	"signalbox/shared/lambdatest/awstest"
)

// clock is a clock that tests set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// start is later than now, so that no table's own time-to-live interferes.
var start = time.Now().Add(24 * time.Hour).Truncate(time.Second)

// stores are the implementations the suite runs on.
func stores(t *testing.T, test func(t *testing.T, s idempotency.Store, c *clock)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		c := &clock{at: start}
		test(t, idempotency.NewMemory(c.now), c)
	})
	t.Run("DynamoDB", func(t *testing.T) {
		server, err := awstest.Serve(awstest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Close)
		server.CreateTable("ledger", catalog.LedgerKey)
		c := &clock{at: start}
		test(t, idempotency.NewDynamoDB(client(server.URL), "ledger", c.now), c)
	})
	if engine := os.Getenv("SIGNALBOX_ENGINE"); engine != "" {
		t.Run("engine", func(t *testing.T) {
			c := &clock{at: start}
			test(t, idempotency.NewDynamoDB(client(engine), createTable(t, client(engine)), c.now), c)
		})
	}
}

func client(url string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: "eu-central-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

func createTable(t *testing.T, api *dynamodb.Client) string {
	t.Helper()
	name := "ledger-" + uuid.NewString()
	_, err := api.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String(catalog.LedgerKey), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String(catalog.LedgerKey), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatalf("create a table at the engine: %v", err)
	}
	t.Cleanup(func() {
		_, _ = api.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name})
	})
	return name
}

const (
	lease  = 30 * time.Second
	settle = 2 * time.Minute
)

func entry(hash string) idempotency.Entry {
	return idempotency.Entry{
		Function: "function", EventID: "event", EventType: "order.created",
		CorrelationID: "correlation", CausationID: "causation", Hash: hash,
	}
}

// ledger is a store that fails the test instead of returning errors.
type ledger struct {
	t *testing.T
	s idempotency.Store
	c *clock
}

func (l ledger) claim(owner string) idempotency.Claim { return l.claimOf(entry("a"), owner) }

func (l ledger) claimOf(e idempotency.Entry, owner string) idempotency.Claim {
	l.t.Helper()
	c, err := l.s.Claim(l.t.Context(), e, owner, l.c.now().Add(lease), settle)
	if err != nil {
		l.t.Fatalf("Claim: %v", err)
	}
	return c
}

func (l ledger) expect(owner string, want idempotency.Verdict) idempotency.Claim {
	l.t.Helper()
	c := l.claim(owner)
	if c.Verdict != want {
		l.t.Fatalf("claim by %s: verdict %d, want %d", owner, c.Verdict, want)
	}
	return c
}

func (l ledger) complete(owner string, want error) {
	l.t.Helper()
	if err := l.s.Complete(l.t.Context(), entry("a"), owner); !errors.Is(err, want) {
		l.t.Fatalf("complete by %s: %v, want %v", owner, err, want)
	}
}

func (l ledger) release(owner string, mayExist bool, want error) {
	l.t.Helper()
	if err := l.s.Release(l.t.Context(), entry("a"), owner, mayExist); !errors.Is(err, want) {
		l.t.Fatalf("release by %s: %v, want %v", owner, err, want)
	}
}

func (l ledger) find(e idempotency.Entry, want idempotency.Verdict) {
	l.t.Helper()
	got, err := l.s.Find(l.t.Context(), e)
	if err != nil || got != want {
		l.t.Fatalf("find: %d, %v; want %d", got, err, want)
	}
}

func (l ledger) record(e idempotency.Entry, owner string, want idempotency.Verdict) {
	l.t.Helper()
	got, err := l.s.Record(l.t.Context(), e, owner)
	if err != nil || got != want {
		l.t.Fatalf("record by %s: %d, %v; want %d", owner, got, err, want)
	}
}

// conformance is what every store must do, one sentence a case.
var conformance = map[string]func(l ledger){
	"an unknown event is free, and found done once it is recorded": func(l ledger) {
		l.find(entry("a"), idempotency.Free)
		l.record(entry("a"), "one", idempotency.Free)
		l.find(entry("a"), idempotency.Done)
	},
	"the second to record learns that it is not the first": func(l ledger) {
		l.record(entry("a"), "one", idempotency.Free)
		l.record(entry("a"), "two", idempotency.Done)
	},
	"a record that was sent twice is still the first": func(l ledger) {
		l.record(entry("a"), "one", idempotency.Free)
		l.record(entry("a"), "one", idempotency.Free)
	},
	"other data under the same id is a mismatch": func(l ledger) {
		l.record(entry("a"), "one", idempotency.Free)
		l.find(entry("b"), idempotency.Mismatch)
		l.record(entry("b"), "two", idempotency.Mismatch)
		if c := l.claimOf(entry("b"), "two"); c.Verdict != idempotency.Mismatch {
			l.t.Fatalf("claim: %d, want a mismatch", c.Verdict)
		}
	},
	"data read anew may differ": func(l ledger) {
		l.record(entry("a"), "one", idempotency.Free)
		l.find(entry(""), idempotency.Done)
		l.record(entry(""), "two", idempotency.Done)
	},
	"a record ends with its retention though the table still holds it": func(l ledger) {
		l.record(entry("a"), "one", idempotency.Free)
		l.c.advance(idempotency.Retention - time.Second)
		l.find(entry("b"), idempotency.Mismatch)
		l.c.advance(time.Second)
		l.find(entry("b"), idempotency.Free)
		l.record(entry("b"), "two", idempotency.Free)
	},
	"a claim keeps others out until its lease and the settling time are over": func(l ledger) {
		l.expect("one", idempotency.Free)
		if c := l.expect("two", idempotency.Busy); !c.Until.IsZero() {
			l.t.Fatalf("until %s, want no time named while the owner is at work", c.Until)
		}
		l.c.advance(lease)
		if c := l.expect("two", idempotency.Busy); !c.Until.Equal(start.Add(lease + settle)) {
			l.t.Fatalf("until %s, want %s", c.Until, start.Add(lease+settle))
		}
		l.c.advance(settle - time.Millisecond)
		l.expect("two", idempotency.Busy)
		l.c.advance(time.Millisecond)
		if c := l.expect("two", idempotency.Uncertain); !c.Until.IsZero() {
			l.t.Fatalf("until %s, want at once", c.Until)
		}
		l.expect("three", idempotency.Busy)
	},
	"a claim that was sent twice belongs to its owner, who must ask since it may have replaced one": func(l ledger) {
		l.expect("one", idempotency.Free)
		if c := l.expect("one", idempotency.Uncertain); !c.Until.Equal(start.Add(settle)) {
			l.t.Fatalf("until %s, want %s", c.Until, start.Add(settle))
		}
		l.complete("one", nil)
	},
	"a completed event is done for everyone": func(l ledger) {
		l.expect("one", idempotency.Free)
		l.complete("one", nil)
		l.expect("two", idempotency.Done)
		l.expect("one", idempotency.Done)
		l.find(entry("a"), idempotency.Done)
	},
	"a completion that was sent twice is one": func(l ledger) {
		l.expect("one", idempotency.Free)
		l.complete("one", nil)
		l.complete("one", nil)
	},
	"who lost the claim completes and releases nothing": func(l ledger) {
		l.expect("one", idempotency.Free)
		l.c.advance(lease + settle)
		l.expect("two", idempotency.Uncertain)
		l.complete("one", idempotency.ErrLost)
		l.release("one", false, idempotency.ErrLost)
		l.release("one", true, idempotency.ErrLost)
		l.expect("three", idempotency.Busy)
		l.complete("two", nil)
	},
	"a definite refusal frees the event at once": func(l ledger) {
		l.expect("one", idempotency.Free)
		l.release("one", false, nil)
		l.expect("two", idempotency.Free)
	},
	"an ambiguous failure keeps the record and ends the lease": func(l ledger) {
		l.expect("one", idempotency.Free)
		l.release("one", true, nil)
		if c := l.expect("two", idempotency.Busy); !c.Until.Equal(start.Add(settle)) {
			l.t.Fatalf("until %s, want %s", c.Until, start.Add(settle))
		}
		l.c.advance(settle)
		l.expect("two", idempotency.Uncertain)
	},
	"a completed event cannot be released": func(l ledger) {
		l.expect("one", idempotency.Free)
		l.complete("one", nil)
		l.release("one", false, idempotency.ErrLost)
		l.release("one", true, idempotency.ErrLost)
		l.expect("two", idempotency.Done)
	},
	"a left-over claim of other data is a mismatch and stays as it is": func(l ledger) {
		l.expect("one", idempotency.Free)
		l.c.advance(lease + settle)
		if c := l.claimOf(entry("b"), "two"); c.Verdict != idempotency.Mismatch {
			l.t.Fatalf("claim: %d, want a mismatch", c.Verdict)
		}
		l.expect("three", idempotency.Uncertain)
	},
	"a completed claim ends with its retention, a left-over one never does": func(l ledger) {
		l.expect("one", idempotency.Free)
		l.c.advance(2 * idempotency.Retention)
		l.expect("two", idempotency.Uncertain)
		l.complete("two", nil)
		l.c.advance(idempotency.Retention)
		l.expect("three", idempotency.Free)
	},
	"of many who claim at once one wins": func(l ledger) {
		var mu sync.Mutex
		won := 0
		var claims sync.WaitGroup
		for range 16 {
			claims.Go(func() {
				c, err := l.s.Claim(l.t.Context(), entry("a"), uuid.NewString(), start.Add(lease), settle)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					l.t.Errorf("Claim: %v", err)
				}
				if c.Verdict == idempotency.Free {
					won++
				} else if c.Verdict != idempotency.Busy {
					l.t.Errorf("verdict %d, want busy", c.Verdict)
				}
			})
		}
		claims.Wait()
		if won != 1 {
			l.t.Errorf("%d owners", won)
		}
	},
}

func TestStoreConformance(t *testing.T) {
	for sentence, test := range conformance {
		t.Run(sentence, func(t *testing.T) {
			stores(t, func(t *testing.T, s idempotency.Store, c *clock) { test(ledger{t, s, c}) })
		})
	}
}
