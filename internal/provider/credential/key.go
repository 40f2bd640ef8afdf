package credential

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// Algorithms an assertion may be signed with.
const (
	HS256 = "HS256"
	RS256 = "RS256"
	RS384 = "RS384"
	ES384 = "ES384"
)

// smallestRSA is the size of RSA keys we accept, in bits (RFC 7518 §3.3).
const smallestRSA = 2048

// A privateKey is a key with what its file says beside it.
type privateKey struct {
	key    any    // *rsa.PrivateKey or *ecdsa.PrivateKey
	id     string // kid of a JWK, private_key_id of a service account
	alg    string // alg of a JWK
	client string // client_email of a service account
}

// defaultAlgorithm is the algorithm for a key whose file names none. SMART
// Backend Services asks servers for RS384 or ES384.
func (k privateKey) defaultAlgorithm() string {
	switch {
	case k.alg != "":
		return k.alg
	case k.isRSA():
		return RS384
	}
	return ES384
}

func (k privateKey) isRSA() bool {
	_, ok := k.key.(*rsa.PrivateKey)
	return ok
}

// fits tells whether the key can sign with an algorithm.
func (k privateKey) fits(alg string) bool {
	if k.isRSA() {
		return alg == RS256 || alg == RS384
	}
	return alg == ES384
}

// parseKey reads a private key. Its errors never quote the text.
func parseKey(text string) (privateKey, error) {
	text = strings.TrimSpace(text)
	var k privateKey
	var err error
	if strings.HasPrefix(text, "{") {
		k, err = parseJSONKey(text)
	} else {
		k.key, err = parsePEM(text)
	}
	if err != nil {
		return privateKey{}, err
	}
	return k, checkKey(k.key)
}

func checkKey(key any) error {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if key.N.BitLen() < smallestRSA {
			return fmt.Errorf("the RSA key has %d bits; make one of %d or more (openssl genrsa 3072)", key.N.BitLen(), smallestRSA)
		}
		if key.Validate() != nil {
			return errors.New("the RSA key is inconsistent; make another")
		}
	case *ecdsa.PrivateKey:
		if key.Curve != elliptic.P384() {
			return errors.New("the EC key is not on curve P-384, which ES384 needs (openssl ecparam -name secp384r1 -genkey -noout)")
		}
	default:
		return errors.New("the private key is neither RSA nor EC; make one of those")
	}
	return nil
}

func parsePEM(text string) (any, error) {
	rest := []byte(text)
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, errors.New("holds no private key; want PEM (PKCS#8, PKCS#1 or SEC 1), a JWK, or a service account's key file")
		}
		if block.Type == "EC PARAMETERS" {
			continue // openssl writes them before the key
		}
		key, err := parseBlock(block)
		return key, err
	}
}

func parseBlock(block *pem.Block) (key any, err error) {
	if block.Headers["DEK-Info"] != "" || block.Type == "ENCRYPTED PRIVATE KEY" {
		return nil, errors.New("the private key is encrypted with a pass phrase; take it off first (openssl pkey -in KEY -out PLAIN), we encrypt it again")
	}
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE":
		return nil, errors.New("holds the public half of a key; give the private key here and the public one to the vendor")
	default:
		return nil, errors.New("holds no private key; want PEM (PKCS#8, PKCS#1 or SEC 1), a JWK, or a service account's key file")
	}
	if err != nil {
		return nil, errors.New("the private key cannot be read; check that the file is whole")
	}
	return key, nil
}

// parseJSONKey reads a JWK, a JWK Set with one private key of a kind we can
// use, or the key file of a Google service account.
func parseJSONKey(text string) (privateKey, error) {
	var doc struct {
		Type         string            `json:"type"`
		PrivateKey   string            `json:"private_key"`
		PrivateKeyID string            `json:"private_key_id"`
		ClientEmail  string            `json:"client_email"`
		Keys         []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return privateKey{}, errors.New("looks like JSON but cannot be read; check that the file is whole")
	}
	switch {
	case doc.PrivateKey != "":
		key, err := parsePEM(doc.PrivateKey)
		return privateKey{key: key, id: doc.PrivateKeyID, client: doc.ClientEmail}, err
	case doc.Type != "":
		return privateKey{}, errors.New("is not the key file of a service account; download one of type service_account")
	case doc.Keys == nil:
		return parseJWK([]byte(text))
	}
	var found []privateKey
	for _, raw := range doc.Keys {
		if k, err := parseJWK(raw); err == nil && checkKey(k.key) == nil {
			found = append(found, k)
		}
	}
	if len(found) != 1 {
		return privateKey{}, fmt.Errorf("the key set holds %d private keys we can use; give one key", len(found))
	}
	return found[0], nil
}

func parseJWK(raw []byte) (privateKey, error) {
	var k jose.JSONWebKey
	if err := k.UnmarshalJSON(raw); err != nil || !k.Valid() {
		return privateKey{}, errors.New("the JWK cannot be read; want a private RSA or EC key (RFC 7517)")
	}
	if k.IsPublic() {
		return privateKey{}, errors.New("holds the public half of a key; give the private key here and the public one to the vendor")
	}
	if k.Algorithm != "" && !slices.Contains([]string{RS256, RS384, ES384}, k.Algorithm) {
		return privateKey{}, errors.New("the JWK is for another algorithm; want alg RS256, RS384 or ES384")
	}
	return privateKey{key: k.Key, id: k.KeyID, alg: k.Algorithm}, nil
}
