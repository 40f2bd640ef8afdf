package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

func digestOf(hash crypto.Hash, text []byte) []byte {
	if hash == crypto.SHA384 {
		d := sha512.Sum384(text)
		return d[:]
	}
	d := sha256.Sum256(text)
	return d[:]
}

func encode64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// decode64 accepts the one spelling a value has: no padding, no line breaks,
// no stray bits.
func decode64(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("line break in base64url")
	}
	return base64.RawURLEncoding.Strict().DecodeString(s)
}

func coordinates(p *ecdsa.PublicKey) (x, y string) {
	b, err := p.Bytes()
	if err != nil {
		return "", ""
	}
	half := (len(b) - 1) / 2
	return encode64(b[1 : 1+half]), encode64(b[1+half:])
}

func rsaMembers(p *rsa.PublicKey) (e, n string) {
	return encode64(big.NewInt(int64(p.E)).Bytes()), encode64(p.N.Bytes())
}

// appendJWK appends the public members of a key.
func (p publicKey) appendJWK(b []byte) []byte {
	switch k := p.key.(type) {
	case *ecdsa.PublicKey:
		x, y := coordinates(k)
		b = append(b, `{"kty":"EC","crv":"`+k.Curve.Params().Name+`","x":"`+x+`","y":"`+y+`"`...)
	case *rsa.PublicKey:
		e, n := rsaMembers(k)
		b = append(b, `{"kty":"RSA","n":"`+n+`","e":"`+e+`"`...)
	}
	return append(b, `,"use":"sig","alg":"`+p.alg+`","kid":"`+p.id+`"}`...)
}

// maxClientKeys bounds how many keys of a client are looked at.
const maxClientKeys = 50

// assertionAlgorithm reports whether clients may sign assertions with alg
// (SMART Backend Services: RS384 and ES384).
func assertionAlgorithm(alg string) bool { return alg == RS384 || alg == ES384 }

// parseJWKS reads a client's public keys. Keys of other kinds and uses are
// passed over, as RFC 7517 §5 asks; a set without any usable key is an error.
// A private key is refused: it should never have left the client.
func parseJWKS(text []byte) ([]publicKey, error) {
	doc, err := fhir.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("client keys: want a JSON Web Key Set: %w", err)
	}
	set := doc.Root().Get("keys")
	if !set.IsArray() {
		return nil, errors.New(`client keys: want a JSON Web Key Set, {"keys":[…]}`)
	}
	if set.Len() > maxClientKeys {
		return nil, fmt.Errorf("client keys: want at most %d keys", maxClientKeys)
	}
	var out []publicKey
	for k := range set.Children() {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k", "oth"} {
			if k.Get(private).Exists() {
				return nil, errors.New("client keys: a private or symmetric key is among them; give public keys only, and replace that key, as it is no secret any more")
			}
		}
		if p, ok := parseJWK(k); ok {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("client keys: none can be used; want an RSA key of at least 2048 bits (RS384) or a P-384 key (ES384)")
	}
	return out, nil
}

func parseJWK(k fhir.Node) (publicKey, bool) {
	if use := k.Get("use"); use.Exists() && !use.Is("sig") {
		return publicKey{}, false
	}
	p := publicKey{id: k.Get("kid").String()}
	switch {
	case k.Get("kty").Is("EC") && k.Get("crv").Is("P-384"):
		x, errX := decode64(k.Get("x").String())
		y, errY := decode64(k.Get("y").String())
		if errX != nil || errY != nil || len(x) != 48 || len(y) != 48 {
			return publicKey{}, false
		}
		point := append(append([]byte{4}, x...), y...)
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P384(), point)
		if err != nil {
			return publicKey{}, false
		}
		p.alg, p.key = ES384, key
	case k.Get("kty").Is("RSA"):
		n, errN := decode64(k.Get("n").String())
		e, errE := decode64(k.Get("e").String())
		if errN != nil || errE != nil || len(n) > 1024 || len(e) == 0 || len(e) > 4 {
			return publicKey{}, false
		}
		key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
		if key.N.BitLen() < 2048 || key.N.Bit(0) == 0 || key.E < 3 || key.E&1 == 0 || key.E > 1<<31-1 {
			return publicKey{}, false
		}
		p.alg, p.key = RS384, key
	default:
		return publicKey{}, false
	}
	// A key that names another algorithm of its kind (RS256, PS384) is meant
	// for that one only (RFC 8725 §3.1).
	if alg := k.Get("alg"); alg.Exists() && !alg.Is(p.alg) {
		return publicKey{}, false
	}
	return p, true
}
