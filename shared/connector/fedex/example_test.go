package fedex_test

import (
	"fmt"

	"signalbox/shared/connector/fedex"
)

// Two tries of one event carry the same reference, so the second can find the first.
func ExampleReference() {
	fmt.Println(fedex.Reference("cb90ec74-40e7-5ff3-a9e9-3892a2527da9"))
	fmt.Println(fedex.Reference("cb90ec74-40e7-5ff3-a9e9-3892a2527da9"))
	// Output:
	// IMPRFQPYXPTLXP57XVCZ2VBY
	// IMPRFQPYXPTLXP57XVCZ2VBY
}
