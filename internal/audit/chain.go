package audit

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"strconv"
)

// A Hash is the hash of a chain up to and including one record.
type Hash [sha256.Size]byte

// String is the hash in hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// A Block is the records of one commit, as they are stored.
type Block struct {
	ID        int64 // in order of commit; set by the storage
	Chain     string
	Seq       int64 // of the first record
	Count     int
	FirstTime int64 // µs since 1970, the earliest
	LastTime  int64
	Prev      Hash // of the record before the first
	Hash      Hash // of the last record
	Body      []byte
}

// A Chain numbers and hashes the records of one process. It is not safe for
// concurrent use: the storage's writer owns it.
type Chain struct {
	id   string
	next int64
	head Hash
	buf  []byte
}

// NewChain starts a chain with a random id.
func NewChain() *Chain {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	c := &Chain{id: hex.EncodeToString(b[:])}
	c.Reset()
	return c
}

// ID is the chain's id.
func (c *Chain) ID() string { return c.id }

// Started reports whether the chain has a record.
func (c *Chain) Started() bool { return c.next > 0 }

// Reset goes back to the empty chain.
func (c *Chain) Reset() { c.next, c.head = 0, genesis(c.id) }

// Resume makes the record seq with the given hash the newest one.
func (c *Chain) Resume(seq int64, hash Hash) { c.next, c.head = seq+1, hash }

// genesis binds a chain's first record to the chain's id.
func genesis(id string) Hash { return sha256.Sum256([]byte("wardbridge audit chain " + id)) }

// StartLine is the first record of the chain: it holds the heads of the
// others.
func (c *Chain) StartLine(like Line, links []Link) Line {
	r := Record{Operation: chainStart, Chain: c.id, Entry: -1, Links: links}
	r.Time = microTime(like.Time)
	return r.Encode()
}

// Seal makes a block of lines, in order. The chain stays where it is until
// [Chain.Advance]; the block's body is valid until the next Seal.
func (c *Chain) Seal(lines []Line) Block {
	b := Block{Chain: c.id, Seq: c.next, Count: len(lines), Prev: c.head, Hash: c.head}
	h := sha256.New()
	buf := c.buf[:0]
	var digits [2 * sha256.Size]byte
	for i, l := range lines {
		if i == 0 || l.Time < b.FirstTime {
			b.FirstTime = l.Time
		}
		if i == 0 || l.Time > b.LastTime {
			b.LastTime = l.Time
		}
		start := len(buf)
		buf = append(buf, `{"seq":`...)
		buf = strconv.AppendInt(buf, c.next+int64(i), 10)
		buf = append(buf, ',')
		buf = append(buf, l.Body...)
		h.Reset()
		h.Write(b.Hash[:])
		h.Write(buf[start:])
		h.Sum(b.Hash[:0])
		hex.Encode(digits[:], b.Hash[:])
		buf = append(buf, hashMember...)
		buf = append(buf, digits[:]...)
		buf = append(buf, '"', '}', '\n')
	}
	c.buf = buf
	b.Body = buf
	return b
}

// Advance makes the block's last record the chain's newest.
func (c *Chain) Advance(b Block) { c.next, c.head = b.Seq+int64(b.Count), b.Hash }

const (
	hashMember = `,"hash":"`
	hashTail   = len(hashMember) + 2*sha256.Size + len(`"}`)
)

// A sealed line, taken apart.
type sealed struct {
	text    []byte // the whole line
	content []byte // what the hash covers
	seq     int64
	hash    Hash
}

var errLine = errors.New("not a sealed audit record")

// split takes a stored line apart.
func split(line []byte) (sealed, error) {
	s := sealed{text: line}
	at := len(line) - hashTail
	if at < 0 || !bytes.HasPrefix(line[at:], []byte(hashMember)) || !bytes.HasSuffix(line, []byte(`"}`)) {
		return s, errLine
	}
	if _, err := hex.Decode(s.hash[:], line[at+len(hashMember):len(line)-2]); err != nil {
		return s, fmt.Errorf("%w: %w", errLine, err)
	}
	s.content = line[:at]
	rest, ok := bytes.CutPrefix(line, []byte(`{"seq":`))
	digits, _, found := bytes.Cut(rest, []byte(","))
	if !ok || !found {
		return s, errLine
	}
	seq, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil || seq < 0 {
		return s, fmt.Errorf("%w: seq %q", errLine, digits)
	}
	s.seq = seq
	return s, nil
}

// follows reports whether the line's own hash is right after prev.
func (s sealed) follows(prev Hash) bool {
	h := sha256.New()
	h.Write(prev[:])
	h.Write(s.content)
	var got Hash
	h.Sum(got[:0])
	return got == s.hash
}

// lines yields the lines of a block's body without their ends.
func lines(body []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(body) > 0 {
			line, rest, _ := bytes.Cut(body, []byte("\n"))
			if !yield(line) {
				return
			}
			body = rest
		}
	}
}
