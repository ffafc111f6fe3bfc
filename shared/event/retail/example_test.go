package retail_test

import (
	"fmt"

	"signalbox/shared/event/retail"
)

func ExampleMoney_Decimal() {
	fmt.Println(retail.Money{Currency: "EUR", Amount: 1999, FractionDigits: 2}.Decimal())
	fmt.Println(retail.Money{Currency: "JPY", Amount: 1999}.Decimal())
	// Output:
	// 19.99
	// 1999
}
