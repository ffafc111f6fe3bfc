package local

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/go-json-experiment/json"

	"signalbox/infra/local/deployment"
	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/doubles"
	"signalbox/shared/reconcile"
)

// Vendors are the doubles that run, one per system.
type Vendors struct {
	servers map[string]*connectortest.Server

	mu sync.Mutex
	// notified are the notifications the doubles know: a repetition must not undo
	// what happened to an order since.
	notified map[[sha256.Size]byte]bool
}

func serve(ids []string) (*Vendors, error) {
	makers := doubles.All()
	v := &Vendors{servers: map[string]*connectortest.Server{}, notified: map[[sha256.Size]byte]bool{}}
	for _, id := range ids {
		make, ok := makers[id]
		if !ok {
			v.close()
			return nil, fmt.Errorf("there is no double for the system %s; shared/connector/connectortest/doubles lists them", id)
		}
		v.servers[id] = connectortest.Serve(make())
	}
	return v, nil
}

// IDs are the systems there are doubles of.
func (v *Vendors) IDs() []string { return slices.Sorted(maps.Keys(v.servers)) }

// Server is the double of a system, nil if there is none.
func (v *Vendors) Server(id string) *connectortest.Server { return v.servers[id] }

// environment gives the function its own address of the system, by which its
// effects are known, and what else the double wants to be addressed with.
func (v *Vendors) environment(id, function string) map[string]string {
	s := v.servers[id]
	address := s.AddressOf(function)
	env := map[string]string{config.BaseURLName(id): address}
	maps.Copy(env, s.Double.Settings(address))
	return env
}

// handOverSecrets puts what each double accepts where the functions look for it.
func (v *Vendors) handOverSecrets(ctx context.Context, cfg aws.Config, t deployment.Topology) error {
	client := secretsmanager.NewFromConfig(cfg)
	done := map[string]bool{}
	for _, f := range t.Functions {
		for id, s := range v.servers {
			name := f.Env[config.SecretName(id)]
			if name == "" || done[name] {
				continue
			}
			text, err := json.Marshal(s.Double.Secret(), json.Deterministic(true))
			if err != nil {
				return err
			}
			_, err = client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &name, SecretString: aws.String(string(text))})
			if err != nil {
				return fmt.Errorf("write the secret of %s: %w", id, err)
			}
			done[name] = true
		}
	}
	return nil
}

// Notify makes known to the doubles what a notification of the shop is about, as
// far as they must know it: a shop the order it announced, a vendor the customer it
// is to forget. A repetition changes nothing.
func (v *Vendors) Notify(body []byte) error {
	sum := sha256.Sum256(body)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.notified[sum] {
		return nil
	}
	v.notified[sum] = true
	for _, id := range v.IDs() {
		if n, ok := v.servers[id].Double.(doubles.Notified); ok {
			if err := n.PutNotification(body); err != nil {
				return err
			}
		}
	}
	return nil
}

// Effects are what was done to all systems.
func (v *Vendors) Effects() []reconcile.Effect {
	var all []reconcile.Effect
	for _, id := range v.IDs() {
		for _, e := range v.servers[id].Double.Effects() {
			all = append(all, reconcile.Effect{System: id, Caller: e.Caller, Reference: e.Reference, What: e.What, At: e.At})
		}
	}
	return all
}

// late counts what the doubles have still to do for functions that gave up.
func (v *Vendors) late() int {
	n := 0
	for _, s := range v.servers {
		n += s.Late()
	}
	return n
}

func (v *Vendors) close() {
	for _, s := range v.servers {
		s.Close()
	}
}
