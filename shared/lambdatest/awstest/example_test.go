package awstest_test

import (
	"fmt"

	"signalbox/shared/lambdatest/awstest"
)

// A message that is received and not deleted comes back, and goes to the
// dead-letter queue when that happened too often.
func Example() {
	aws, err := awstest.Serve(awstest.Options{Speed: 1e9})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer aws.Close()
	aws.CreateQueue(awstest.Queue{Name: "orders-dlq"})
	aws.CreateQueue(awstest.Queue{Name: "orders", MaxReceive: 2, DeadLetter: "orders-dlq"})
	if err := aws.Send("orders", "{}"); err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		fmt.Println(len(aws.Receive("orders", 10)), "received,", aws.Depth("orders-dlq"), "dead")
	}
	// Output:
	// 1 received, 0 dead
	// 1 received, 0 dead
	// 0 received, 1 dead
}
