package demo

import (
	"bytes"
	"strings"

	"signalbox/shared/reconcile"
)

// The order whose parcel the carrier's samples report on, and the number they
// give it; and the order that the sample calls off, and the shipped one that the
// demo calls off in its place.
const (
	reportedOrder, reportedNumber = "SB-20417", "794953535000"

	sampleID, sampleNumber   = "5e1c9a72-8f40-4d6b-b3a9-2c7d8e9f0a14", "SB-20431"
	shippedID, shippedNumber = "9c50bf41-7ead-4b30-8f68-d4e5f6a7b804", "SB-20420"
)

// reported puts the number that the order's shipment was given in this run into a
// carrier's report.
func reported(body []byte, effects []reconcile.Effect) []byte {
	for _, e := range effects {
		number, ok := strings.CutPrefix(e.What, "shipment ")
		if ok && e.Reference == reportedOrder && !strings.Contains(number, " ") {
			return bytes.ReplaceAll(body, []byte(reportedNumber), []byte(number))
		}
	}
	return body
}

// calledOff makes the notification one of an order that was shipped.
func calledOff(body []byte) []byte {
	body = bytes.ReplaceAll(body, []byte(sampleID), []byte(shippedID))
	return bytes.ReplaceAll(body, []byte(sampleNumber), []byte(shippedNumber))
}

// inReports parts the calls: the delay is reported before what comes after it.
func inReports(calls []*call) [][]*call { return [][]*call{calls[:1], calls[1:]} }
