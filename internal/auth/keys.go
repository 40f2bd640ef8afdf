package auth

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// The signing algorithms (RFC 7518 names).
const (
	ES256 = "ES256"
	ES384 = "ES384"
	RS256 = "RS256"
	RS384 = "RS384" // of client assertions only
)

func signingAlgorithm(alg string) bool { return alg == ES256 || alg == ES384 || alg == RS256 }

// skew is by how much clocks may differ (interface §3).
const skew = 60 * time.Second

// A KeyState is where a signing key is in its life.
type KeyState uint8

// The states of a signing key.
const (
	Pending KeyState = iota // published, not signing yet
	Signing
	Retired // published until its last token has expired
)

// String is the state's name in lower case.
func (s KeyState) String() string {
	switch s {
	case Pending:
		return "pending"
	case Signing:
		return "active"
	case Retired:
		return "retired"
	}
	return fmt.Sprintf("KeyState(%d)", uint8(s))
}

// MarshalText gives the name.
func (s KeyState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// A Key is a signing key as it is shown: nothing private.
type Key struct {
	ID        string    `json:"id"`
	Algorithm string    `json:"algorithm"`
	State     KeyState  `json:"state"`
	Created   time.Time `json:"created"`
	Activates time.Time `json:"activates"`
	// Retires is when another key takes over, Gone when it is published no
	// longer; both zero while no successor is known.
	Retires time.Time `json:"retires,omitzero"`
	Gone    time.Time `json:"gone,omitzero"`
}

// A signer is a signing key in memory.
type signer struct {
	key     Key
	private crypto.Signer
	public  publicKey
	header  string // of its tokens: base64url with the dot
}

// generate makes a signing key; it is sealed for its row.
func (s *Service) generate(alg string, activates time.Time) (StoredKey, error) {
	var private crypto.Signer
	var err error
	switch alg {
	case ES384:
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case RS256:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		return StoredKey{}, fmt.Errorf("generate %s key: %w", alg, err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return StoredKey{}, fmt.Errorf("generate %s key: %w", alg, err)
	}
	id := thumbprint(private.Public())
	k := StoredKey{ID: id, Algorithm: alg, Created: s.cfg.Clock().UTC(), Activates: activates.UTC()}
	k.Private = s.cfg.Box.Seal(keyAAD(k), der)
	clear(der)
	return k, nil
}

// keyAAD binds a private key to its row.
func keyAAD(k StoredKey) []byte {
	return []byte("auth_key\x00" + k.ID + "\x00" + k.Algorithm + "\x00private")
}

func (s *Service) openKey(k StoredKey) (*signer, error) {
	der, err := s.cfg.Box.Open(keyAAD(k), k.Private)
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w; is the right sealing key file in the data directory?", k.ID, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	clear(der)
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w", k.ID, err)
	}
	private, ok := parsed.(crypto.Signer)
	if !ok || !fits(k.Algorithm, private.Public()) {
		return nil, fmt.Errorf("signing key %s is no %s key", k.ID, k.Algorithm)
	}
	g := &signer{
		key:     Key{ID: k.ID, Algorithm: k.Algorithm, Created: k.Created, Activates: k.Activates},
		private: private, public: publicKey{id: k.ID, alg: k.Algorithm, key: private.Public()},
	}
	g.header = base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"at+jwt","alg":"`+k.Algorithm+`","kid":"`+k.ID+`"}`)) + "."
	return g, nil
}

// fits reports whether a public key can be used with an algorithm.
func fits(alg string, public crypto.PublicKey) bool {
	switch p := public.(type) {
	case *ecdsa.PublicKey:
		return alg == ES256 && p.Curve == elliptic.P256() || alg == ES384 && p.Curve == elliptic.P384()
	case *rsa.PublicKey:
		return (alg == RS256 || alg == RS384) && p.N.BitLen() >= 2048
	}
	return false
}

// publishedFor is how long a retired key stays published.
func (s *Service) publishedFor() time.Duration { return s.cfg.Lifetime + 2*skew + s.cfg.PublishAhead }

// states works out the life of each key. keys are sorted by activation.
func (s *Service) states(keys []Key, now time.Time) {
	signing := -1
	for i := range keys {
		if !keys[i].Activates.After(now) {
			signing = i
		}
		if i > 0 {
			keys[i-1].Retires = keys[i].Activates
			keys[i-1].Gone = keys[i].Activates.Add(s.publishedFor())
		}
	}
	// With the clock set back no key may be due yet: the oldest signs.
	signing = max(signing, 0)
	for i := range keys {
		switch {
		case i < signing:
			keys[i].State = Retired
		case i == signing:
			keys[i].State = Signing
		default:
			keys[i].State = Pending
		}
	}
}

func byActivation(a, b StoredKey) int {
	if c := a.Activates.Compare(b.Activates); c != 0 {
		return c
	}
	return bytes.Compare([]byte(a.ID), []byte(b.ID))
}

func (s *Service) view(stored []StoredKey) []Key {
	slices.SortFunc(stored, byActivation)
	out := make([]Key, len(stored))
	for i, k := range stored {
		out[i] = Key{ID: k.ID, Algorithm: k.Algorithm, Created: k.Created, Activates: k.Activates}
	}
	s.states(out, s.cfg.Clock())
	return out
}

// ListKeys lists the signing keys, oldest first.
func (s *Service) ListKeys(ctx context.Context) ([]Key, error) {
	st, err := s.cfg.Storage.LoadAuth(ctx)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return s.view(st.Keys), nil
}

// ensureKey makes the first signing key. Several processes may start at once.
func (s *Service) ensureKey(ctx context.Context) error {
	st, err := s.cfg.Storage.LoadAuth(ctx)
	if err != nil || len(st.Keys) > 0 {
		return err
	}
	_, err = s.addKey(ctx, "system", s.cfg.Clock(), func(keys []Key) bool { return len(keys) == 0 })
	return err
}

// RotateKeys publishes a new signing key, which takes over after PublishAhead,
// or at once when now is set: then a verifier elsewhere that keeps our keys in
// memory may refuse tokens until it looks again. A key that waits already is
// not joined by another: two who rotate at once get the same one.
func (s *Service) RotateKeys(ctx context.Context, actor string, now bool) (Key, error) {
	activates := s.cfg.Clock()
	if !now {
		activates = activates.Add(s.cfg.PublishAhead)
	}
	return s.addKey(ctx, actor, activates, func(keys []Key) bool {
		return now || len(keys) == 0 || keys[len(keys)-1].State != Pending
	})
}

// errNotNeeded ends a transaction that has nothing to do.
var errNotNeeded = errors.New("not needed")

// addKey adds a key if it is still needed when the transaction runs; else it
// gives the newest there is.
func (s *Service) addKey(ctx context.Context, actor string, activates time.Time, needed func([]Key) bool) (Key, error) {
	fresh, err := s.generate(s.cfg.Algorithm, activates)
	if err != nil {
		return Key{}, err
	}
	var newest Key
	err = s.change(ctx, Change{Actor: actor, Operation: "KeyRotate", Detail: "kid " + fresh.ID + ", " + fresh.Algorithm}, func(ctx context.Context, tx Tx) error {
		stored, err := tx.Keys(ctx)
		if err != nil {
			return err
		}
		keys := s.view(stored)
		if !needed(keys) {
			newest = keys[len(keys)-1]
			return errNotNeeded
		}
		newest = Key{ID: fresh.ID, Algorithm: fresh.Algorithm, Created: fresh.Created, Activates: fresh.Activates, State: Pending}
		if !activates.After(s.cfg.Clock()) {
			newest.State = Signing
		}
		return tx.PutKey(ctx, fresh)
	})
	if errors.Is(err, errNotNeeded) {
		return newest, s.Reload(context.WithoutCancel(ctx))
	}
	return newest, err
}

// Maintain rotates the signing key when it is due, deletes keys that are
// published no longer and forgets expired assertions. It may run in several
// processes at once.
func (s *Service) Maintain(ctx context.Context) error {
	now := s.cfg.Clock()
	if err := s.cfg.Storage.ForgetAssertions(ctx, now); err != nil {
		return fmt.Errorf("forget assertions: %w", err)
	}
	st, err := s.cfg.Storage.LoadAuth(ctx)
	if err != nil {
		return fmt.Errorf("maintain keys: %w", err)
	}
	if keys := s.view(st.Keys); s.rotationDue(keys) {
		if _, err := s.addKey(ctx, "schedule", now.Add(s.cfg.PublishAhead), s.rotationDue); err != nil {
			return fmt.Errorf("rotate keys: %w", err)
		}
	}
	return s.dropGone(ctx)
}

func (s *Service) rotationDue(keys []Key) bool {
	if s.cfg.RotateEvery < 0 || len(keys) == 0 {
		return false
	}
	newest := keys[len(keys)-1]
	return newest.State != Pending && !s.cfg.Clock().Before(newest.Activates.Add(s.cfg.RotateEvery-s.cfg.PublishAhead))
}

func gone(k Key, now time.Time) bool {
	return k.State == Retired && !k.Gone.IsZero() && now.After(k.Gone)
}

func (s *Service) dropGone(ctx context.Context) error {
	some := func(keys []Key) bool {
		return slices.ContainsFunc(keys, func(k Key) bool { return gone(k, s.cfg.Clock()) })
	}
	st, err := s.cfg.Storage.LoadAuth(ctx)
	if err != nil || !some(s.view(st.Keys)) {
		return err
	}
	err = s.change(ctx, Change{Actor: "schedule", Operation: "KeyDelete", Detail: "keys whose tokens have all expired"}, func(ctx context.Context, tx Tx) error {
		stored, err := tx.Keys(ctx)
		if err != nil {
			return err
		}
		keys := s.view(stored)
		if !some(keys) {
			return errNotNeeded
		}
		for _, k := range keys {
			if gone(k, s.cfg.Clock()) {
				if err := tx.DeleteKey(ctx, k.ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if errors.Is(err, errNotNeeded) {
		return nil
	}
	return err
}

// sign signs the text of a token and appends the signature to it.
func (g *signer) sign(token []byte) ([]byte, error) {
	signed := token
	token = append(token, '.')
	sig, err := g.signature(signed)
	if err != nil {
		return nil, fmt.Errorf("sign with key %s: %w", g.key.ID, err)
	}
	return base64.RawURLEncoding.AppendEncode(token, sig), nil
}

func (g *signer) signature(text []byte) ([]byte, error) {
	hash := hashOf(g.key.Algorithm)
	digest := digestOf(hash, text)
	switch private := g.private.(type) {
	case *ecdsa.PrivateKey:
		r, v, err := ecdsa.Sign(rand.Reader, private, digest)
		if err != nil {
			return nil, err
		}
		size := (private.Curve.Params().BitSize + 7) / 8
		out := make([]byte, 2*size)
		r.FillBytes(out[:size])
		v.FillBytes(out[size:])
		return out, nil
	case *rsa.PrivateKey:
		return rsa.SignPKCS1v15(nil, private, hash, digest)
	}
	return nil, errors.New("unknown kind of key")
}

func hashOf(alg string) crypto.Hash {
	if alg == ES384 || alg == RS384 {
		return crypto.SHA384
	}
	return crypto.SHA256
}

// A publicKey verifies signatures of one algorithm: what a token's header says
// never chooses the algorithm (RFC 8725 §3.1).
type publicKey struct {
	id, alg string
	key     crypto.PublicKey
}

func (p publicKey) verify(text, sig []byte) bool {
	hash := hashOf(p.alg)
	digest := digestOf(hash, text)
	switch public := p.key.(type) {
	case *ecdsa.PublicKey:
		size := (public.Curve.Params().BitSize + 7) / 8
		if len(sig) != 2*size {
			return false
		}
		return ecdsa.Verify(public, digest, new(big.Int).SetBytes(sig[:size]), new(big.Int).SetBytes(sig[size:]))
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(public, hash, digest, sig) == nil
	}
	return false
}

// thumbprint is the RFC 7638 thumbprint of a public key: its kid.
func thumbprint(public crypto.PublicKey) string {
	text := ""
	switch p := public.(type) {
	case *ecdsa.PublicKey:
		x, y := coordinates(p)
		text = `{"crv":"` + p.Curve.Params().Name + `","kty":"EC","x":"` + x + `","y":"` + y + `"}`
	case *rsa.PublicKey:
		e, n := rsaMembers(p)
		text = `{"e":"` + e + `","kty":"RSA","n":"` + n + `"}`
	}
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
