package catalog

var kafkaIngress = Function{
	Name: "kafka", Domain: Ingress, Trigger: Kafka{Source: "commercetools"}, Reads: []string{"commercetools"},
	Effect: Natural{}, Calls: 1,
	Emits:  shopEvents,
	Does:   "Does the same with what commercetools delivers into a Kafka topic.",
	Groups: []Group{paymentFields, weightField},
}
