package audit

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// What can be wrong with a stored record.
const (
	Changed   = "changed"   // its content and its hash do not agree
	Removed   = "removed"   // it is not there
	Reordered = "reordered" // it stands in another place than its number says
	Inserted  = "inserted"  // its number is taken by another record
	Rewritten = "rewritten" // it agrees with its chain, but not with what was vouched for
)

// A Fault is one thing [Log.Verify] found.
type Fault struct {
	Chain  string `json:"chain"`
	Seq    int64  `json:"seq"`
	To     int64  `json:"to"` // the last of several; else Seq
	Block  int64  `json:"block,omitempty"`
	What   string `json:"what"`
	Detail string `json:"detail"`
}

// String says it in one line.
func (f Fault) String() string {
	records := fmt.Sprintf("record %d", f.Seq)
	if f.To > f.Seq {
		records = fmt.Sprintf("records %d to %d", f.Seq, f.To)
	}
	return fmt.Sprintf("chain %s, %s: %s: %s", f.Chain, records, f.What, f.Detail)
}

// maxFaults bounds the list; FaultCount counts on.
const maxFaults = 1000

// A Report is the result of a verification.
type Report struct {
	Chains     int     `json:"chains"`
	Blocks     int64   `json:"blocks"`
	Records    int64   `json:"records"`
	Heads      []Link  `json:"heads"` // as stored when it began; keep them to check against later
	Faults     []Fault `json:"faults"`
	FaultCount int     `json:"faultCount"`
}

// OK reports whether nothing was found.
func (r *Report) OK() bool { return r.FaultCount == 0 }

// Verify reads the whole record and checks every hash, every number, every
// link between chains and every head. expect holds heads that were kept
// elsewhere: each must still be there. It holds a few numbers for each chain in
// memory, never the records. It may run beside servers that append, and looks at
// what was there when it began.
func (l *Log) Verify(ctx context.Context, expect ...Link) (*Report, error) {
	v := &verifier{report: &Report{}, chains: map[string]*chainState{}, expected: map[string][]expectation{}}
	heads, err := l.reader.AuditHeads(ctx)
	if err != nil {
		return nil, fmt.Errorf("verify the audit record: %w", err)
	}
	v.report.Heads = heads
	for _, h := range heads {
		v.expect(h, "the table of heads")
	}
	for _, h := range expect {
		v.expect(h, "the head given for comparison")
	}
	newest, _, err := l.reader.AuditState(ctx)
	if err != nil {
		return nil, fmt.Errorf("verify the audit record: %w", err)
	}
	err = l.reader.AuditBlocks(ctx, 0, newest, func(b Block) error {
		v.block(b)
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("verify the audit record: %w", err)
	}
	// Read again: a head moves in the transaction of its block, so by now none
	// may lie behind a block that was seen.
	if heads, err = l.reader.AuditHeads(ctx); err != nil {
		return nil, fmt.Errorf("verify the audit record: %w", err)
	}
	v.finish(heads)
	return v.report, nil
}

type verifier struct {
	report   *Report
	chains   map[string]*chainState
	order    []string
	expected map[string][]expectation
}

// chainState is where the walk stands in one chain.
type chainState struct {
	next  int64
	last  int64 // the newest number seen
	head  Hash
	blind bool  // head is unknown: what came before is missing
	gaps  []gap // numbers not seen
	block int64
}

type gap struct{ from, to, block int64 }

type expectation struct {
	seq  int64
	hash string
	by   string
	met  bool
}

func (v *verifier) expect(l Link, by string) {
	v.expected[l.Chain] = append(v.expected[l.Chain], expectation{seq: l.Seq, hash: l.Hash, by: by})
}

func (v *verifier) fault(chain string, seq, to, block int64, what, format string, args ...any) {
	v.report.FaultCount++
	if len(v.report.Faults) < maxFaults {
		v.report.Faults = append(v.report.Faults, Fault{Chain: chain, Seq: seq, To: to, Block: block, What: what, Detail: fmt.Sprintf(format, args...)})
	}
}

func (v *verifier) chain(id string) *chainState {
	st := v.chains[id]
	if st == nil {
		st = &chainState{head: genesis(id)}
		v.chains[id] = st
		v.order = append(v.order, id)
		v.report.Chains++
	}
	return st
}

func (v *verifier) block(b Block) {
	v.report.Blocks++
	st := v.chain(b.Chain)
	st.block = b.ID
	at := st.next
	intact := b.Seq == st.next && !st.blind
	if b.Seq > st.next {
		// What the block says came before its first record lets that one be
		// checked all the same.
		st.skip(b.Seq, b.ID)
		st.head, st.blind = b.Prev, false
	}
	if intact && b.Prev != st.head {
		v.fault(b.Chain, at, at, b.ID, Changed, "the block's previous hash is not that of record %d", at-1)
	}
	faults, gaps := v.report.FaultCount, len(st.gaps)
	count, first, last := 0, int64(0), int64(0)
	inOrder := true
	for line := range lines(b.Body) {
		v.report.Records++
		var us int64
		us, inOrder = v.line(b, st, line)
		if count == 0 || us < first {
			first = us
		}
		if count == 0 || us > last {
			last = us
		}
		count++
	}
	if missing := b.Seq + int64(b.Count) - st.next; missing > 0 && missing <= int64(b.Count) {
		st.skip(b.Seq+int64(b.Count), b.ID)
		st.head, st.blind = b.Hash, false
	}
	if faults != v.report.FaultCount || gaps != len(st.gaps) {
		return // what is wrong with the block has been said
	}
	switch {
	case count != b.Count:
		v.fault(b.Chain, b.Seq, b.Seq, b.ID, Changed, "the block says it holds %d records and holds %d", b.Count, count)
	case inOrder && !st.blind && b.Hash != st.head:
		v.fault(b.Chain, st.last, st.last, b.ID, Changed, "the block's hash is not that of its last record")
	case first != b.FirstTime || last != b.LastTime:
		v.fault(b.Chain, b.Seq, st.last, b.ID, Changed, "the block's times are not those of its records")
	}
}

// skip notes that the numbers up to next are missing.
func (st *chainState) skip(next, block int64) {
	st.gaps = append(st.gaps, gap{st.next, next - 1, block})
	st.next, st.blind = next, true
}

// line checks one record. It gives its time, and whether it stands in its
// place.
func (v *verifier) line(b Block, st *chainState, text []byte) (us int64, inOrder bool) {
	s, err := split(text)
	if err != nil {
		v.fault(b.Chain, st.next, st.next, b.ID, Changed, "what stands in its place is no record: %v", err)
		st.next++
		st.blind = true
		return b.FirstTime, false
	}
	us = lineTime(s.text)
	switch {
	case s.seq < st.next:
		if st.fill(s.seq) {
			v.fault(b.Chain, s.seq, s.seq, b.ID, Reordered, "it stands after record %d", st.next-1)
		} else {
			v.fault(b.Chain, s.seq, s.seq, b.ID, Inserted, "a second record with this number stands after record %d", st.next-1)
		}
		return us, false
	case s.seq > st.next:
		st.skip(s.seq, b.ID)
	}
	if !st.blind && !s.follows(st.head) {
		v.fault(b.Chain, s.seq, s.seq, b.ID, Changed, "its hash does not follow from its content and the record before it")
	}
	st.next, st.last, st.head, st.blind = s.seq+1, s.seq, s.hash, false
	v.meet(b, s)
	if s.seq == 0 {
		v.links(b, s)
	}
	return us, true
}

// fill takes seq out of the gaps, and reports whether it was in one.
func (st *chainState) fill(seq int64) bool {
	for i, g := range st.gaps {
		if seq < g.from || seq > g.to {
			continue
		}
		parts := make([]gap, 0, 2)
		if g.from < seq {
			parts = append(parts, gap{g.from, seq - 1, g.block})
		}
		if seq < g.to {
			parts = append(parts, gap{seq + 1, g.to, g.block})
		}
		st.gaps = slices.Replace(st.gaps, i, i+1, parts...)
		return true
	}
	return false
}

// meet compares a record with what was expected of it.
func (v *verifier) meet(b Block, s sealed) {
	expected := v.expected[b.Chain]
	for i := range expected {
		e := &expected[i]
		if e.seq != s.seq {
			continue
		}
		e.met = true
		if e.hash != s.hash.String() {
			v.fault(b.Chain, s.seq, s.seq, b.ID, Rewritten, "%s vouches for hash %s, found %s", e.by, e.hash, s.hash)
		}
	}
}

// links checks what a chain's first record vouches for. All of that was
// committed before it, so the walk has just seen the end of it.
func (v *verifier) links(b Block, s sealed) {
	r, err := Decode(s.text)
	if err != nil || r.Operation != chainStart || r.Chain != b.Chain {
		v.fault(b.Chain, 0, 0, b.ID, Changed, "it does not begin this chain")
		return
	}
	for _, l := range r.Links {
		st := v.chains[l.Chain]
		by := "the first record of chain " + b.Chain
		switch {
		case st == nil:
			v.fault(l.Chain, 0, l.Seq, 0, Removed, "%s vouches for them", by)
		case st.next-1 < l.Seq:
			v.fault(l.Chain, st.next, l.Seq, st.block, Removed, "%s vouches for them", by)
			st.skipTo(l.Seq + 1)
		case st.next-1 > l.Seq:
			v.fault(l.Chain, l.Seq+1, st.next-1, st.block, Reordered, "%s was written before them and stands after", by)
		case !st.blind && st.head.String() != l.Hash:
			v.fault(l.Chain, l.Seq, l.Seq, st.block, Rewritten, "%s vouches for hash %s, found %s", by, l.Hash, st.head)
		}
	}
}

// skipTo goes on at next without noting a gap, which has been reported.
func (st *chainState) skipTo(next int64) { st.next, st.blind = next, true }

func (v *verifier) finish(heads []Link) {
	for _, id := range v.order {
		st := v.chains[id]
		for _, g := range st.gaps {
			v.fault(id, g.from, g.to, g.block, Removed, "the records on both sides are there")
		}
		i := slices.IndexFunc(heads, func(h Link) bool { return h.Chain == id })
		switch {
		case i < 0:
			v.fault(id, st.last, st.last, st.block, Changed, "the chain is not in the table of heads")
		case heads[i].Seq < st.last:
			v.fault(id, heads[i].Seq+1, st.last, st.block, Inserted, "the table of heads ends the chain before them")
		}
	}
	for chain, list := range v.expected {
		next := int64(0)
		if st := v.chains[chain]; st != nil {
			next = st.next
		}
		for _, e := range list {
			if !e.met && e.seq >= next {
				v.fault(chain, next, e.seq, 0, Removed, "%s vouches for them", e.by)
			}
		}
	}
	slices.SortStableFunc(v.report.Faults, func(a, b Fault) int {
		if a.Chain != b.Chain {
			if a.Chain < b.Chain {
				return -1
			}
			return 1
		}
		return int(a.Seq - b.Seq)
	})
}

// lineTime is the time a line states, 0 when it states none.
func lineTime(text []byte) int64 {
	const layout = "2006-01-02T15:04:05.000000Z"
	const mark = `,"time":"`
	for i := range min(len(text), 40) {
		if len(text) >= i+len(mark)+len(layout) && string(text[i:i+len(mark)]) == mark {
			t, err := time.Parse(layout, string(text[i+len(mark):i+len(mark)+len(layout)]))
			if err != nil {
				return 0
			}
			return t.UnixMicro()
		}
	}
	return 0
}
