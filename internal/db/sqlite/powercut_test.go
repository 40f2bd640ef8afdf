package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	lib "modernc.org/sqlite/lib"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/db/faultvfs"
)

var diskNumber atomic.Int32

func newDisk(t *testing.T) *faultvfs.Disk {
	t.Helper()
	disk, err := faultvfs.New(fmt.Sprintf("fault%d", diskNumber.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	return disk
}

// acknowledged is what callers were told is safe.
type acknowledged struct {
	mu   sync.Mutex
	keys []string // rows of meta
	ids  []string // request ids of audit records
}

func (a *acknowledged) add(list *[]string, s string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	*list = append(*list, s)
}

func (a *acknowledged) snapshot() (keys, ids []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.keys...), append([]string(nil), a.ids...)
}

// load writes from several goroutines until stop is closed: rows, audit
// records, and changes of configuration that are both.
func load(t *testing.T, d *DB, ack *acknowledged, stop <-chan struct{}) *sync.WaitGroup {
	t.Helper()
	l := newLog(t, d)
	ctx := context.Background()
	var wg sync.WaitGroup
	for g := range 12 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				id := fmt.Sprintf("%d-%d", g, i)
				switch g % 3 {
				case 0:
					if d.Write(ctx, put(id, strings.Repeat("x", i%3000))) == nil {
						ack.add(&ack.keys, id)
					}
				case 1:
					if l.Append(ctx, audit.Record{RequestID: id, Entry: -1, Operation: audit.PatientView}) == nil {
						ack.add(&ack.ids, id)
					}
				case 2:
					rec := audit.Record{Time: time.Now(), RequestID: id, Entry: -1, Operation: "ClientCreate"}
					if d.Update(ctx, &rec, put(id, "x")) == nil {
						ack.add(&ack.keys, id)
						ack.add(&ack.ids, id)
					}
				}
			}
		})
	}
	return &wg
}

// lost opens what a power cut left and counts the acknowledged things that are
// not there. Whatever is there must be whole.
func lost(t *testing.T, dir string, keys, ids []string) (missing int) {
	t.Helper()
	d, err := Open(t.Context(), filepath.Join(dir, MainFile), Options{})
	if err != nil {
		t.Fatalf("open after the power cut: %v", err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	var check string
	if err := d.read.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&check); err != nil || check != "ok" {
		t.Fatalf("integrity check after the power cut: %q, %v", check, err)
	}
	l := newLog(t, d)
	report, err := l.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK() {
		t.Errorf("the audit chain does not verify after the power cut: %v", report.Faults)
	}
	have := map[string]bool{}
	for r, err := range l.All(t.Context(), audit.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		have[r.RequestID] = true
	}
	for _, id := range ids {
		if !have[id] {
			missing++
		}
	}
	for _, key := range keys {
		if count(t, d, "SELECT count(*) FROM meta WHERE key = ?", key) == 0 {
			missing++
		}
	}
	return missing
}

// TestPowerCut proves that no acknowledgement comes before its sync: at any
// moment, what a power cut would leave holds everything acknowledged by then,
// whether the unsynced sectors are all lost or any of them are kept.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	disk := newDisk(t)
	// Few pages between checkpoints, so that cuts hit those too.
	d := openTest(t, Options{vfs: disk.Name(), CheckpointPages: 40, MaxBatch: 8})
	var ack acknowledged
	stop := make(chan struct{})
	wg := load(t, d, &ack, stop)
	rounds := 24
	if testing.Short() {
		rounds = 8
	}
	type cut struct {
		dir       string
		keys, ids []string
	}
	cuts := make([]cut, rounds)
	for i := range cuts {
		more := 3 + random.IntN(20) // of each, so that a slow disk shows as much as a fast one
		keys, ids := ack.snapshot()
		await.That(t, "more is acknowledged", func() bool {
			k, r := ack.snapshot()
			return len(k) >= len(keys)+more && len(r) >= len(ids)+more
		})
		c := &cuts[i]
		c.dir = t.TempDir()
		c.keys, c.ids = ack.snapshot()
		r := random
		if i%2 == 0 {
			r = nil
		}
		if err := disk.PowerCut(c.dir, r); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	wg.Wait()
	for i, c := range cuts {
		if n := lost(t, c.dir, c.keys, c.ids); n != 0 {
			t.Errorf("cut %d: %d of %d acknowledged writes are lost", i, n, len(c.keys)+len(c.ids))
		}
	}
	last := cuts[len(cuts)-1]
	writes, syncs := disk.Counts()
	t.Logf("%d rows and %d records acknowledged at the last cut; %d writes, %d syncs", len(last.keys), len(last.ids), writes, syncs)
}

// TestPowerCutCanFail shows that the test above can: at the levels that do not
// sync each commit, a cut loses what was acknowledged.
func TestPowerCutCanFail(t *testing.T) {
	t.Parallel()
	for _, level := range []string{"OFF", "NORMAL"} {
		t.Run(level, func(t *testing.T) {
			t.Parallel()
			disk := newDisk(t)
			d := openTest(t, Options{vfs: disk.Name(), synchronous: level})
			const rows = 50
			for i := range rows {
				if err := d.Write(t.Context(), put(fmt.Sprint(i), "x")); err != nil {
					t.Fatal(err)
				}
			}
			dir := t.TempDir()
			if err := disk.PowerCut(dir, nil); err != nil {
				t.Fatal(err)
			}
			cut := openAt(t, filepath.Join(dir, MainFile), Options{})
			if n := count(t, cut, "SELECT count(*) FROM meta"); n == rows {
				t.Error("everything survived a power cut without a sync: the disk is not simulated")
			}
		})
	}
}

// TestDiskFaults shows what callers see of a failing disk, and that all goes
// on, with an unbroken chain, once it works again.
func TestDiskFaults(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		set  func(d *faultvfs.Disk, code int)
		code int
		want error
	}{
		{"full", (*faultvfs.Disk).FailWrites, lib.SQLITE_FULL, ErrFull},
		{"read-only", (*faultvfs.Disk).FailWrites, lib.SQLITE_READONLY, ErrReadOnly},
		{"write error", (*faultvfs.Disk).FailWrites, lib.SQLITE_IOERR_WRITE, ErrIO},
		{"sync error", (*faultvfs.Disk).FailSyncs, lib.SQLITE_IOERR_FSYNC, ErrIO},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			disk := newDisk(t)
			d := openTest(t, Options{vfs: disk.Name()})
			l := newLog(t, d)
			ctx := t.Context()
			if err := l.Append(ctx, readRecord(1)); err != nil {
				t.Fatal(err)
			}
			tc.set(disk, tc.code)
			if err := d.Write(ctx, put("a", "1")); !errors.Is(err, tc.want) {
				t.Errorf("Write: %v, want %v", err, tc.want)
			}
			if err := l.Append(ctx, readRecord(2)); !errors.Is(err, tc.want) {
				t.Errorf("Append: %v, want %v", err, tc.want)
			}
			if n := count(t, d, "SELECT count(*) FROM meta"); n != 0 {
				t.Errorf("%d rows of a failed write are seen", n)
			}
			tc.set(disk, 0)
			if err := d.Write(ctx, put("a", "1")); err != nil {
				t.Errorf("Write on the repaired disk: %v", err)
			}
			if err := l.Append(ctx, readRecord(3)); err != nil {
				t.Errorf("Append on the repaired disk: %v", err)
			}
			report, err := l.Verify(ctx)
			if err != nil || !report.OK() || report.Records != 3 { // with the chain's start
				t.Errorf("Verify: %+v, %v; want 3 records and no fault", report, err)
			}
		})
	}
}
