package firehose_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/firehose"
	"signalbox/shared/connector/firehose/firehosetest"
)

// Records that are put at the same time travel together; each Put has the result of
// its own.
func ExampleClient_Put() {
	double := firehosetest.New()
	server := connectortest.Serve(double)
	defer server.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	settings := double.Settings(server.URL)
	settings[config.BaseURLName(firehose.System)] = server.URL
	client, err := firehose.New(aws.Config{
		Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
		HTTPClient: &http.Client{Transport: transport},
	}, config.Static(settings, nil))
	if err != nil {
		fmt.Println(err)
		return
	}
	var puts sync.WaitGroup
	for i := range 5 {
		puts.Go(func() {
			if err := client.Put(context.Background(), fmt.Appendf(nil, `{"id":"event-%d"}`+"\n", i)); err != nil {
				fmt.Println(err)
			}
		})
	}
	puts.Wait()
	fmt.Println(len(double.Effects()), "records")
	// Output: 5 records
}
