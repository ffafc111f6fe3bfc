package sam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"signalbox/shared/lambdalocal"
)

// judge says what is wrong with what `sam local invoke` wrote to stdout for a batch.
// SAM CLI ends with code 0 even if the function failed, timed out or is not there.
func judge(batch lambdalocal.Batch, stdout []byte) error {
	stdout = bytes.TrimSpace(stdout)
	if len(stdout) == 0 {
		return errors.New("the function gave no answer: it timed out, ended or did not start")
	}
	var answer struct {
		ErrorType         string           `json:"errorType"`
		ErrorMessage      string           `json:"errorMessage"`
		BatchItemFailures *json.RawMessage `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(stdout, &answer); err != nil {
		return fmt.Errorf("expected a batch response, got %.200s", stdout)
	}
	switch {
	case answer.ErrorType != "":
		return fmt.Errorf("the function failed: %s: %s", answer.ErrorType, answer.ErrorMessage)
	case answer.BatchItemFailures == nil:
		return fmt.Errorf("expected batchItemFailures, got %.200s", stdout)
	}
	failed, err := batch.Failed(stdout)
	if err != nil {
		return fmt.Errorf("expected a batch response: %w", err)
	}
	if len(failed) > 0 {
		return fmt.Errorf("the function reported %d of its messages as failed; its log above gives the reason", len(failed))
	}
	return nil
}
