package catalog

var firehoseSystem = System{
	ID: "firehose", Title: "Amazon Data Firehose", Rate: 1000, Lake: true,
}
