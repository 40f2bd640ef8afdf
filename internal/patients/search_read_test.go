package patients_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
)

var reading = time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)

// said writes how a text was read in one line.
func said(q patients.Query) string {
	var out []string
	for _, f := range q.Read() {
		out = append(out, f.Label+"="+f.Value)
	}
	for _, s := range q.Splits {
		out = append(out, "or "+s[0]+"+"+s[1])
	}
	return strings.Join(out, " ")
}

func TestOneBoxSaysHowItReadYou(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		// Birth dates.
		{"10-Nov-1981", "born=1981-11-10"},
		{"10 nov 1981", "born=1981-11-10"},
		{"10Nov1981", "born=1981-11-10"},
		{"10 November 1981", "born=1981-11-10"},
		{"1st Sept 1981", "born=1981-09-01"},
		{"November 10, 1981", "born=1981-11-10"},
		{"1981-11-10", "born=1981-11-10"},
		{"1981/1/2", "born=1981-01-02"},
		{"10.11.1981", "born=1981-11-10"},
		{"19811110", "born=1981-11-10"},
		{"1981-11", "born=1981-11"},
		{"10/11/1981", "born=1981-11-10 born=1981-10-11 ambiguous=10/11/1981"},
		{"10-11-1981", "born=1981-11-10 born=1981-10-11 ambiguous=10-11-1981"},
		{"23/11/1981", "born=1981-11-23"},
		{"11/23/1981", "born=1981-11-23"},
		{"11/11/1981", "born=1981-11-11"},
		{"10-Nov-81", "born=1981-11-10"},
		{"10-Nov-20", "born=1920-11-10 born=2020-11-10 ambiguous=10-Nov-20"},
		{"2026年11月23日", "born=2026-11-23"},
		{"2026 年 11 月 23 日", "born=2026-11-23"},
		{"1981年", "born=1981"},
		{"民國70年11月10日", "born=1981-11-10"},
		{"民國 70 年 11 月 10 日", "born=1981-11-10"},
		{"民70.11.10", "born=1981-11-10"},
		{"民國70/11/10", "born=1981-11-10"},
		{"民國70年", "born=1981"},
		{"dob: 10-Nov-1981", "born=1981-11-10"},
		{"born: 1981", "born=1981"},
		{"1981-11-10", "born=1981-11-10"},
		// Not birth dates.
		{"70/11/10", "mrn=70/11/10"},
		{"31-Feb-1981", "mrn=31-Feb-1981"},
		{"1981-02-31", "mrn=1981-02-31"},
		{"19811310", "mrn=19811310"},
		{"20991110", "mrn=20991110"},
		{"1981", "mrn=1981"},
		// Record numbers.
		{"7001001", "mrn=7001001"},
		{" 7001001 ", "mrn=7001001"},
		{"7001001", "mrn=7001001"},
		{"TMP-0007", "mrn=TMP-0007"},
		{"#A123", "mrn=A123"},
		{"MRN 7001001", "mrn=7001001"},
		{"mrn: 19811110", "mrn=19811110"},
		{"病歷號 7001001", "mrn=7001001"},
		{"病歷號:7001001", "mrn=7001001"},
		// Ids.
		{"id:amina", "id=amina"},
		{"Patient/p1", "id=p1"},
		{"https://ehr.example.org/fhir/Patient/p1", "id=p1"},
		{"40000000-0003-4000-8000-000000000004", "id=40000000-0003-4000-8000-000000000004"},
		// Names.
		{"Okafor-Lund", "name=Okafor-Lund"},
		{"Amina Okafor", "name=Amina name=Okafor"},
		{"Okafor, Amina T.", "family=Okafor given=Amina T."},
		{"Okafor,", "family=Okafor"},
		{", Amina", "given=Amina"},
		{"O'Brien", "name=O'Brien"},
		{"family: van der Berg", "family=van der Berg"},
		{"Okafor 1957", "name=Okafor born=1957"},
		{"Okafor 5-Jun-1957", "name=Okafor born=1957-06-05"},
		{"1957-06-05 Okafor, Amina", "family=Okafor given=Amina born=1957-06-05"},
		{"محمد علي", "name=محمد name=علي"},
		// Chinese: as it is, else by surname.
		{"陳大文", "name=陳大文 or 陳+大文 or 陳大+文"},
		{"歐陽娜娜", "name=歐陽娜娜 or 歐陽+娜娜 or 歐+陽娜娜 or 歐陽娜+娜"},
		{"司馬光", "name=司馬光 or 司馬+光 or 司+馬光"},
		{"陳", "name=陳"},
		{"陳 大文", "family=陳 given=大文"},
		{"陳,大文", "family=陳 given=大文"},
		{"陳大文 民國70年11月10日", "name=陳大文 born=1981-11-10 or 陳+大文 or 陳大+文"},
		{"姓名:陳大文", "name=陳大文 or 陳+大文 or 陳大+文"},
		// Japanese and Korean: surnames of more than one character, kana.
		{"佐藤花子", "name=佐藤花子 or 佐藤+花子 or 佐+藤花子 or 佐藤花+子"},
		{"森鷗外", "name=森鷗外 or 森+鷗外 or 森鷗+外"},
		{"佐々木小次郎", "name=佐々木小次郎 or 佐々+木小次郎 or 佐々木+小次郎 or 佐+々木小次郎 or 佐々木小+次郎"},
		{"佐藤はなこ", "name=佐藤はなこ or 佐藤+はなこ or 佐藤は+なこ or 佐+藤はなこ or 佐藤はな+こ"},
		{"林さくら", "name=林さくら or 林+さくら or 林さ+くら or 林さく+ら"},
		{"サトウハナコ", "name=サトウハナコ or サトウ+ハナコ or サト+ウハナコ or サトウハ+ナコ or サ+トウハナコ"},
		{"김철수", "name=김철수 or 김+철수 or 김철+수"},
		{"佐藤", "name=佐藤 or 佐+藤"},
		// Nothing.
		{"", ""},
		{"   ", ""},
		{",", ""},
	} {
		if got := said(patients.ReadText(tt.text, reading)); got != tt.want {
			t.Errorf("%q is read as %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestQueryEscapesWhatSeparatesValues(t *testing.T) {
	t.Parallel()
	q := patients.Query{MRN: `a,b|c$d\e`}
	got := q.Params()
	if len(got) != 1 || got[0].Name != "identifier" || got[0].Value != `a\,b\|c\$d\\e` {
		t.Errorf("got %v", got)
	}
}

// FuzzReadText: whatever is typed, nothing panics, what is read can be sent, and
// reading it again reads the same.
func FuzzReadText(f *testing.F) {
	for _, s := range []string{
		"10-Nov-1981", "民國70年11月10日", "民70.11.10", "歐陽娜娜", "Okafor, Amina 1957-06-05", "id:p1", "10/11/1981", "\xff\xfe", "１９８１年", "陳,", "0000年",
		"Patient/p1", "a\u200db", "👩‍⚕️ Ada", "' OR 1=1 --", "民國0年", "99-99-9999", "may 1 1981", "4-may-1981", strings.Repeat("9", 500),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q := patients.ReadText(text, reading)
		if diff := cmp.Diff(q, patients.ReadText(text, reading)); diff != "" {
			t.Errorf("read twice (-first +second):\n%s", diff)
		}
		for _, b := range q.Born {
			if len(b) != 4 && len(b) != 7 && len(b) != 10 {
				t.Errorf("born %q", b)
			}
			if len(b) == 10 {
				if _, err := time.Parse(time.DateOnly, b); err != nil {
					t.Errorf("born %q is no day", b)
				}
			}
		}
		for _, p := range q.Params() {
			if p.Value == "" || !utf8.ValidString(p.Value) {
				t.Errorf("parameter %s=%q", p.Name, p.Value)
			}
		}
		for _, s := range q.Splits {
			if s[0] == "" || s[1] == "" || !chart.Ideographic(s[0]+s[1]) {
				t.Errorf("split %q", s)
			}
		}
	})
}
