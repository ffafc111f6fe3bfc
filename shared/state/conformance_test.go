package state_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"signalbox/shared/catalog"
	"signalbox/shared/fault"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is moved by hand. It starts in the future, so that DynamoDB's own clock
// removes nothing meanwhile.
type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

func newClock() *clock { return &clock{time.Now().Add(24 * time.Hour).Truncate(time.Second)} }

// stores are the implementations that the suite runs on.
func stores(t *testing.T, test func(t *testing.T, s state.Store, c *clock)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		c := newClock()
		test(t, state.NewMemory(c.now), c)
	})
	t.Run("DynamoDB", func(t *testing.T) {
		server := serve(t)
		c := newClock()
		test(t, state.NewDynamoDB(client(t, server.URL), "ledger", c.now), c)
	})
	if engine := os.Getenv("SIGNALBOX_ENGINE"); engine != "" {
		t.Run("engine", func(t *testing.T) {
			c := newClock()
			test(t, state.NewDynamoDB(client(t, engine), createTable(t, client(t, engine)), c.now), c)
		})
	}
}

func serve(t *testing.T) *awstest.Server {
	t.Helper()
	server, err := awstest.Serve(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	server.CreateTable("ledger", catalog.LedgerKey)
	return server
}

func client(t *testing.T, url string) *dynamodb.Client {
	api := dynamodb.New(dynamodb.Options{
		Region: "eu-central-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	return api
}

func createTable(t *testing.T, api *dynamodb.Client) string {
	t.Helper()
	name := "state-" + uuid.NewString()
	_, err := api.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String(catalog.LedgerKey), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String(catalog.LedgerKey), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatalf("create a table at the engine: %v", err)
	}
	return name
}

func read(t *testing.T, s state.Store, want string) state.Record {
	t.Helper()
	got, err := s.Read(t.Context(), "key")
	if err != nil || got.Text != want {
		t.Fatalf("Read = %+v, %v; want %q", got, err, want)
	}
	return got
}

func swap(t *testing.T, s state.Store, old state.Record, text string, keep time.Duration, want bool) {
	t.Helper()
	if ok, err := s.Swap(t.Context(), "key", old, text, keep); err != nil || ok != want {
		t.Fatalf("Swap to %q = %t, %v; want %t", text, ok, err, want)
	}
}

func TestARecordIsWrittenOnlyInPlaceOfTheOneThatWasRead(t *testing.T) {
	stores(t, func(t *testing.T, s state.Store, _ *clock) {
		none := read(t, s, "")
		swap(t, s, none, "one", state.Forever, true)
		swap(t, s, none, "another first", state.Forever, false)
		one := read(t, s, "one")
		swap(t, s, one, "two", state.Forever, true)
		swap(t, s, one, "another two", state.Forever, false)
		read(t, s, "two")
	})
}

func TestARecordIsKeptForItsTime(t *testing.T) {
	stores(t, func(t *testing.T, s state.Store, c *clock) {
		swap(t, s, state.Record{}, "short", time.Hour, true)
		c.advance(59 * time.Minute)
		read(t, s, "short")
		c.advance(2 * time.Minute)
		gone := read(t, s, "")
		swap(t, s, gone, "for good", state.Forever, true)
		c.advance(10 * 365 * 24 * time.Hour)
		read(t, s, "for good")
	})
}

// tally is a value under test: who was counted.
type tally struct {
	Names []string           `json:"names,omitempty"`
	Owed  state.Owed[reward] `json:"owed,omitzero"`
}

func add(name string) func(*tally) (bool, error) {
	return func(v *tally) (bool, error) {
		if slices.Contains(v.Names, name) {
			return false, nil
		}
		v.Names = append(v.Names, name)
		return true, nil
	}
}

func TestNoUpdateIsLostHoweverManyWriteAtOnce(t *testing.T) {
	stores(t, func(t *testing.T, s state.Store, _ *clock) {
		values := state.Of[tally](s, "scope", state.Forever)
		var writers sync.WaitGroup
		for w := range 8 {
			writers.Go(func() {
				for n := range 10 {
					name := string(rune('a'+w)) + string(rune('0'+n))
					for {
						_, err := values.Update(t.Context(), "key", add(name))
						if err == nil {
							break
						}
						if fault.Of(err).Reason != "state-contention" {
							t.Error(err)
							return
						}
					}
				}
			})
		}
		writers.Wait()
		got, err := values.Get(t.Context(), "key")
		if err != nil || len(got.Names) != 80 {
			t.Errorf("%d names, %v; want 80", len(got.Names), err)
		}
	})
}

func TestValuesOfScopesAndKeysAreApart(t *testing.T) {
	stores(t, func(t *testing.T, s state.Store, _ *clock) {
		if _, err := state.Of[tally](s, "one", state.Forever).Update(t.Context(), "key", add("a")); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			scope, key string
			want       int
		}{{"one", "key", 1}, {"one", "other", 0}, {"other", "key", 0}} {
			got, err := state.Of[tally](s, c.scope, time.Hour).Get(t.Context(), c.key)
			if err != nil || len(got.Names) != c.want {
				t.Errorf("%s %s: %+v, %v; want %d names", c.scope, c.key, got, err, c.want)
			}
		}
	})
}

func TestAValueIsForgottenAfterItsTime(t *testing.T) {
	stores(t, func(t *testing.T, s state.Store, c *clock) {
		values := state.Of[tally](s, "scope", time.Hour)
		update := func(name string, want int) {
			t.Helper()
			got, err := values.Update(t.Context(), "key", add(name))
			if err != nil || len(got.Names) != want {
				t.Errorf("after %s: %+v, %v; want %d names", name, got, err, want)
			}
		}
		update("a", 1)
		c.advance(59 * time.Minute)
		update("b", 2) // Each update keeps the value for its time again.
		c.advance(59 * time.Minute)
		update("c", 3)
		c.advance(61 * time.Minute)
		update("d", 1)
	})
}

func TestNothingIsWrittenThatDidNotChange(t *testing.T) {
	stores(t, func(t *testing.T, s state.Store, _ *clock) {
		values := state.Of[tally](s, "scope", state.Forever)
		changes := []func(*tally) (bool, error){
			add("a"), add("a"), // "a" is there already.
			func(*tally) (bool, error) { return true, nil }, // It says so, and changed nothing.
		}
		for _, change := range changes {
			if _, err := values.Update(t.Context(), "key", change); err != nil {
				t.Fatal(err)
			}
		}
		refusal := errors.New("refused")
		if _, err := values.Update(t.Context(), "key", func(v *tally) (bool, error) {
			v.Names = nil
			return true, refusal
		}); !errors.Is(err, refusal) {
			t.Errorf("Update = %v, want the error of the decision", err)
		}
		if r, err := s.Read(t.Context(), state.Key("scope", "key")); err != nil || r.Revision != 1 {
			t.Errorf("%+v, %v; want one write", r, err)
		}
	})
}

func TestAValueThatDoesNotFitItsTypeIsRefused(t *testing.T) {
	stores(t, func(t *testing.T, s state.Store, _ *clock) {
		for _, text := range []string{`{"names":7}`, `no JSON`, `{"names":["secret`} {
			key := state.Key("scope", text)
			if ok, err := s.Swap(t.Context(), key, state.Record{}, text, state.Forever); !ok || err != nil {
				t.Fatal(ok, err)
			}
			values := state.Of[tally](s, "scope", state.Forever)
			_, got := values.Get(t.Context(), text)
			_, updated := values.Update(t.Context(), text, add("a"))
			for _, err := range []error{got, updated} {
				if f := fault.Of(err); f == nil || f.Kind != fault.Permanent || f.Reason != "state-unreadable" || f.Err.Error() != "scope: the stored value does not fit its type" {
					t.Errorf("%s: %v, want it refused without a word of it", text, err)
				}
			}
		}
	})
}

// flaky is a store that fails where the test says so.
type flaky struct {
	state.Store
	read, swap func() error
	// faster is another writer that comes in before each swap.
	faster func()
}

func (f flaky) Read(ctx context.Context, key string) (state.Record, error) {
	if f.read != nil {
		if err := f.read(); err != nil {
			return state.Record{}, err
		}
	}
	return f.Store.Read(ctx, key)
}

func (f flaky) Swap(ctx context.Context, key string, old state.Record, text string, keep time.Duration) (bool, error) {
	if f.faster != nil {
		f.faster()
	}
	if f.swap != nil {
		if err := f.swap(); err != nil {
			return false, err
		}
	}
	return f.Store.Swap(ctx, key, old, text, keep)
}

func TestAStoreThatDoesNotAnswerIsTriedAgainLater(t *testing.T) {
	broken := func() error { return errors.New("throttled") }
	stores(t, func(t *testing.T, s state.Store, _ *clock) {
		for name, c := range map[string]struct {
			store     state.Store
			ambiguous bool
		}{
			"reading": {flaky{Store: s, read: broken}, false},
			"writing": {flaky{Store: s, swap: broken}, true},
		} {
			_, err := state.Of[tally](c.store, "scope", state.Forever).Update(t.Context(), "key", add("a"))
			if f := fault.Of(err); f == nil || f.Kind != fault.Retryable || f.Reason != "ledger" || f.Ambiguous != c.ambiguous {
				t.Errorf("%s: %+v, want Retryable, ambiguous %t", name, err, c.ambiguous)
			}
		}
		if _, err := state.Of[tally](flaky{Store: s, read: broken}, "scope", state.Forever).Get(t.Context(), "key"); fault.KindOf(err) != fault.Retryable || err == nil {
			t.Errorf("Get = %v", err)
		}
	})
}

func TestWritersThatAreAlwaysFasterEndTheUpdate(t *testing.T) {
	stores(t, func(t *testing.T, s state.Store, _ *clock) {
		n := 0
		other := state.Of[int](s, "scope", state.Forever)
		store := flaky{Store: s, faster: func() {
			n++
			if _, err := other.Update(t.Context(), "key", func(v *int) (bool, error) { *v = n; return true, nil }); err != nil {
				t.Error(err)
			}
		}}
		_, err := state.Of[int](store, "scope", state.Forever).Update(t.Context(), "key", func(v *int) (bool, error) { *v = -1; return true, nil })
		if f := fault.Of(err); f == nil || f.Kind != fault.Retryable || f.Reason != "state-contention" || f.Ambiguous {
			t.Errorf("Update = %v, want Retryable", err)
		}
		if n < 2 || n > 100 {
			t.Errorf("%d tries, want some and an end", n)
		}
	})
}

func TestAWriteWhoseAnswerWasLostIsMetAgain(t *testing.T) {
	server := serve(t)
	lost := awstest.LostReply
	server.Script(func(c awstest.Call) *awstest.Fault {
		if c.Operation == "PutItem" && c.Count == 0 {
			return &lost
		}
		return nil
	})
	// The client repeats the write, which then meets its own.
	s := state.NewDynamoDB(client(t, server.URL), "ledger", time.Now)
	got, err := state.Of[tally](s, "scope", state.Forever).Update(t.Context(), "key", add("a"))
	if err != nil || len(got.Names) != 1 {
		t.Errorf("%+v, %v; want one name", got, err)
	}
}
