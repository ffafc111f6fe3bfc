package catalog

// LakeColumn is a column of the lake's table.
type LakeColumn struct {
	Name string
	// Type is the type in Athena's words.
	Type string
}

// LakeColumns are the columns of the lake's table in their order: what the
// analytics function writes of every event, except the type, which is a partition.
var LakeColumns = []LakeColumn{
	{"id", "string"},
	{"source", "string"},
	{"subject", "string"},
	{"time", "string"},
	{"dataschema", "string"},
	{"correlationid", "string"},
	{"causationid", "string"},
	{"sequence", "bigint"},
	{"hop", "int"},
	{"data", "string"},
}

// LakePartitions are what the lake is divided by: the type of an event, and the
// day it happened, in UTC, as 2026-03-04.
var LakePartitions = []LakeColumn{{"type", "string"}, {"day", "string"}}

// LakeTable is the name of the lake's table in its database.
const LakeTable = "events"
