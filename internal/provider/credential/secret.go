package credential

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// A Secret is what a provider gave us to sign in with. Printing it in any way
// tells only what is set; [Secret.Reveal] alone gives it away.
type Secret struct {
	Value      string // password, API key, static token or client secret
	PrivateKey string // PEM (PKCS#8, PKCS#1, SEC 1), a JWK, or a Google service account's key file
}

// IsZero tells that there is no secret at all.
func (s Secret) IsZero() bool { return s.Value == "" && s.PrivateKey == "" }

// String tells what is set.
func (s Secret) String() string {
	var set []string
	if s.Value != "" {
		set = append(set, "value")
	}
	if s.PrivateKey != "" {
		set = append(set, "private key")
	}
	if len(set) == 0 {
		return "[no secret]"
	}
	return "[secret: " + strings.Join(set, ", ") + "]"
}

// GoString is as [Secret.String].
func (s Secret) GoString() string { return s.String() }

// Format prints [Secret.String] whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue implements [slog.LogValuer].
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON is for printing: it tells what is set. To store a secret, seal
// what [Secret.Reveal] gives.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalJSON always fails, as what is printed is not the secret.
func (s *Secret) UnmarshalJSON([]byte) error {
	return errors.New("credential: a secret is not read from JSON; use ParseSecret on what was sealed")
}

// stored is the form a secret is sealed in.
type stored struct {
	Value      string `json:"value,omitempty"`
	PrivateKey string `json:"privateKey,omitempty"`
}

// Reveal gives the secret in clear, in the form [ParseSecret] reads. Whoever
// calls it seals the result before it goes anywhere.
func (s Secret) Reveal() []byte {
	b, err := json.Marshal(stored(s)) //nolint:gosec // giving it away is what this is for
	if err != nil {
		panic("credential: marshal two strings: " + err.Error())
	}
	return b
}

// ParseSecret reads what [Secret.Reveal] gave; empty is no secret.
func ParseSecret(plain []byte) (Secret, error) {
	if len(plain) == 0 {
		return Secret{}, nil
	}
	var s stored
	if err := json.Unmarshal(plain, &s); err != nil {
		return Secret{}, errors.New("credential: the stored secret is damaged") // the cause would quote it
	}
	return Secret(s), nil
}
