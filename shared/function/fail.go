package function

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// Fail ends a process that cannot start, and reports why to Lambda:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-initerror
func Fail(runtimeAPI, name string, cause error) {
	message := fmt.Sprintf("%s cannot start: %s", name, strings.ReplaceAll(cause.Error(), "\n", "; "))
	fmt.Fprintln(os.Stderr, message)
	if runtimeAPI != "" {
		_ = reportInit(runtimeAPI, message)
	}
	os.Exit(1)
}

func reportInit(runtimeAPI, message string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	body, err := json.Marshal(struct {
		Message string   `json:"errorMessage"`
		Type    string   `json:"errorType"`
		Stack   []string `json:"stackTrace"`
	}{message, "Signalbox.Init", nil})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+runtimeAPI+"/2018-06-01/runtime/init/error", strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Lambda-Runtime-Function-Error-Type", "Signalbox.Init")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}
