package catalog

import "time"

var subscriptionKeeper = Function{
	Name: "subscription", Domain: Platform, Trigger: Schedule{Every: 5 * time.Minute, Subscribes: "commercetools"}, System: "commercetools",
	Effect: Natural{}, Timeout: time.Minute,
	Does: "Keeps the commercetools subscription as the stack says, and checks it on a schedule.",
	Settings: []Setting{
		{Name: "SUBSCRIPTION_KEY", Help: "key of the subscription, which the stage's ingress.subscription names", Default: "signalbox"},
	},
}
