package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrationFiles embed.FS

// migrate brings db to the newest schema in migrations/<dir>. A schema newer
// than this program is left alone: migrations are additive. Two processes may
// try at once; the one that loses the race finds the work done.
func migrate(ctx context.Context, db *sql.DB, dir string) error {
	files, err := fs.Sub(migrationFiles, path.Join("migrations", dir))
	if err != nil {
		return fmt.Errorf("migrations %s: %w", dir, err)
	}
	newest, err := newestMigration(files)
	if err != nil {
		return fmt.Errorf("migrations %s: %w", dir, err)
	}
	const attempts = 5
	for i := 1; ; i++ {
		// The common case costs one query, which keeps the start fast.
		var have int64
		row := db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied")
		if row.Scan(&have) == nil && have >= newest {
			return nil
		}
		err := goUp(ctx, db, files)
		if err == nil {
			return nil
		}
		if i == attempts || ctx.Err() != nil || errors.Is(kindOf(err), ErrReadOnly) {
			return fmt.Errorf("migrate %s: %w", dir, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(i) * 100 * time.Millisecond):
		}
	}
}

func goUp(ctx context.Context, db *sql.DB, files fs.FS) error {
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// newestMigration is the highest number a file name starts with.
func newestMigration(files fs.FS) (int64, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return 0, err
	}
	var newest int64
	for _, name := range names {
		number, _, _ := strings.Cut(name, "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s: want a name like 0001_what.sql: %w", name, err)
		}
		newest = max(newest, n)
	}
	if newest == 0 {
		return 0, errors.New("no migration files")
	}
	return newest, nil
}
