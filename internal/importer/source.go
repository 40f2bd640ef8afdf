package importer

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
)

// maxDocument bounds one JSON document: Docs index with 32 bits.
const maxDocument = 1 << 30

// A source is a file to read.
type source struct {
	name  string // as given, for reports
	size  int64  // 0 for standard input
	stdin bool
}

// readAhead is how many writes of a file wait for those before them.
const readAhead = 64

// A file is a source being read.
type file struct {
	source
	units   chan unit // its writes, in order
	print   Fingerprint
	open    atomic.Int64 // parts not dealt with, and one for the reader
	refused atomic.Bool
}

// list finds the files below paths. A file that is named is always read; in a
// directory only those with a known ending are.
func (im *Importer) list(paths []string) ([]source, error) {
	var out []source
	for _, p := range paths {
		if p == "-" {
			out = append(out, source{name: "standard input", stdin: true})
			continue
		}
		info, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			out = append(out, source{name: p, size: info.Size()})
			continue
		}
		var found []source
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !known(path) {
				return err
			}
			info, err := os.Stat(path) // follows links
			if err != nil || !info.Mode().IsRegular() {
				return err
			}
			found = append(found, source{name: path, size: info.Size()})
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s holds no .json, .ndjson or .jsonl file (packed with gzip or not)", p)
		}
		slices.SortFunc(found, func(a, b source) int { return strings.Compare(a.name, b.name) })
		out = append(out, found...)
	}
	im.files.Store(int64(len(out)))
	for _, s := range out {
		im.bytes.Add(s.size)
	}
	return out, nil
}

// ending is the file's ending without .gz.
func ending(path string) string {
	return strings.ToLower(filepath.Ext(strings.TrimSuffix(strings.ToLower(path), ".gz")))
}

func known(path string) bool {
	switch ending(path) {
	case ".json", ".ndjson", ".jsonl", ".xml":
		return true
	}
	return false
}

// read reads one file and cuts it into writes.
func (im *Importer) read(ctx context.Context, f *file) {
	defer close(f.units)
	defer im.finish(f)
	if ctx.Err() != nil {
		f.refused.Store(true)
		return
	}
	counted := int64(0)
	err := im.parse(ctx, f, func(n int) {
		counted += int64(n)
		im.bytesDone.Add(int64(n))
	})
	im.bytesDone.Add(f.size - counted)
	switch {
	case errors.Is(err, errKnown):
		im.filesKnown.Add(1)
		f.refused.Store(true) // it is in the journal already
	case err != nil && ctx.Err() == nil:
		im.problem(f, Problem{Reason: err.Error()})
	case err != nil:
		f.refused.Store(true)
	}
}

// errKnown says that the journal has the file.
var errKnown = errors.New("stored before")

func (im *Importer) parse(ctx context.Context, f *file, progress func(int)) (err error) {
	raw := im.cfg.Stdin
	if !f.stdin {
		h, err := os.Open(f.name)
		if err != nil {
			return err
		}
		defer func() { _ = h.Close() }()
		if done, err := im.fingerprint(f, h); err != nil {
			return err
		} else if done {
			return errKnown
		}
		raw = h
	}
	if raw == nil {
		return errors.New("there is no standard input")
	}
	in := bufio.NewReaderSize(&counting{raw, progress}, 256<<10)
	if head, err := in.Peek(2); err == nil && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(in)
		if err != nil {
			return fmt.Errorf("gzip: %w", err)
		}
		defer func() { err = errors.Join(err, z.Close()) }()
		in = bufio.NewReaderSize(z, 256<<10)
	}
	if head, err := in.Peek(3); err == nil && bytes.Equal(head, []byte("\ufeff")) {
		if _, err := in.Discard(3); err != nil {
			return err
		}
	}
	if head, err := in.Peek(64); len(head) > 0 && bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("<")) && (err == nil || errors.Is(err, io.EOF)) {
		return errors.New("this is XML; only FHIR JSON is taken. Convert it to JSON first")
	}
	if e := ending(f.name); e == ".ndjson" || e == ".jsonl" {
		return im.lines(ctx, f, in)
	}
	return im.document(ctx, f, in)
}

// fingerprint hashes the file and looks it up in the journal.
func (im *Importer) fingerprint(f *file, h *os.File) (done bool, err error) {
	if im.cfg.Journal == nil {
		return false, nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, h); err != nil {
		return false, err
	}
	if _, err := h.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	f.print = Fingerprint{filepath.Base(f.name), f.size, hex.EncodeToString(sum.Sum(nil))}
	return !im.cfg.Again && im.cfg.Journal.Done(f.print), nil
}

// A counting reader tells how much was read.
type counting struct {
	r  io.Reader
	fn func(int)
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.fn(n)
	return n, err
}

// document reads a file that holds one JSON document; when more follow, line
// by line, it is NDJSON under another name.
func (im *Importer) document(ctx context.Context, f *file, in *bufio.Reader) error {
	body, err := io.ReadAll(io.LimitReader(in, maxDocument+1))
	if err != nil {
		return err
	}
	if len(body) > maxDocument {
		return fmt.Errorf("the document is larger than %d MiB: split it, or use NDJSON", maxDocument>>20)
	}
	if first, rest, ok := bytes.Cut(body, []byte("\n")); ok && looksWhole(first) && bytes.HasPrefix(bytes.TrimSpace(rest), []byte("{")) {
		return im.lines(ctx, f, bufio.NewReader(bytes.NewReader(body)))
	}
	return im.resource(f, body, 1)
}

// looksWhole reports whether a line is a JSON object of its own.
func looksWhole(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) > 2 && line[0] == '{' && line[len(line)-1] == '}'
}

// lines reads NDJSON: one resource, or Bundle, a line.
func (im *Importer) lines(ctx context.Context, f *file, in *bufio.Reader) error {
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if len(line) > maxDocument {
			return fmt.Errorf("line %d is larger than %d MiB", n, maxDocument>>20)
		}
		if trimmed := bytes.TrimSpace(line); len(trimmed) > 0 {
			if err := im.resource(f, trimmed, n); err != nil {
				im.problem(f, Problem{Line: n, Reason: err.Error()})
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}
