package catalog

var platformFunctions = []Function{
	subscriptionKeeper,
	backfillSweep,
	analyticsLake,
}
