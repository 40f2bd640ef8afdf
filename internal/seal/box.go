package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Why something does not open. Neither says more, as who asks may be the one
// who tampered.
var (
	ErrOpen    = errors.New("seal: it was changed, is not meant for this use, or its key is gone")
	ErrExpired = errors.New("seal: it has expired")
)

const (
	idBytes    = 4
	saltBytes  = 12
	nonceBytes = 12
	head       = idBytes + saltBytes + nonceBytes
	// Overhead is by how much sealing makes a message longer.
	Overhead = head + 16
)

// A Box seals and opens. It is safe for concurrent use.
type Box struct {
	ring Ring
	keys map[uint32]*Key
}

// NewBox makes a box of a ring.
func NewBox(ring Ring) (*Box, error) {
	if len(ring) == 0 {
		return nil, errors.New("seal: a box needs a key")
	}
	b := &Box{ring: ring, keys: make(map[uint32]*Key, len(ring))}
	for i := range ring {
		b.keys[ring[i].id] = &ring[i]
	}
	return b, nil
}

// Seal encrypts plain and binds it to aad: table, row and column, or purpose
// and owner.
func (b *Box) Seal(aad, plain []byte) []byte {
	k := &b.ring[len(b.ring)-1]
	out := make([]byte, head, head+len(plain)+16)
	binary.BigEndian.PutUint32(out, k.id)
	_, _ = rand.Read(out[idBytes:]) // never fails (crypto/rand)
	return k.aead(out[idBytes:idBytes+saltBytes]).Seal(out, out[idBytes+saltBytes:head], plain, aad)
}

// Open gives back what was sealed with the same aad, or [ErrOpen].
func (b *Box) Open(aad, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead {
		return nil, ErrOpen
	}
	k := b.keys[binary.BigEndian.Uint32(sealed)]
	if k == nil {
		return nil, ErrOpen
	}
	plain, err := k.aead(sealed[idBytes:idBytes+saltBytes]).Open(nil, sealed[idBytes+saltBytes:head], sealed[head:], aad)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// aead is the cipher of one message.
func (k *Key) aead(salt []byte) cipher.AEAD {
	h := hmac.New(sha256.New, k.secret[:])
	h.Write([]byte("wardbridge seal v1"))
	h.Write(salt)
	block, err := aes.NewCipher(h.Sum(nil))
	if err != nil {
		panic(fmt.Sprintf("seal: a key of the wrong size: %v", err)) // cannot be: SHA-256 gives 32 bytes
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(fmt.Sprintf("seal: AES has the wrong block size: %v", err))
	}
	return gcm
}

// maxTicket bounds what is decoded of a ticket.
const maxTicket = 64 << 10

// Ticket seals plain into text that fits into a URL and works until expires,
// to the second.
func (b *Box) Ticket(aad, plain []byte, expires time.Time) string {
	body := make([]byte, 8, 8+len(plain))
	binary.BigEndian.PutUint64(body, uint64(expires.Unix())) //nolint:gosec // a time after 1970
	return base64.RawURLEncoding.EncodeToString(b.Seal(ticketAAD(aad), append(body, plain...)))
}

// OpenTicket gives back what a ticket holds: [ErrExpired] when it is too old,
// [ErrOpen] when it is not a ticket made with the same aad.
func (b *Box) OpenTicket(aad []byte, ticket string, now time.Time) ([]byte, error) {
	// The decoder skips line breaks; a ticket has one spelling only.
	if len(ticket) > maxTicket || strings.ContainsAny(ticket, "\r\n") {
		return nil, ErrOpen
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(ticket)
	if err != nil {
		return nil, ErrOpen
	}
	body, err := b.Open(ticketAAD(aad), sealed)
	if err != nil {
		return nil, err
	}
	if len(body) < 8 {
		return nil, ErrOpen
	}
	if now.Unix() >= int64(binary.BigEndian.Uint64(body)) { //nolint:gosec // made by Ticket
		return nil, ErrExpired
	}
	return body[8:], nil
}

// ticketAAD keeps tickets and columns apart.
func ticketAAD(aad []byte) []byte { return append([]byte("ticket\x00"), aad...) }
