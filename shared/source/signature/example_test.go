package signature_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"signalbox/shared/source/signature"
)

// During a change of the secret, signatures of the new and of the old one are
// accepted.
func ExampleFedEx() {
	body := []byte(`{"trackResults":[]}`)
	mac := hmac.New(sha256.New, []byte("old"))
	mac.Write(body)
	header := func(string) string { return hex.EncodeToString(mac.Sum(nil)) }

	verify := signature.FedEx([]string{"new", "old"})
	fmt.Println(verify(header, body))
	fmt.Println(verify(header, []byte(`{"trackResults":[{}]}`)))
	// Output:
	// <nil>
	// the request is not trusted: signature
}
