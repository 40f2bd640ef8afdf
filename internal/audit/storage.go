package audit

import (
	"context"
	"time"
)

// Storage keeps records. It is safe for concurrent use.
type Storage interface {
	// AppendAudit adds lines to this process's chain, next to each other and
	// in order, and returns nil only once they are on disk. The end of ctx
	// does not stop it.
	AppendAudit(ctx context.Context, lines []Line) error
}

// Reader gives back what was stored. It is safe for concurrent use, also
// beside other processes that write.
type Reader interface {
	// AuditBlocks calls fn for each block with an id above after up to the id
	// to, in order of commit, until fn fails. The block is valid during the
	// call.
	AuditBlocks(ctx context.Context, after, to int64, fn func(Block) error) error
	// AuditHeads gives the newest record of every chain.
	AuditHeads(ctx context.Context) ([]Link, error)
	// FindAudit gives up to limit blocks that the index holds under key and
	// that begin before until, newest first, starting below the position
	// (beforeTime, beforeID).
	FindAudit(ctx context.Context, key string, beforeTime, beforeID int64, limit int) ([]Block, error)
	// AuditState gives the id of the newest block, and of the newest that the
	// index covers; 0 is none.
	AuditState(ctx context.Context) (newest, indexed int64, err error)
	// IndexAudit adds entries for the blocks after from up to to. When the
	// index no longer stands at from, it does nothing: another process was
	// faster.
	IndexAudit(ctx context.Context, from, to int64, entries []IndexEntry) error
}

// An IndexEntry says that a block holds a key.
type IndexEntry struct {
	Key       string
	FirstTime int64
	Block     int64
}

func microTime(us int64) time.Time { return time.UnixMicro(us).UTC() }
