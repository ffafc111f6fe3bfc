package salesforce

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"signalbox/shared/config"
	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// assertionLife is how long an assertion is valid. Salesforce refuses more than
// three minutes; one minute allows for differing clocks.
const assertionLife = 2 * time.Minute

// bearer obtains access tokens with the OAuth 2.0 JWT bearer flow.
//
// https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_jwt_flow.htm
type bearer struct {
	endpoint string
	loopback bool
	consumer config.Secret
	user     string
	audience string
	key      *rsa.PrivateKey
	now      func() time.Time
}

func newBearer(v config.Values) (*bearer, error) {
	base, err := url.Parse(v.BaseURL(system))
	if err != nil {
		return nil, errors.New("SALESFORCE_BASE_URL: expected an absolute URL")
	}
	b := &bearer{
		endpoint: strings.TrimSuffix(base.String(), "/") + "/services/oauth2/token",
		loopback: isLoopback(base.Hostname()),
		consumer: v.Secret(system, "consumer_key"),
		user:     v.String("SALESFORCE_USERNAME"),
		audience: v.String("SALESFORCE_AUDIENCE"),
		now:      time.Now,
	}
	if b.user == "" || b.audience == "" {
		return nil, errors.New("SALESFORCE_USERNAME and SALESFORCE_AUDIENCE: expected both")
	}
	if b.consumer.Reveal() == "" {
		return nil, errors.New("secret of salesforce: key consumer_key is missing")
	}
	if b.key, err = parseKey(v.Secret(system, "private_key")); err != nil {
		return nil, err
	}
	return b, nil
}

func parseKey(s config.Secret) (*rsa.PrivateKey, error) {
	wrong := errors.New("secret of salesforce: private_key: expected an RSA key of at least 2048 bits in PEM")
	block, _ := pem.Decode([]byte(s.Reveal()))
	if block == nil {
		return nil, wrong
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, wrong
		}
		var ok bool
		if key, ok = any.(*rsa.PrivateKey); !ok {
			return nil, wrong
		}
	}
	if key.N.BitLen() < 2048 {
		return nil, wrong
	}
	return key, nil
}

// fetch requests a token. The answer has no expiry: a session may end at any time.
func (b *bearer) fetch(ctx context.Context) (connector.Grant, error) {
	assertion, err := b.assertion()
	if err != nil {
		return connector.Grant{}, err
	}
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return connector.Grant{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	client, ok := ctx.Value(oauth2.HTTPClient).(*http.Client)
	if !ok {
		return connector.Grant{}, errors.New("context: expected an HTTP client for the token request")
	}
	response, err := client.Do(request)
	if err != nil {
		return connector.Grant{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, strictjson.MaxBytes))
	if err != nil {
		return connector.Grant{}, err
	}
	if response.StatusCode != http.StatusOK {
		return connector.Grant{}, &oauth2.RetrieveError{Response: response}
	}
	return b.grant(body)
}

// grant reads the answer. Later requests go to its instance_url, so that must be an
// address of Salesforce.
func (b *bearer) grant(body []byte) (connector.Grant, error) {
	var answer struct {
		AccessToken string `json:"access_token"`
		InstanceURL string `json:"instance_url"`
		TokenType   string `json:"token_type"`
	}
	if err := strictjson.Unmarshal("answer", body, &answer); err != nil {
		return connector.Grant{}, fault.Retry(system+"-token", 0, errors.New("answer of the token endpoint: expected an access token and an instance"))
	}
	if answer.AccessToken == "" || !strings.EqualFold(answer.TokenType, "bearer") {
		return connector.Grant{}, fault.Retry(system+"-token", 0, errors.New("answer of the token endpoint: expected a bearer token"))
	}
	if !b.trusted(answer.InstanceURL) {
		return connector.Grant{}, fault.Refuse(system+"-instance", errors.New("instance_url: expected an https address of Salesforce"))
	}
	return connector.Grant{
		Token: &oauth2.Token{AccessToken: answer.AccessToken, TokenType: "Bearer"},
		Base:  strings.TrimSuffix(answer.InstanceURL, "/"),
	}, nil
}

func (b *bearer) trusted(instance string) bool {
	u, err := url.Parse(instance)
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if b.loopback && isLoopback(host) {
		return u.Scheme == "http" || u.Scheme == "https"
	}
	return u.Scheme == "https" && u.Port() == "" &&
		(strings.HasSuffix(host, ".salesforce.com") || strings.HasSuffix(host, ".force.com"))
}

// assertion is a signed JWT that names the client and the user.
func (b *bearer) assertion() (string, error) {
	now := b.now()
	claims, err := strictjson.Marshal(struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience string `json:"aud"`
		Expiry   int64  `json:"exp"`
	}{b.consumer.Reveal(), b.user, b.audience, now.Add(assertionLife).Unix()})
	if err != nil {
		return "", fmt.Errorf("encode the assertion: %w", err)
	}
	encoding := base64.RawURLEncoding
	signed := encoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encoding.EncodeToString(claims)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, b.key, crypto.SHA256, digest[:])
	if err != nil {
		return "", errors.New("sign the assertion")
	}
	return signed + "." + encoding.EncodeToString(signature), nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
