package catalog

var commercetoolsIngress = Function{
	Name: "commercetools", Domain: Ingress, Trigger: SourceQueue{Source: "commercetools"}, Reads: []string{"commercetools"},
	Effect: Natural{}, Calls: 1,
	Emits:  shopEvents,
	Does:   "Opens what commercetools delivers and puts it on the bus as business events.",
	Groups: []Group{paymentFields, weightField},
}
