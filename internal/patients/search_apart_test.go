package patients

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A registry has patients by family and given name, finds them as FHIR does (a
// name that begins so), and counts what it is asked.
type registry struct {
	names [][2]string
	most  int // of one answer; more is on the next page

	mu    sync.Mutex
	asked []string
}

func (*registry) Version() fhir.Version { return fhir.R4 }

func (r *registry) Do(_ context.Context, req *fhir.Request) (*fhir.Response, error) {
	want := map[string]string{}
	for _, p := range req.Params {
		want[p.Name] = p.Value
	}
	r.mu.Lock()
	r.asked = append(r.asked, strings.Join([]string{want["name"], want["family"], want["given"]}, "|"))
	r.mu.Unlock()
	out := &fhir.Response{Known: fhir.TotalExact}
	for i, n := range r.names {
		named := want["name"] == "" || strings.HasPrefix(n[0], want["name"]) || strings.HasPrefix(n[1], want["name"])
		if !named || !strings.HasPrefix(n[0], want["family"]) || !strings.HasPrefix(n[1], want["given"]) {
			continue
		}
		out.Total++
		if len(out.Matches) == r.most {
			out.Next = []byte("more")
			continue
		}
		body := fmt.Sprintf(`{"resourceType":"Patient","id":"p%d","name":[{"family":%q,"given":[%q]}]}`, i, n[0], n[1])
		out.Matches = append(out.Matches, fhir.Match{Mode: fhir.ModeMatch, Resource: fhir.Resource{Type: "Patient", ID: fmt.Sprintf("p%d", i), Body: []byte(body)}})
	}
	return out, nil
}

// A name without a space is found by whatever surname it has, in one more round
// of a few calls, and the answer says how it was read.
func TestANameInOnePieceIsTakenApart(t *testing.T) {
	t.Parallel()
	s := &Service{now: time.Now}
	names := [][2]string{
		{"佐藤", "花子"},
		{"陳", "大文"},
		{"歐陽", "娜娜"},
		{"長谷川", "太郎"},
		{"林", "さくら"},
		{"サトウ", "ハナコ"},
		{"김", "철수"},
		{"高橋", "一"},
		{"高", "橋一"},
		{"陳大", "文"},
		{"山田太郎", ""},
	}
	for _, tt := range []struct {
		text, read, found string
		calls             int
	}{
		{"佐藤花子", "split=佐藤 · 花子", "p0", 4},
		{"佐藤", "name=佐藤", "p0", 1},
		{"山田太郎", "name=山田太郎", "p10", 1}, // as the record has it
		{"陳大文", "split=陳 · 大文 split=陳大 · 文", "p1 p9", 3},
		{"歐陽娜娜", "split=歐陽 · 娜娜", "p2", 4},
		{"長谷川太郎", "split=長谷川 · 太郎", "p3", 5},
		{"林さくら", "split=林 · さくら", "p4", 4},
		{"サトウハナコ", "split=サトウ · ハナコ", "p5", 5},
		{"김철수", "split=김 · 철수", "p6", 3},
		{"高橋一", "split=高 · 橋一 split=高橋 · 一", "p8 p7", 3}, // by both ways, the likelier first
		{"王小明", "name=王小明 split=王 · 小明 split=王小 · 明", "", 3},
		{"佐藤花子 1990-01-01", "split=佐藤 · 花子 born=1990-01-01", "p0", 4},
	} {
		r := &registry{names: names, most: 50}
		out, err := s.lookFor(t.Context(), r, ReadText(tt.text, time.Now()), 50)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		var found, read []string
		for _, c := range out.all {
			found = append(found, c.id)
		}
		for _, f := range out.read {
			read = append(read, f.Label+"="+f.Value)
		}
		if got := strings.Join(found, " "); got != tt.found || out.total != len(found) || out.known != totalExact {
			t.Errorf("%s finds %q (%d, %s), want %q", tt.text, got, out.total, out.known, tt.found)
		}
		if got := strings.Join(read, " "); got != tt.read {
			t.Errorf("%s is read as %q, want %q", tt.text, got, tt.read)
		}
		if len(r.asked) != tt.calls || len(r.asked) > 1+mostSplits {
			t.Errorf("%s costs %d calls, want %d: %v", tt.text, len(r.asked), tt.calls, r.asked)
		}
	}
}

// Who is found by two ways to take a name apart is one, and a total that cannot
// be known is at least what is known.
func TestWhoIsFoundBySeveralReadingsIsOne(t *testing.T) {
	t.Parallel()
	s := &Service{now: time.Now}
	r := &registry{names: [][2]string{{"高橋", "一"}, {"高橋", "一郎"}, {"高橋", "一子"}, {"高", "橋一"}}, most: 2}
	out, err := s.lookFor(t.Context(), r, ReadText("高橋一", time.Now()), 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.all) != 2 || out.all[0].id != "p3" || out.total != 3 || out.known != totalAtLeast {
		t.Errorf("%+v", out)
	}
	// A server that folds: every reading finds the same one.
	same := &folding{registry{names: [][2]string{{"佐藤", "花子"}}, most: 50}}
	out, err = s.lookFor(t.Context(), same, ReadText("佐藤花子", time.Now()), 50)
	if err != nil || len(out.all) != 1 || out.total != 1 || out.known != totalExact || len(out.read) != 3 {
		t.Errorf("%+v, %v", out, err)
	}
}

// A folding registry finds everyone, but not by the whole name.
type folding struct{ registry }

func (f *folding) Do(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	if slices.ContainsFunc(req.Params, func(p fhir.Param) bool { return p.Name == "family" }) {
		req = &fhir.Request{}
	}
	return f.registry.Do(ctx, req)
}

func TestSplitsAreBounded(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"佐", "佐藤", "勅使河原健太郎左衛門", "サトウハナコサトウハナコ", strings.Repeat("佐", 100)} {
		got := splitsOf([]rune(name))
		if len(got) > mostSplits {
			t.Errorf("%s is taken apart in %d ways", name, len(got))
		}
		for i, s := range got {
			if s[0] == "" || s[1] == "" || s[0]+s[1] != name || slices.Contains(got[:i], s) {
				t.Errorf("%s: %v", name, got)
			}
		}
	}
	if diff := cmp.Diff([][2]string{{"勅使", "河原"}, {"勅", "使河原"}, {"勅使河", "原"}}, splitsOf([]rune("勅使河原"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
