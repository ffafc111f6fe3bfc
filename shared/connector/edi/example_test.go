package edi_test

import (
	"fmt"
	"strings"
	"time"

	"signalbox/shared/config"
	"signalbox/shared/connector/edi"
	"signalbox/shared/connector/edi/editest"
)

// The same order is always the same interchange, so a repetition is recognized.
func ExampleClient_Interchange() {
	client, err := edi.New(config.Static(map[string]string{
		"EDI_BASE_URL":  "https://edi.example.com",
		"EDI_SENDER":    `{"qualifier":"14","id":"4012345000009","name":"Acme Outdoor"}`,
		"EDI_SHIP_TO":   `{"name":"Acme Warehouse","street":"1 Dock Road","city":"Memphis","state":"TN","postalCode":"38118","country":"US"}`,
		"EDI_SUPPLIERS": `{"flint":{"qualifier":"ZZ","id":"FLINT","skus":{"STOVE":{"part":"FL-7","quantity":12,"price":"24.99"}}}}`,
		"EDI_USAGE":     "T",
	}, map[string]map[string]string{edi.System: editest.New().Secret()}))
	if err != nil {
		fmt.Println(err)
		return
	}
	interchange, err := client.Interchange(edi.Order{ID: "e-1", Number: 42, SKU: "STOVE", At: time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for segment := range strings.SplitSeq(string(interchange), "~") {
		if s := strings.TrimSpace(segment); strings.HasPrefix(s, "BEG") || strings.HasPrefix(s, "PO1") {
			fmt.Println(s)
		}
	}
	// Output:
	// BEG*00*SA*SB000000042**20260304
	// PO1*1*12*EA*24.99*PE*VP*FL-7*BP*STOVE
}
