package catalog

var ingressFunctions = []Function{
	commercetoolsIngress,
	kafkaIngress,
	webhookIngress,
	checkoutResponder,
}
