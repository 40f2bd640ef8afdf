package seal

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// KeyBytes is the size of a key.
const KeyBytes = 32

// A Key is one secret of a ring. Its id is a fingerprint of the secret, so a
// key cannot be given another's id.
type Key struct {
	id     uint32
	secret [KeyBytes]byte
}

// ID is the key's id.
func (k Key) ID() uint32 { return k.id }

// String shows the id only.
func (k Key) String() string { return fmt.Sprintf("key %08x", k.id) }

// GoString shows the id only.
func (k Key) GoString() string { return k.String() }

func newKey(secret []byte) Key {
	h := sha256.New()
	h.Write([]byte("wardbridge key id"))
	h.Write(secret)
	return Key{id: binary.BigEndian.Uint32(h.Sum(nil)), secret: [KeyBytes]byte(secret)}
}

// A Ring is one or more keys. The last seals; all open.
type Ring []Key

// NewRing makes a ring with one random key.
func NewRing() Ring {
	var b [KeyBytes]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return Ring{newKey(b[:])}
}

// With gives a ring with one more, newest key; what the others have sealed
// still opens.
func (r Ring) With(newest Key) Ring { return append(slices.Clip(r), newest) }

const keyPrefix = "wbk1"

// Format is the text of a key file: one key per line, the newest last.
func (r Ring) Format() []byte {
	var b bytes.Buffer
	b.WriteString("# Keep this file secret and keep a copy of it apart from the data. The last key is in use; the others still open what they sealed.\n")
	for _, k := range r {
		fmt.Fprintf(&b, "%s %08x %s\n", keyPrefix, k.id, base64.RawURLEncoding.EncodeToString(k.secret[:]))
	}
	return b.Bytes()
}

// ParseRing reads what [Ring.Format] writes. A bare key of 32 bytes in base64
// or hexadecimal digits is a ring too, so that keys of other makings can be
// given. Errors never quote a key.
func ParseRing(text []byte) (Ring, error) {
	var ring Ring
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		k, err := parseKey(strings.Fields(line))
		if err != nil {
			return nil, fmt.Errorf("key file, line %d: %w", i+1, err)
		}
		for _, o := range ring {
			if o.id == k.id {
				return nil, fmt.Errorf("key file, line %d: the same key is there twice", i+1)
			}
		}
		ring = append(ring, k)
	}
	if len(ring) == 0 {
		return nil, errors.New("key file: it holds no key")
	}
	return ring, nil
}

func parseKey(fields []string) (Key, error) {
	text, id := "", ""
	switch {
	case len(fields) == 3 && fields[0] == keyPrefix:
		id, text = fields[1], fields[2]
	case len(fields) == 1:
		text = fields[0]
	default:
		return Key{}, fmt.Errorf("want %q, a key id and a key, or one bare key", keyPrefix)
	}
	secret, err := decodeKey(text)
	if err != nil {
		return Key{}, err
	}
	k := newKey(secret)
	if id != "" && id != fmt.Sprintf("%08x", k.id) {
		return Key{}, errors.New("the key does not match its id: the line was damaged or mistyped")
	}
	return k, nil
}

func decodeKey(text string) ([]byte, error) {
	if len(text) == 2*KeyBytes {
		if b, err := hex.DecodeString(text); err == nil {
			return b, nil
		}
	}
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != KeyBytes {
		return nil, fmt.Errorf("want a key of %d bytes in base64 or hexadecimal digits", KeyBytes)
	}
	return b, nil
}

// LoadRing reads a key file.
func LoadRing(path string) (Ring, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	ring, err := ParseRing(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return ring, nil
}

// LoadOrCreateRing reads the key file at path or makes it, readable to its
// owner only. When several processes start at once, all end up with the same
// key. A file that others may read is refused.
func LoadOrCreateRing(path string) (Ring, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := create(path, NewRing().Format()); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("create key file: %w", err)
		}
	case err != nil:
		return nil, fmt.Errorf("read key file: %w", err)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("%s: others than its owner may read or write this key file (mode %v): chmod 600 it, and replace the key if anyone has", path, info.Mode().Perm())
	}
	return LoadRing(path)
}

// create writes a file that appears whole or not at all, and never replaces
// one: a key that is lost cannot be made again.
func create(path string, text []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".new-key-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// A MAC makes keyed hashes (HMAC-SHA-256). It is safe for concurrent use.
type MAC struct{ ring Ring }

// NewMAC makes a MAC of a ring.
func NewMAC(ring Ring) (*MAC, error) {
	if len(ring) == 0 {
		return nil, errors.New("seal: a MAC needs a key")
	}
	return &MAC{ring: ring}, nil
}

// Keys is how many keys the ring has; the last is in use.
func (m *MAC) Keys() int { return len(m.ring) }

// Sum is the keyed hash of parts under the key at index i. Each part's length
// is part of what is hashed, so that parts cannot be cut differently.
func (m *MAC) Sum(i int, parts ...string) [sha256.Size]byte {
	h := hmac.New(sha256.New, m.ring[i].secret[:])
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return [sha256.Size]byte(h.Sum(nil))
}
