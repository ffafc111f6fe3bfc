package commercetoolstest

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"net/http"

	"github.com/go-json-experiment/json"
)

// readUpdate returns the actions of an update of the given version of a resource,
// or answers the request with an error.
func readUpdate(w http.ResponseWriter, r *http.Request, id string, actual int64) ([]object, bool) {
	var request struct {
		Version *int64   `json:"version"`
		Actions []object `json:"actions"`
	}
	switch {
	case json.UnmarshalRead(r.Body, &request) != nil:
		refuse(w, http.StatusBadRequest, "InvalidJsonInput", "Request body does not contain valid JSON.", nil)
	case request.Version == nil || request.Actions == nil:
		refuse(w, http.StatusBadRequest, "InvalidInput", "Missing required value: version or actions.", nil)
	case *request.Version != actual:
		refuse(w, http.StatusConflict, "ConcurrentModification",
			fmt.Sprintf("Object %s has a different version than expected. Expected: %d - Actual: %d.", id, *request.Version, actual),
			object{"currentVersion": actual})
	default:
		return request.Actions, true
	}
	return nil, false
}

// timestamp is how commercetools writes a DateTime.
const timestamp = "2006-01-02T15:04:05.000Z"

func version(o object) int64 {
	v, _ := o["version"].(float64)
	return int64(v)
}

func clone(o object) object {
	var copied object
	if err := json.Unmarshal(encode(o), &copied); err != nil {
		panic("commercetoolstest: " + err.Error())
	}
	return copied
}

func encode(v any) []byte {
	var b bytes.Buffer
	if err := json.MarshalWrite(&b, v, json.Deterministic(true)); err != nil {
		panic("commercetoolstest: " + err.Error())
	}
	return b.Bytes()
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(encode(body))
}

// refuse answers with an ErrorResponse of one error (types/error).
func refuse(w http.ResponseWriter, status int, code, message string, extra object) {
	e := object{"code": code, "message": message}
	maps.Copy(e, extra)
	answer(w, status, object{"statusCode": status, "message": message, "errors": []object{e}})
}
