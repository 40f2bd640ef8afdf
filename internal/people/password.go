package people

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Hashing says how passwords are hashed (RFC 9106). It is kept with each hash,
// so that a stronger one can be chosen at any time: passwords are hashed anew
// as people sign in.
type Hashing struct {
	Memory  uint32 // KiB; 0 is 64 MiB
	Passes  uint32 // 0 is 3
	Threads uint8  // 0 is 1
	// AtOnce bounds the memory: so many passwords are hashed at a time. 0 is 4.
	AtOnce int
}

const (
	saltBytes = 16
	keyBytes  = 32
	// Bounds of what a stored hash may ask for: a row that was tampered with
	// must not stop the server.
	maxMemory = 1 << 20 // KiB
	maxPasses = 64
)

// A hasher makes and checks hashes of passwords, a bounded number at a time.
// It is safe for concurrent use.
type hasher struct {
	cfg   Hashing
	turns chan struct{}
	// decoy is checked in the place of a hash that is not there, so that an
	// unknown username costs what a known one does.
	decoy string
}

func newHasher(cfg Hashing) *hasher {
	if cfg.Memory == 0 {
		cfg.Memory = 64 << 10
	}
	if cfg.Passes == 0 {
		cfg.Passes = 3
	}
	if cfg.Threads == 0 {
		cfg.Threads = 1
	}
	if cfg.AtOnce <= 0 {
		cfg.AtOnce = 4
	}
	h := &hasher{cfg: cfg, turns: make(chan struct{}, cfg.AtOnce)}
	// A key that no password has: nothing hashes to all zeros in earnest.
	h.decoy = h.format(make([]byte, saltBytes), make([]byte, keyBytes))
	return h
}

// hash makes the text that is kept of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	key, err := h.derive(ctx, password, salt, h.cfg)
	if err != nil {
		return "", err
	}
	return h.format(salt, key), nil
}

func (h *hasher) format(salt, key []byte) string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.cfg.Memory, h.cfg.Passes, h.cfg.Threads, enc.EncodeToString(salt), enc.EncodeToString(key))
}

// check reports whether the password is the one stored, and whether it should
// be hashed anew. An empty stored hash fits no password, at the same cost.
func (h *hasher) check(ctx context.Context, stored, password string) (ok, renew bool, err error) {
	there := stored != ""
	if !there {
		stored = h.decoy
	}
	cfg, salt, want, err := parseHash(stored)
	if err != nil {
		return false, false, err
	}
	got, err := h.derive(ctx, password, salt, cfg)
	if err != nil {
		return false, false, err
	}
	same := subtle.ConstantTimeCompare(got, want) == 1
	cfg.AtOnce = h.cfg.AtOnce
	return same && there, cfg != h.cfg, nil
}

func (h *hasher) derive(ctx context.Context, password string, salt []byte, cfg Hashing) ([]byte, error) {
	select {
	case h.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.turns }()
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, cfg.Passes, cfg.Memory, cfg.Threads, keyBytes), nil
}

// parseHash reads what format wrote.
func parseHash(text string) (cfg Hashing, salt, key []byte, err error) {
	bad := func(what string) (Hashing, []byte, []byte, error) {
		return Hashing{}, nil, nil, fmt.Errorf("stored password: %s: set it anew with `wardbridge person invite`", what)
	}
	part := strings.Split(text, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" {
		return bad("not an argon2id hash")
	}
	if part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return bad("of another version of argon2")
	}
	if n, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &cfg.Memory, &cfg.Passes, &cfg.Threads); err != nil || n != 3 {
		return bad("its parameters cannot be read")
	}
	if cfg.Memory < 8 || cfg.Memory > maxMemory || cfg.Passes < 1 || cfg.Passes > maxPasses || cfg.Threads < 1 {
		return bad("its parameters are out of bounds")
	}
	enc := base64.RawStdEncoding.Strict()
	if salt, err = enc.DecodeString(part[4]); err != nil || len(salt) < 8 || len(salt) > 64 {
		return bad("its salt cannot be read")
	}
	if key, err = enc.DecodeString(part[5]); err != nil || len(key) != keyBytes {
		return bad("its key cannot be read")
	}
	return cfg, salt, key, nil
}

// Lengths of passwords: characters at least (NIST SP 800-63B §3.1.1.2 asks 15
// where a password is all there is; 12 with a limit on tries), bytes at most.
const (
	minPassword = 12
	maxPassword = 256
)

// passwordFault says what is wrong with a new password, "" when nothing is.
func passwordFault(password string, p Person) string {
	folded := strings.ToLower(password)
	switch {
	case !utf8.ValidString(password) || len(password) > maxPassword:
		return "is too long"
	case utf8.RuneCountInString(password) < minPassword:
		return "is too short"
	case holds(folded, p.Username), holds(folded, strings.ToLower(p.Name)), dull(folded):
		return "is easy to guess"
	}
	return ""
}

// holds reports whether a password is made of a name. Of a very short one no
// password is free.
func holds(password, name string) bool { return len(name) >= 4 && strings.Contains(password, name) }

// dull reports whether a password is a few characters over and over, or a run
// of neighbours, or one of the words everybody tries first.
func dull(s string) bool {
	kinds := map[rune]bool{}
	step, steps := 0, 0
	var before rune
	for i, r := range s {
		kinds[r] = true
		if i > 0 && (r == before+1 || r == before-1 || r == before) {
			step++
		}
		if i > 0 {
			steps++
		}
		before = r
	}
	if len(kinds) < 5 || step*10 >= steps*8 {
		return true
	}
	for _, w := range []string{"password", "passwort", "qwertyuiop", "letmein", "wardbridge"} {
		if strings.Contains(s, w) && len(s) < len(w)+6 {
			return true
		}
	}
	return false
}
