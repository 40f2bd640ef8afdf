package faultvfs

import (
	"bytes"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// The functions below are called by SQLite through method tables. A function
// of Go and one of the translated C have the same form; a pointer to such a
// function is the address of its Go function value, which for a function that
// closes over nothing is fixed.

func fp[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) } //nolint:gosec // see above

// call makes a Go function value of a function pointer.
func call[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&p)) } //nolint:gosec // see above

type (
	openFunc     = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32
	deleteFunc   = func(tls *libc.TLS, vfs, name uintptr, sync int32) int32
	closeFunc    = func(tls *libc.TLS, file uintptr) int32
	writeFunc    = func(tls *libc.TLS, file, buf uintptr, n int32, at int64) int32
	truncateFunc = func(tls *libc.TLS, file uintptr, size int64) int32
	syncFunc     = func(tls *libc.TLS, file uintptr, flags int32) int32
)

// at is memory of C, which the garbage collector neither moves nor frees.
func at(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) } //nolint:gosec // see above

func vfsOf(p uintptr) *lib.Tsqlite3_vfs { return (*lib.Tsqlite3_vfs)(at(p)) }

func methodsOf(p uintptr) *lib.Tsqlite3_io_methods {
	return (*lib.Tsqlite3_io_methods)(at(p))
}

func fileOf(p uintptr) *lib.Tsqlite3_file { return (*lib.Tsqlite3_file)(at(p)) }

func diskOfVFS(vfs uintptr) *Disk {
	disks.mu.RLock()
	defer disks.mu.RUnlock()
	return disks.byVFS[vfs]
}

func diskOfFile(file uintptr) *Disk {
	disks.mu.RLock()
	defer disks.mu.RUnlock()
	return disks.files[file]
}

// xOpen lets the default VFS open the file into the memory SQLite gave, and
// then puts our method table in front of its own. Temporary files, which have
// no name, are left alone.
func xOpen(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32 {
	d := diskOfVFS(vfs)
	rc := call[openFunc](vfsOf(d.orig).FxOpen)(tls, vfs, name, file, flags, out)
	if rc != lib.SQLITE_OK || name == 0 {
		return rc
	}
	orig := fileOf(file).FpMethods
	if err := d.open(file, libc.GoString(name), orig); err != nil {
		_ = call[closeFunc](methodsOf(orig).FxClose)(tls, file)
		fileOf(file).FpMethods = 0
		return lib.SQLITE_CANTOPEN
	}
	disks.mu.Lock()
	defer disks.mu.Unlock()
	disks.files[file] = d
	table, ok := disks.methods[orig]
	if !ok {
		table = libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(lib.Tsqlite3_io_methods{})))
		m := methodsOf(table)
		*m = *methodsOf(orig)
		m.FxClose, m.FxWrite, m.FxTruncate, m.FxSync = fp(xClose), fp(xWrite), fp(xTruncate), fp(xSync)
		disks.methods[orig] = table
	}
	fileOf(file).FpMethods = table
	return rc
}

func xDelete(tls *libc.TLS, vfs, name uintptr, sync int32) int32 {
	d := diskOfVFS(vfs)
	rc := call[deleteFunc](vfsOf(d.orig).FxDelete)(tls, vfs, name, sync)
	if rc == lib.SQLITE_OK {
		d.remove(libc.GoString(name))
	}
	return rc
}

func xClose(tls *libc.TLS, file uintptr) int32 {
	d := diskOfFile(file)
	h := d.handle(file)
	disks.mu.Lock()
	delete(disks.files, file)
	disks.mu.Unlock()
	d.mu.Lock()
	delete(d.handles, file)
	d.mu.Unlock()
	fileOf(file).FpMethods = h.orig
	return call[closeFunc](methodsOf(h.orig).FxClose)(tls, file)
}

func xWrite(tls *libc.TLS, file, buf uintptr, n int32, offset int64) int32 {
	d := diskOfFile(file)
	h := d.handle(file)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failWrite != 0 {
		return d.failWrite
	}
	rc := call[writeFunc](methodsOf(h.orig).FxWrite)(tls, file, buf, n, offset)
	if rc == lib.SQLITE_OK {
		d.writes++
		data := bytes.Clone(unsafe.Slice((*byte)(at(buf)), n)) //nolint:gosec // the buffer SQLite gives
		h.file.pending = append(h.file.pending, op{at: offset, data: data})
	}
	return rc
}

func xTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	d := diskOfFile(file)
	h := d.handle(file)
	d.mu.Lock()
	defer d.mu.Unlock()
	rc := call[truncateFunc](methodsOf(h.orig).FxTruncate)(tls, file, size)
	if rc == lib.SQLITE_OK {
		h.file.pending = append(h.file.pending, op{at: size, truncate: true})
	}
	return rc
}

// xSync makes what was written before it durable, and only when it has
// succeeded. Writes that come while it runs are not covered.
func xSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	d := diskOfFile(file)
	h := d.handle(file)
	d.mu.Lock()
	fail := d.failSync
	covered := len(h.file.pending)
	d.mu.Unlock()
	if fail != 0 {
		return fail
	}
	rc := call[syncFunc](methodsOf(h.orig).FxSync)(tls, file, flags)
	if rc != lib.SQLITE_OK {
		return rc
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.syncs++
	covered = min(covered, len(h.file.pending))
	for _, o := range h.file.pending[:covered] {
		h.file.durable = apply(h.file.durable, o)
	}
	h.file.pending = append(h.file.pending[:0:0], h.file.pending[covered:]...)
	return rc
}
