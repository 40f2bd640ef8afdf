package importer

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
)

// A FileJournal is a [Journal] in a text file: one line a stored file.
type FileJournal struct {
	mu   sync.Mutex
	done map[Fingerprint]bool
	file *os.File
}

// OpenJournal opens the journal at path, making it when absent.
func OpenJournal(path string) (*FileJournal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open import journal: %w", err)
	}
	j := &FileJournal{done: map[Fingerprint]bool{}, file: f}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		// A line cut short by a crash, or not ours, is a file read again.
		hash, rest, _ := strings.Cut(lines.Text(), " ")
		size, name, ok := strings.Cut(rest, " ")
		n, err := strconv.ParseInt(size, 10, 64)
		if name, nameErr := strconv.Unquote(name); ok && err == nil && nameErr == nil && len(hash) == 64 {
			j.done[Fingerprint{name, n, hash}] = true
		}
	}
	if err := lines.Err(); err != nil {
		return nil, errors.Join(fmt.Errorf("read import journal: %w", err), f.Close())
	}
	return j, nil
}

// Done implements [Journal].
func (j *FileJournal) Done(f Fingerprint) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.done[f]
}

// Add implements [Journal].
func (j *FileJournal) Add(f Fingerprint) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	// The line begins with a line end, in case the one before was cut short.
	if _, err := fmt.Fprintf(j.file, "\n%s %d %q", f.Hash, f.Size, f.Name); err != nil {
		return err
	}
	j.done[f] = true
	return nil
}

// Close makes the journal durable and closes it.
func (j *FileJournal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return errors.Join(j.file.Sync(), j.file.Close())
}

// RemoveJournal forgets all stored files.
func RemoveJournal(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove import journal: %w", err)
	}
	return nil
}

var _ Journal = (*FileJournal)(nil)
