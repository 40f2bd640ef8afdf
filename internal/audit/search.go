package audit

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"time"
)

// A Filter selects records. Empty fields select all; the others are joined by
// AND. Patient, Entry, Person, Space, Tenant and Client are found through an
// index; the rest is looked for within the blocks of those, or of the time
// span.
type Filter struct {
	Patient   string // an id, or "Patient/id"
	Tenant    string
	Client    string
	Operation string
	RequestID string
	// Of the Patients app. A patient's id is unique within a connection only;
	// a record about patients of several names none, and is found by each.
	Entry      string
	Person     string
	Space      string
	Connection string
	Since      time.Time // inclusive
	Until      time.Time // exclusive
	Limit      int       // of one page; 0 means 100
	Cursor     string    // Page.Next of the page before
}

// A Page is a slice of a search's result.
type Page struct {
	Records []Record
	Next    string // "" after the last page
}

// slack is how far a block's first record may lie before its last: records of
// one block waited for one commit.
const slack = time.Hour

// maxFind is how many blocks are read at once at most.
const maxFind = 64

// ErrCursor is the failure of a search whose cursor is not one of ours.
var ErrCursor = errors.New("the cursor of the audit search is not valid: start the search again without it")

// Search gives the records that match, newest first: by the time of their
// commit, and within one by their order. It sees every record appended before
// it was called, by whichever process.
func (l *Log) Search(ctx context.Context, f Filter) (Page, error) {
	if err := l.Index(ctx); err != nil {
		return Page{}, fmt.Errorf("search the audit record: %w", err)
	}
	f.Patient = strings.TrimPrefix(f.Patient, "Patient/")
	f.Tenant = strings.ToLower(f.Tenant)
	if f.Limit <= 0 {
		f.Limit = 100
	}
	at, err := f.start()
	if err != nil {
		return Page{}, err
	}
	var page Page
	find := min(maxFind, max(4, f.Limit))
	for {
		blocks, err := l.reader.FindAudit(ctx, f.key(), at.time, at.block, find)
		if err != nil {
			return Page{}, fmt.Errorf("search the audit record: %w", err)
		}
		for _, b := range blocks {
			if !f.Since.IsZero() && b.FirstTime < f.Since.Add(-slack).UnixMicro() {
				return page, nil
			}
			below := int64(math.MaxInt64)
			if b.FirstTime == at.time && b.ID == at.block-1 && at.seq >= 0 {
				below = at.seq // the page before ended within this block
			}
			if page.Records, err = f.collect(page.Records, b, below); err != nil {
				return Page{}, err
			}
			if len(page.Records) >= f.Limit {
				page.Records = page.Records[:f.Limit]
				last := page.Records[f.Limit-1].Seq
				page.Next = position{b.FirstTime, b.ID + 1, last}.String()
				return page, nil
			}
			at = position{b.FirstTime, b.ID, noSeq}
		}
		if len(blocks) < find {
			return page, nil
		}
	}
}

// All yields every record that matches, newest first, whatever f.Limit says.
func (l *Log) All(ctx context.Context, f Filter) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		f.Limit = 500
		for {
			page, err := l.Search(ctx, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range page.Records {
				if !yield(&page.Records[i], nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			f.Cursor = page.Next
		}
	}
}

// key is the narrowest key of the index that holds all that matches.
func (f *Filter) key() string {
	switch {
	case f.Patient != "":
		return keyPatient + f.Patient
	case f.Entry != "":
		return keyEntry + f.Entry
	case f.Person != "":
		return keyPerson + f.Person
	case f.Client != "":
		return keyClient + f.Client
	case f.Space != "":
		return keySpace + f.Space
	case f.Tenant != "":
		return keyTenant + f.Tenant
	}
	return keyAll
}

func (f *Filter) start() (position, error) {
	if f.Cursor != "" {
		return parsePosition(f.Cursor)
	}
	if !f.Until.IsZero() {
		return position{f.Until.UnixMicro(), 0, noSeq}, nil
	}
	return position{math.MaxInt64, 0, noSeq}, nil
}

// collect appends the block's matching records with a seq under below, newest
// first.
func (f *Filter) collect(out []Record, b Block, below int64) ([]Record, error) {
	mark := len(out)
	for line := range lines(b.Body) {
		if f.Patient != "" && !bytes.Contains(line, []byte(f.Patient)) ||
			f.Entry != "" && !bytes.Contains(line, []byte(f.Entry)) ||
			f.RequestID != "" && !bytes.Contains(line, []byte(f.RequestID)) {
			continue
		}
		r, err := Decode(line)
		if err != nil {
			return nil, fmt.Errorf("block %d of chain %s: %w; run verify", b.ID, b.Chain, err)
		}
		if r.Seq < below && f.matches(r) {
			r.Chain = b.Chain
			out = append(out, *r)
		}
	}
	slices.Reverse(out[mark:])
	return out, nil
}

func (f *Filter) matches(r *Record) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	return is(f.Tenant, r.Tenant) && is(f.Client, r.Client) && is(f.Operation, r.Operation) && is(f.RequestID, r.RequestID) &&
		is(f.Person, r.Person) && is(f.Space, r.Space) && (r.Connection == "" || is(f.Connection, r.Connection)) &&
		(f.Patient == "" || slices.Contains(r.Patients, f.Patient)) &&
		(f.Entry == "" || slices.Contains(r.Entries, f.Entry)) &&
		(f.Since.IsZero() || !r.Time.Before(f.Since)) && (f.Until.IsZero() || r.Time.Before(f.Until))
}

// A position is where a search goes on: below (time, block), and within the
// block before that below seq.
type position struct{ time, block, seq int64 }

// noSeq is the seq of a position between two blocks.
const noSeq = -1

func (p position) String() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d.%d", p.time, p.block, p.seq))
}

func parsePosition(s string) (p position, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return p, ErrCursor
	}
	if n, err := fmt.Sscanf(string(b), "%d.%d.%d", &p.time, &p.block, &p.seq); err != nil || n != 3 {
		return p, ErrCursor
	}
	return p, nil
}
