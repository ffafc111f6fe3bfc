package catalog

var analyticsLake = Function{
	Name: "analytics", Domain: Platform, Trigger: EventQueue{Event: AnyEvent}, System: "firehose",
	Effect: Natural{}, Calls: 1,
	Does: "Writes every event to the lake, what is personal masked.",
}
