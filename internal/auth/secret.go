package auth

import (
	"crypto/rand"
	"errors"
	"fmt"
	"hash/crc32"
	"math/big"
	"strings"
)

// A secret is "wbs_", 256 random bits in base 62, and 6 characters that check
// them: recognisable to scanners, safe in a form, a header or a shell, and told
// from a mistyped one without asking a server.
const (
	secretPrefix = "wbs_"
	base62       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	bodyChars    = 43 // 62^43 > 2^256
	checkChars   = 6  // 62^6 > 2^32
	secretChars  = len(secretPrefix) + bodyChars + checkChars
)

func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	body := secretPrefix + digits62(new(big.Int).SetBytes(b[:]), bodyChars)
	return body + check62(body)
}

func check62(body string) string {
	return digits62(new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(body)))), checkChars)
}

func digits62(n *big.Int, width int) string {
	out := make([]byte, width)
	base, digit := big.NewInt(int64(len(base62))), new(big.Int)
	for i := width - 1; i >= 0; i-- {
		n.DivMod(n, base, digit)
		out[i] = base62[digit.Int64()]
	}
	return string(out)
}

// CheckSecret tells a secret that was mistyped, cut or is something else from
// one that may be right. It knows no server and proves nothing else.
func CheckSecret(s string) error {
	switch {
	case !strings.HasPrefix(s, secretPrefix):
		return fmt.Errorf("a client secret begins with %q", secretPrefix)
	case len(s) != secretChars:
		return fmt.Errorf("a client secret has %d characters; this one has %d", secretChars, len(s))
	case strings.Trim(s[len(secretPrefix):], base62) != "":
		return errors.New("a client secret has only letters and digits after its prefix")
	case check62(s[:secretChars-checkChars]) != s[secretChars-checkChars:]:
		return errors.New("the check characters do not fit: the client secret was mistyped")
	}
	return nil
}

// Names are spoken and typed, so they leave out letters that look alike.
const readable = "23456789abcdefghjkmnpqrstuvwxyz"

// newID makes a readable random id: two groups of five, 49 bits.
func newID(prefix string) string {
	var b [10]byte
	for i := range b {
		b[i] = readable[randomBelow(len(readable))]
	}
	return prefix + string(b[:5]) + "-" + string(b[5:])
}

func randomBelow(n int) int {
	limit := 256 - 256%n
	var b [1]byte
	for {
		_, _ = rand.Read(b[:]) // never fails (crypto/rand)
		if int(b[0]) < limit {
			return int(b[0]) % n
		}
	}
}
