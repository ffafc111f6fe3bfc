package demand

import (
	"errors"

	"signalbox/shared/config"
	"signalbox/shared/event/retail"
)

// Rules say which SKUs are watched and what demand for them is called.
type Rules struct {
	// WindowHours is how long what was sold counts.
	WindowHours int64
	// PatienceHours is how long a SKU is known before it can be slow.
	PatienceHours int64
	// Margin is how many percent a share must be beyond a limit before the SKU
	// leaves the class, so that a share that swings around it changes the class once.
	Margin int64

	limits map[string]limit
}

// limit are the shares in percent that are still slow and already high.
type limit struct {
	Slow int64 `json:"slow"`
	High int64 `json:"high"`
}

// maxWindow bounds how many hours a state holds.
const maxWindow = 31 * 24

// others is the name that stands for all SKUs that are not named.
const others = "*"

// NewRules reads the DEMAND_ settings. The error names what is wrong.
func NewRules(v config.Values) (Rules, error) {
	var r Rules
	for _, number := range []struct {
		name string
		into *int64
		most int64
	}{
		{"DEMAND_WINDOW_HOURS", &r.WindowHours, maxWindow},
		{"DEMAND_PATIENCE_HOURS", &r.PatienceHours, 365 * 24},
		{"DEMAND_MARGIN", &r.Margin, 49},
	} {
		n, err := v.Int(number.name)
		if err != nil {
			return r, err
		}
		if n < 0 || n > number.most {
			return r, errors.New(number.name + ": expected a number within bounds")
		}
		*number.into = n
	}
	if r.WindowHours < 1 {
		return r, errors.New("DEMAND_WINDOW_HOURS: expected 1 or more")
	}
	var usual limit
	var err error
	if usual.Slow, err = v.Int("DEMAND_SLOW"); err != nil {
		return r, err
	}
	if usual.High, err = v.Int("DEMAND_HIGH"); err != nil {
		return r, err
	}
	var given map[string]struct {
		Slow *int64 `json:"slow"`
		High *int64 `json:"high"`
	}
	if err := v.JSON("DEMAND_SKUS", &given); err != nil {
		return r, err
	}
	r.limits = map[string]limit{}
	for sku, g := range given {
		own := usual
		if g.Slow != nil {
			own.Slow = *g.Slow
		}
		if g.High != nil {
			own.High = *g.High
		}
		if own.Slow < 0 || own.High > 100 || own.Slow+r.Margin >= own.High-r.Margin {
			return r, errors.New("DEMAND_SKUS: expected limits of 0 to 100 percent that are further apart than twice DEMAND_MARGIN")
		}
		r.limits[sku] = own
	}
	return r, nil
}

// Watches reports whether demand for the SKU is watched.
func (r Rules) Watches(sku string) bool { _, ok := r.of(sku); return ok }

func (r Rules) of(sku string) (limit, bool) {
	if own, ok := r.limits[sku]; ok {
		return own, true
	}
	usual, ok := r.limits[others]
	return usual, ok
}

// class names demand by its share, by what it was called before.
func (r Rules) class(l limit, share int64, was string) string {
	if was == retail.DemandSlow {
		l.Slow += r.Margin
	}
	if was == retail.DemandHigh {
		l.High -= r.Margin
	}
	switch {
	case share <= l.Slow:
		return retail.DemandSlow
	case share >= l.High:
		return retail.DemandHigh
	}
	return retail.DemandNormal
}
