package commercetools

import (
	"context"
	"errors"
	"net/http"
	"time"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// rereads is how often an update is decided again because the resource changed
// between reading and writing.
const rereads = 3

// revision is the decision after reading a resource.
type revision struct {
	// path is the resource's path below the project, "/orders/<id>".
	path string
	// version is the version that was read.
	version int64
	// actions change the resource to the wanted state; none if it has that state.
	actions []any
}

// revise makes the update that decide returns, which reads the resource. If the
// resource changes in between, decide is called again. After an ambiguous failure
// decide is called once more to see whether the update was made, since by
// commercetools' documentation a request may complete after a 500:
// https://docs.commercetools.com/api/errors#500-internal-server-error
func (c *Client) revise(ctx context.Context, decide func(context.Context) (revision, error)) error {
	for attempt := 0; ; attempt++ {
		r, err := decide(ctx)
		if err != nil || len(r.actions) == 0 {
			return err
		}
		err = c.update(ctx, r)
		switch {
		case err == nil:
			return nil
		case isConflict(err) && attempt < rereads:
			continue
		case fault.Of(err).Ambiguous:
			return verify(ctx, decide, err)
		}
		return err
	}
}

// verify returns nil if the failed update was made nevertheless, and the failure otherwise.
func verify(ctx context.Context, decide func(context.Context) (revision, error), failure error) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < time.Second {
		return failure
	}
	if r, err := decide(ctx); err == nil && len(r.actions) == 0 {
		return nil
	}
	return failure
}

// update applies actions to a resource of the given version. commercetools applies
// all of them or none, and none if the resource has a newer version; so update
// can be repeated.
func (c *Client) update(ctx context.Context, r revision) error {
	body, err := strictjson.Marshal(struct {
		Version int64 `json:"version"`
		Actions []any `json:"actions"`
	}{r.version, r.actions})
	if err != nil {
		return fault.Refuse(System+"-request", errors.New("update: expected values that JSON can encode"))
	}
	_, err = c.http.Do(ctx, connector.Request{
		Method: http.MethodPost, Path: c.project + r.path, ContentType: "application/json", Body: body, Repeatable: true,
	})
	return err
}
