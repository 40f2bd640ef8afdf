package sqlite

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
)

// BenchmarkScrub is what one patient's expiry costs in a database with 200 000
// changes of a thousand others.
func BenchmarkScrub(b *testing.B) {
	_, _, store := openPatients(b)
	const entries, columns, changes = 1000, 20, 200_000
	put := func(ctx context.Context, tx patients.Tx, e, change int) error {
		id, list, column := fmt.Sprint("entry", e), fmt.Sprint("list", e%40), fmt.Sprint("column", change%columns)
		text := strings.Repeat(fmt.Sprintf("value %d of %s ", change, id), 1+change%4)
		c := patients.Change{Space: "space", List: list, Entry: id, Column: column, Kind: patients.ChangeChanged, Old: text, New: text}
		seq, err := tx.AddChange(ctx, c)
		if err != nil {
			return err
		}
		cell := chart.Cell{Status: chart.Loaded, Seq: seq, Items: []chart.Item{{ID: "a", Text: text}, {ID: "b", Text: text}}}
		return tx.PutObserved(ctx, list, patients.Observation{Entry: id, Column: column, Cell: cell})
	}
	for from := 0; from < changes; from += 2000 {
		if err := store.Update(b.Context(), nil, func(ctx context.Context, tx patients.Tx) error {
			for i := from; i < from+2000; i++ {
				if err := put(ctx, tx, i*7919%entries, i); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	if err := store.Scrub(b.Context()); err != nil { // what a first purge leaves
		b.Fatal(err)
	}
	next := entries
	for b.Loop() {
		b.StopTimer()
		err := store.Update(b.Context(), nil, func(ctx context.Context, tx patients.Tx) error {
			for i := range 200 {
				if err := put(ctx, tx, next, i); err != nil {
					return err
				}
			}
			e := patients.Kept{Entry: patients.Entry{ID: fmt.Sprint("entry", next), List: fmt.Sprint("list", next%40)}}
			next++
			return tx.PurgeEntry(ctx, e)
		})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := store.Scrub(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
