package main

import (
	"signalbox/shared/config"
	"signalbox/shared/connector"
	"signalbox/shared/connector/stripe"
	"signalbox/shared/event/retail"
)

const provider = "stripe"

// policy decides whether an order is approved or held.
type policy struct {
	// holdLevel is FRAUD_HOLD_LEVEL: elevated, highest or never.
	holdLevel string
	// holdUnassessed is whether FRAUD_UNASSESSED is hold.
	holdUnassessed bool
}

func newPolicy(v config.Values) (policy, error) {
	level, err := v.OneOf("FRAUD_HOLD_LEVEL", stripe.LevelElevated, stripe.LevelHighest, "never")
	if err != nil {
		return policy{}, err
	}
	unassessed, err := v.OneOf("FRAUD_UNASSESSED", "hold", "approve")
	return policy{holdLevel: level, holdUnassessed: unassessed == "hold"}, err
}

// judge returns the outcome of an evaluation and whether the order is held. An unknown
// recommendation of Radar holds it.
func (p policy) judge(e stripe.Evaluation) (retail.Screening, bool) {
	s := retail.Screening{Provider: provider, Reference: e.ID, RiskLevel: e.Level, Score: max(0, e.Score)}
	switch {
	case e.Action != stripe.ActionContinue:
		s.Reason = "recommended-" + connector.Code(e.Action)
		return s, true
	case e.Level == stripe.LevelHighest && p.holdLevel != "never",
		e.Level == stripe.LevelElevated && p.holdLevel == stripe.LevelElevated:
		s.Reason = "risk-" + e.Level
		return s, true
	case e.Level != stripe.LevelLow && e.Level != stripe.LevelNormal && e.Level != stripe.LevelElevated && e.Level != stripe.LevelHighest:
		s.Reason = "not-assessed"
		return s, p.holdUnassessed
	}
	s.Reason = "recommended-continue"
	return s, false
}

// unassessed is the outcome for an order that Radar cannot assess.
func (p policy) unassessed(reason string) (retail.Screening, bool) {
	return retail.Screening{RiskLevel: stripe.LevelNotAssessed, Reason: reason}, p.holdUnassessed
}
