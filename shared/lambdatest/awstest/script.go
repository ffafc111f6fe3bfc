package awstest

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Call is one request, before it is carried out.
type Call struct {
	// Service is "dynamodb", "sqs", "eventbridge", "scheduler" or "secretsmanager".
	Service string
	// Operation is the service's own name: "PutItem".
	Operation string
	// Count is how often the operation was called before.
	Count int
	Body  []byte
}

// Fault is what goes wrong with one call.
type Fault struct {
	// Type is the service's error, such as Throttled. It is answered instead of
	// carrying the call out, unless After is set.
	Type string
	// Status is the HTTP status of Type; 0 means 400.
	Status int
	// Delay holds the answer back.
	Delay time.Duration
	// After carries the call out before Type hides that it was.
	After bool
	// Lost carries the call out and cuts the connection instead of answering.
	Lost bool
	// Entry is asked for each entry of a batch operation for the error code it
	// fails with; "" lets it pass.
	Entry func(i int) string
}

// Faults that the SDK meets most.
var (
	// Throttled is how DynamoDB says no for the moment.
	Throttled = Fault{Type: "ProvisionedThroughputExceededException"}
	// Broken is a failure on the service's side before anything was done.
	Broken = Fault{Type: "InternalServerError", Status: http.StatusInternalServerError}
	// BrokenAfter is the same after the effect.
	BrokenAfter = Fault{Type: "InternalServerError", Status: http.StatusInternalServerError, After: true}
	// LostReply is an effect whose answer never arrives.
	LostReply = Fault{Lost: true}
)

// Chance is how often a fault meets an operation.
type Chance struct {
	// Operation is the name of one operation; "" is any.
	Operation string
	// Share is between 0 and 1.
	Share float64
	Fault Fault
}

// Chances is a script that draws from the given chances, in their order, with a
// generator of its own.
func Chances(seed uint64, chances ...Chance) func(Call) *Fault {
	var mu sync.Mutex
	draw := rand.New(rand.NewPCG(seed, 0x5167))
	return func(c Call) *Fault {
		mu.Lock()
		defer mu.Unlock()
		for _, chance := range chances {
			if (chance.Operation == "" || chance.Operation == c.Operation) && draw.Float64() < chance.Share {
				f := chance.Fault
				return &f
			}
		}
		return nil
	}
}
