// Package faultvfs is a file layer for tests: a SQLite VFS that remembers what
// has been written but not yet synced, and can show the directory as a power
// cut would leave it. `kill -9` cannot do that: the page cache outlives the
// process.
//
// It wraps the default VFS. Real files are written as always; beside them each
// file's durable image (what the last sync covered) is kept in memory. It can
// also make writes and syncs fail. Nothing but tests imports it.
package faultvfs

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// A Disk is the simulated disk under every file opened through its VFS. It is
// safe for concurrent use.
type Disk struct {
	name string
	orig uintptr // the wrapped sqlite3_vfs

	mu        sync.Mutex
	files     map[string]*file
	handles   map[uintptr]*handle // by sqlite3_file
	failWrite int32               // result code of writes, 0 for none
	failSync  int32
	writes    int
	syncs     int
}

// A file is what the disk knows of one path.
type file struct {
	durable []byte
	pending []op
}

// An op is a write (data) or a truncation (to size at) that no sync covers.
type op struct {
	at       int64
	data     []byte
	truncate bool
}

type handle struct {
	file *file
	orig uintptr // the wrapped sqlite3_io_methods
}

// disks are the registered ones: C code calls back with addresses only.
var disks struct {
	mu    sync.RWMutex
	byVFS map[uintptr]*Disk
	files map[uintptr]*Disk // by sqlite3_file
	// methods are our method tables by the table they wrap. They are never
	// freed: files may outlive whoever made them.
	methods map[uintptr]uintptr
}

// New registers a disk as a SQLite VFS. It stays registered: SQLite keeps the
// address for as long as a connection is open.
func New(name string) (*Disk, error) {
	tls := libc.NewTLS()
	defer tls.Close()
	orig := lib.Xsqlite3_vfs_find(tls, 0)
	if orig == 0 {
		return nil, errors.New("faultvfs: SQLite has no default VFS")
	}
	cname, err := libc.CString(name)
	if err != nil {
		return nil, fmt.Errorf("faultvfs: %w", err)
	}
	size := unsafe.Sizeof(lib.Tsqlite3_vfs{})
	vfs := libc.Xmalloc(tls, libc.Tsize_t(size))
	if vfs == 0 {
		return nil, errors.New("faultvfs: out of memory")
	}
	// Everything but opening and deleting is the default's own business.
	v := vfsOf(vfs)
	*v = *vfsOf(orig)
	v.FpNext, v.FzName = 0, cname
	v.FxOpen = fp(xOpen)
	v.FxDelete = fp(xDelete)
	d := &Disk{name: name, orig: orig, files: map[string]*file{}, handles: map[uintptr]*handle{}}
	disks.mu.Lock()
	if disks.byVFS == nil {
		disks.byVFS, disks.files, disks.methods = map[uintptr]*Disk{}, map[uintptr]*Disk{}, map[uintptr]uintptr{}
	}
	disks.byVFS[vfs] = d
	disks.mu.Unlock()
	if rc := lib.Xsqlite3_vfs_register(tls, vfs, 0); rc != lib.SQLITE_OK {
		return nil, fmt.Errorf("faultvfs: register: code %d", rc)
	}
	return d, nil
}

// Name is what the vfs parameter of a database's name must say.
func (d *Disk) Name() string { return d.name }

// FailWrites makes every write fail with a SQLite result code, until called
// with 0.
func (d *Disk) FailWrites(code int) { d.mu.Lock(); d.failWrite = int32(code); d.mu.Unlock() } //nolint:gosec // a small number

// FailSyncs makes every sync fail with a SQLite result code, and make nothing
// durable, until called with 0.
func (d *Disk) FailSyncs(code int) { d.mu.Lock(); d.failSync = int32(code); d.mu.Unlock() } //nolint:gosec // a small number

// Counts are how many writes and syncs there were so far.
func (d *Disk) Counts() (writes, syncs int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.writes, d.syncs
}

// PowerCut writes into the directory to what a power cut at this moment would
// leave of every file: all that was synced and, of what was not, nothing when
// random is nil, else any of its sectors in any mixture. Shared memory (-shm)
// is never left.
func (d *Disk) PowerCut(to string, random *rand.Rand) error {
	d.mu.Lock()
	images := map[string][]byte{}
	for path, f := range d.files {
		images[path] = f.after(random)
	}
	d.mu.Unlock()
	for path, image := range images {
		if err := os.WriteFile(filepath.Join(to, filepath.Base(path)), image, 0o600); err != nil {
			return fmt.Errorf("faultvfs: power cut: %w", err)
		}
	}
	return nil
}

func (f *file) after(random *rand.Rand) []byte {
	image := bytes.Clone(f.durable)
	if random == nil {
		return image
	}
	for _, o := range f.pending {
		if o.truncate {
			if random.IntN(2) == 0 {
				image = apply(image, o)
			}
			continue
		}
		for i := 0; i < len(o.data); i += sector {
			if random.IntN(2) == 0 {
				image = apply(image, op{at: o.at + int64(i), data: o.data[i:min(i+sector, len(o.data))]})
			}
		}
	}
	return image
}

func apply(image []byte, o op) []byte {
	end := int(o.at)
	if !o.truncate {
		end += len(o.data)
	}
	if end > len(image) {
		image = append(image, make([]byte, end-len(image))...)
	}
	if o.truncate {
		return image[:end]
	}
	copy(image[o.at:], o.data)
	return image
}

// open notes a file the VFS has just opened.
func (d *Disk) open(pFile uintptr, path string, orig uintptr) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.files[path]
	if f == nil {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f = &file{durable: content}
		d.files[path] = f
	}
	d.handles[pFile] = &handle{file: f, orig: orig}
	return nil
}

func (d *Disk) handle(pFile uintptr) *handle {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.handles[pFile]
}

func (d *Disk) remove(path string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.files, strings.Clone(path))
}
