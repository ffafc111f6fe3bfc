package customresource

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
	"signalbox/shared/telemetry"
)

// resourceMessage is CloudFormation's request, in its own words.
type resourceMessage struct {
	Type        string         `json:"RequestType"`
	ResponseURL string         `json:"ResponseURL"`
	StackID     string         `json:"StackId"`
	RequestID   string         `json:"RequestId"`
	LogicalID   string         `json:"LogicalResourceId"`
	ID          string         `json:"PhysicalResourceId"`
	Properties  jsontext.Value `json:"ResourceProperties"`
}

// readResource reports whether the payload is about a resource.
func readResource(payload []byte) (resourceMessage, bool, error) {
	var m resourceMessage
	if len(payload) == 0 || payload[0] != '{' {
		return m, false, errors.New("expected a JSON object")
	}
	if err := strictjson.Unmarshal("request", payload, &m); err != nil {
		return m, false, errors.New(telemetry.ErrorText(err))
	}
	switch m.Type {
	case "":
		return m, false, nil
	case "Create", "Update", "Delete":
	default:
		return m, true, errors.New("request.RequestType: expected Create, Update or Delete")
	}
	if m.StackID == "" || m.RequestID == "" || m.LogicalID == "" {
		return m, true, errors.New("the request lacks what its answer must name")
	}
	return m, true, nil
}

// reply is the answer:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
type reply struct {
	Status    string            `json:"Status"`
	Reason    string            `json:"Reason,omitzero"`
	ID        string            `json:"PhysicalResourceId"`
	StackID   string            `json:"StackId"`
	RequestID string            `json:"RequestId"`
	LogicalID string            `json:"LogicalResourceId"`
	Data      map[string]string `json:"Data,omitempty"`
}

// maxReason keeps an answer below the 4 KB that CloudFormation takes.
const maxReason = 1500

func cut(s string) string {
	if len(s) > maxReason {
		return strings.ToValidUTF8(s[:maxReason], "") + "…"
	}
	return s
}

// answers sends replies to where CloudFormation waits for them.
type answers struct {
	// local allows an address of this machine, for tests.
	local bool
}

// check refuses an address that is not one of S3: otherwise anyone who may invoke
// the function could make it call any host.
func (a answers) check(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return errors.New("request.ResponseURL: expected an address")
	}
	host := u.Hostname()
	amazon := strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".amazonaws.com.cn")
	if u.Scheme == "https" && amazon && strings.HasPrefix(host, "cloudformation-custom-resource-response-") {
		return nil
	}
	if a.local && u.Scheme == "http" && host == "127.0.0.1" {
		return nil
	}
	return errors.New("request.ResponseURL: expected CloudFormation's own bucket")
}

const (
	answerTries   = 4
	answerTimeout = 5 * time.Second
)

// send puts the reply. CloudFormation waits for it, so a failure is tried again,
// and what fails in the end fails the invoke: Lambda then repeats the request.
func (a answers) send(ctx context.Context, address string, r reply) error {
	body, err := strictjson.Marshal(r)
	if err != nil {
		return errors.New("the answer cannot be encoded")
	}
	client := &http.Client{Timeout: answerTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for try := 1; ; try++ {
		status := put(ctx, client, address, body)
		if status >= 200 && status < 300 {
			return nil
		}
		if try == answerTries || ctx.Err() != nil {
			return fault.Unknown("cloudformation-answer", 0, fmt.Errorf("CloudFormation did not take the answer: status %d", status))
		}
		timer := time.NewTimer(time.Duration(try) * 200 * time.Millisecond)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// put returns the status, 0 if there was none. The signature of the address is
// of a request without a content type.
func put(ctx context.Context, client *http.Client, address string, body []byte) int {
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, address, bytes.NewReader(body))
	if err != nil {
		return 0
	}
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 4<<10))
	return response.StatusCode
}
