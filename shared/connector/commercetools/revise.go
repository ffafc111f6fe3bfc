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

// rereads is how often an update is decided anew because the resource changed
// between reading and writing.
const rereads = 3

// revision is what reading a resource came to.
type revision struct {
	// path is the resource's below the project, "/orders/<id>".
	path string
	// version is the one that was read.
	version int64
	// actions bring the resource to where it shall be; none if it is there.
	actions []any
}

// revise brings a resource to where decide, which reads it, wants it. When
// somebody else changed it in between, it is read and decided anew. A failure that
// leaves open whether the update was made is settled by reading once more, since
// commercetools says that a request may complete after a 500:
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
			return settle(ctx, decide, err)
		}
		return err
	}
}

// settle returns nil if the update that failed was made all the same, and the failure otherwise.
func settle(ctx context.Context, decide func(context.Context) (revision, error), failure error) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < time.Second {
		return failure
	}
	if r, err := decide(ctx); err == nil && len(r.actions) == 0 {
		return nil
	}
	return failure
}

// update asks for actions on a resource of the given version. commercetools takes
// all of them or none, and none if the resource has another version by now; so
// asking twice does no harm.
func (c *Client) update(ctx context.Context, r revision) error {
	body, err := strictjson.Marshal(struct {
		Version int64 `json:"version"`
		Actions []any `json:"actions"`
	}{r.version, r.actions})
	if err != nil {
		return fault.Refuse(System+"-request", errors.New("the update cannot be encoded"))
	}
	_, err = c.http.Do(ctx, connector.Request{
		Method: http.MethodPost, Path: c.project + r.path, ContentType: "application/json", Body: body, Repeatable: true,
	})
	return err
}
