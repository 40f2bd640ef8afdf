package sqlite

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
)

func newLog(t testing.TB, d *DB) *audit.Log {
	t.Helper()
	l, err := audit.New(audit.Config{Storage: d, Reader: d})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func readRecord(i int) audit.Record {
	id := fmt.Sprintf("patient-%05d", i%10000)
	return audit.Record{
		RequestID: "01JD6W2Z9K3Q4R5S6T7V8W9X0Y", Entry: -1, Tenant: "11111111-1111-4111-8111-111111111111",
		Client: "app1", TokenID: "f2b1c3d4e5f60718293a4b5c", Operation: audit.PatientView, Interaction: "read", Type: "Patient",
		Target: "Patient/" + id, IDs: []string{"Patient/" + id}, Patients: []string{id}, Status: 200, Provider: "north", Remote: "192.0.2.7",
	}
}

// BenchmarkAuditAppend shows that the cost of a durable record falls with the
// number of requests that wait together.
func BenchmarkAuditAppend(b *testing.B) {
	for _, n := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("goroutines=%d", n), func(b *testing.B) {
			d := openTest(b, Options{})
			l := newLog(b, d)
			b.ReportAllocs()
			b.ResetTimer()
			var next atomic.Int64
			var wg sync.WaitGroup
			for range n {
				wg.Go(func() {
					for {
						i := int(next.Add(1))
						if i > b.N {
							return
						}
						if err := l.Append(b.Context(), readRecord(i)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(b.N)/float64(count(b, d, "SELECT count(*) FROM audit_block")), "records/sync")
		})
	}
}

// BenchmarkAuditSeal is the processor's part of a record: encoding, hashing
// and chaining, without the disk.
func BenchmarkAuditSeal(b *testing.B) {
	c := audit.NewChain()
	r := readRecord(1)
	r.Time = time.Now()
	lines := make([]audit.Line, 64)
	b.ReportAllocs()
	for b.Loop() {
		for i := range lines {
			lines[i] = r.Encode()
		}
		c.Advance(c.Seal(lines))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/64, "ns/record")
}
