package patients_test

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
)

// file asks for a list as a file and gives its rows.
func (w *world) file(list string, r patients.ExportRequest) [][]string {
	w.t.Helper()
	r.List, r.Purpose = list, "rounds"
	f := must(w.Download(w.t.Context(), must(w.Export(w.as(nurse), r))(w.t)))(w.t)
	if r.Format == "csv" {
		text, ok := bytes.CutPrefix(f.Body, []byte("\ufeff"))
		if !ok {
			w.t.Error("the CSV has no byte order mark")
		}
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil || f.Type != "text/csv; charset=utf-8" {
			w.t.Fatalf("%s: %v", f.Type, err)
		}
		return rows
	}
	x, err := excelize.OpenReader(bytes.NewReader(f.Body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = x.Close() }()
	rows, err := x.GetRows(x.GetSheetName(0))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, row := range []int{1, 2, 3} {
		for _, col := range "ABCDEFGH" {
			if formula, err := x.GetCellFormula(x.GetSheetName(0), string(col)+string(rune('0'+row))); err != nil || formula != "" {
				w.t.Errorf("%c%d is a formula: %s, %v", col, row, formula, err)
			}
		}
	}
	return rows[1:]
}

func TestExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward 7E")
	e := w.add(l.ID, "Rivera", "Ana", "7E-2")
	w.add(l.ID, "陳", "大文", "7E-10")
	w.set(nurse, e, "severity", `"watcher"`, 0)
	w.set(nurse, e, "owner", `"doctor"`, 0)
	must(w.AddTodo(w.as(nurse), patients.NewTodo{Entry: e, Text: "Blood count", Due: "2026-11-24", Owner: doctor}))(t)
	w.observe(l.ID, e, "hr", chart.Cell{Items: []chart.Item{{ID: "1", Text: "72", Unit: "/min", Time: "2026-11-23T00:15:00Z"}}})
	w.observe(l.ID, e, "problems", chart.Cell{Status: chart.Failed, Items: []chart.Item{{ID: "1", Text: "Asthma"}, {ID: "2", Text: "Burns"}}, Total: 23})
	w.observe(l.ID, e, "allergies", chart.Cell{Status: chart.None, Note: "notRecorded"})
	columns := []string{"severity", "owner", "todo", "hr", "problems", "allergies"}
	want := map[string][][]string{
		"en": {
			{"Bed", "Name", "Born", "MRN", "Gender", "Attention", "Severity", "Owner", "To-do", "HR", "Problems", "Allergies"},
			{"7E-2", "RIVERA, Ana", "10-Nov-1981", "", "Female", "", "Watcher", "The doctor", "[ ] Blood count (The doctor, 24-Nov-2026)", "72 /min (08:15 23-Nov-2026)", "Asthma\nBurns\nCould not be read\n2 / 23", "Allergies not recorded"},
			{"7E-10", "陳大文", "10-Nov-1981", "", "Female", "", "", "", "", "", "", ""},
		},
		"zh-TW": {
			{"床位", "姓名", "出生日期", "病歷號", "性別", "注意事項", "嚴重度", "負責人", "待辦", "心率", "問題", "過敏"},
			{"7E-2", "RIVERA, Ana", "1981年11月10日", "", "女", "", "需觀察", "The doctor", "[ ] Blood count (The doctor, 2026年11月24日)", "72 /min (2026年11月23日 08:15)", "Asthma\nBurns\n無法讀取\n2 / 23", "過敏史未記錄"},
			{"7E-10", "陳大文", "1981年11月10日", "", "女", "", "", "", "", "", "", ""},
		},
	}
	for locale, rows := range want {
		for _, format := range []string{"csv", "xlsx"} {
			got := w.file(l.ID, patients.ExportRequest{Format: format, Columns: columns, Locale: locale})
			for i := range got { // a workbook leaves empty cells at the end out
				for len(got[i]) < len(rows[0]) {
					got[i] = append(got[i], "")
				}
			}
			rows[0] = wantHead(t, rows[0], locale, columns)
			if diff := cmp.Diff(rows, got); diff != "" {
				t.Errorf("%s in %s (-want +got):\n%s", format, locale, diff)
			}
		}
	}
}

// wantHead puts the words of columns in: a test of their own holds them.
func wantHead(t *testing.T, head []string, locale string, columns []string) []string {
	t.Helper()
	w := patients.WordsOf(locale)
	for i, c := range columns {
		head[len(head)-len(columns)+i] = w["column."+c]
	}
	return head
}

// TestExportDeidentified: no name, birth date or record number, in cells and in
// what people wrote.
func TestExportDeidentified(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	id := chart.Identity{Family: "Rivera", Given: "Ana Sol", Preferred: "Solita", Born: "1930-11-24", Gender: "female", MRN: "MRN-100"}
	added, _, err := w.AddPatients(w.as(nurse), l.ID, []patients.NewPatient{{Identity: id, Bed: "1"}}, false)
	if err != nil {
		t.Fatal(err)
	}
	must(w.AddNote(w.as(nurse), added[0].ID, "Mrs RIVERA (mrn-100, born 1930-11-24), called Solita, walks; sol is the sun", false))(t)
	for _, format := range []string{"csv", "xlsx"} {
		rows := w.file(l.ID, patients.ExportRequest{Format: format, Columns: []string{"preferred", "note"}, Deidentified: true})
		text := strings.ToLower(strings.Join(append(rows[0], rows[1]...), "\t"))
		for _, no := range []string{"rivera", "ana", "solita", "1930", "mrn", "preferred"} {
			if strings.Contains(text, no) {
				t.Errorf("%s shows %q: %s", format, no, text)
			}
		}
		if !strings.Contains(text, "walks") || rows[1][1] != "90+" {
			t.Errorf("%s is %q", format, rows)
		}
	}
}

// TestExportNotices: a file that leaves the screen says as clearly as the screen
// who died, whose record is not read any more, and who is called alike. Without
// names it says so without the day and without who is called alike.
func TestExportNotices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	dead := someone("Rivera", "Ana", "1")
	dead.Deceased = "2026-11-20"
	if _, _, err := w.AddPatients(w.as(nurse), l.ID, []patients.NewPatient{{Identity: dead, Bed: "1"}}, false); err != nil {
		t.Fatal(err)
	}
	patients.SetState(w.Service, t.Context(), w.add(l.ID, "Lopez", "Eva", "2"), patients.StateGone, chart.Identity{})
	w.add(l.ID, "Lopez", "Eva", "3")
	const gone, same = "The record system no longer knows this patient. Last values are shown.", "Same name on this list"
	for _, format := range []string{"csv", "xlsx"} {
		for hidden, want := range map[bool][]string{
			false: {"Attention", "Deceased 20-Nov-2026", same + "\n" + gone, same},
			true:  {"Attention", "Deceased", gone, ""},
		} {
			rows := w.file(l.ID, patients.ExportRequest{Format: format, Columns: []string{"severity"}, Deidentified: hidden})
			at := slices.Index(rows[0], "Attention")
			var got []string
			for _, row := range rows {
				got = append(got, append(row, "", "", "")[at]) // a workbook leaves empty cells at the end out
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, without names %v (-want +got):\n%s", format, hidden, diff)
			}
		}
	}
}

// TestFormulaGuard: what a spreadsheet would take for a formula is text.
func TestFormulaGuard(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1",
		"  =1": "'  =1", "＝1": "'＝1", "a=1": "a=1", "": "", " ": " ", "7E-2": "7E-2",
	} {
		if got := patients.Guard(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	w := newWorld(t)
	l := w.list("=1+1")
	e := w.add(l.ID, "=HYPERLINK(\"http://x\")", "@SUM(1)", "-1")
	w.set(nurse, e, "summary", `"=cmd|' /C calc'!A0"`, 0)
	for _, format := range []string{"csv", "xlsx"} {
		for _, row := range w.file(l.ID, patients.ExportRequest{Format: format, Columns: []string{"summary"}}) {
			for _, cell := range row {
				if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "-") || strings.HasPrefix(cell, "@") {
					t.Errorf("%s has the cell %q", format, cell)
				}
			}
		}
	}
}

// TestTicket: it works once, within a minute, for what its owner may see then.
func TestTicket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	w.add(l.ID, "Rivera", "Ana", "1")
	ask := func() string {
		return must(w.Export(w.as(nurse), patients.ExportRequest{List: l.ID, Format: "csv", Purpose: "rounds"}))(t)
	}
	gone := func(name, ticket string) {
		t.Helper()
		if _, err := w.Download(t.Context(), ticket); status(err) != http.StatusNotFound {
			t.Errorf("%s gives %v, want 404", name, err)
		}
	}
	ticket := ask()
	w.pass(59 * time.Second)
	f := must(w.Download(t.Context(), ticket))(t)
	if !regexp.MustCompile(`^patients-[0-9-]+\.csv$`).MatchString(f.Name) {
		t.Errorf("the file is called %q", f.Name)
	}
	gone("a second use", ticket)
	ticket = ask()
	w.pass(61 * time.Second)
	gone("after a minute", ticket)
	gone("a made-up ticket", "AAAA")
	ticket = ask()
	if _, err := w.SetMember(w.as(owner), w.space.ID, nurse, ""); err != nil {
		t.Fatal(err)
	}
	gone("once its owner has left the space", ticket)
	if got := w.operations(audit.Filter{Operation: "ExportDownload"}); len(got) != 2 || got[0].Status != http.StatusNotFound || got[1].Person != nurse {
		t.Errorf("recorded are %+v", got)
	}
}

// TestPurposeOnceADay: P12 asks for it once a day, before anything leaves.
func TestPurposeOnceADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	known := func(want bool) {
		t.Helper()
		if _, got, err := w.Purpose(w.as(nurse)); err != nil || got != want {
			t.Errorf("a purpose is known: %v, %v; want %v", got, err, want)
		}
	}
	known(false)
	if err := w.Print(w.as(nurse), l.ID, "pocket", ""); faultOf(err) != "purpose" {
		t.Errorf("printing without a purpose gives %v", err)
	}
	if err := w.Print(w.as(nurse), l.ID, "pocket", "交班"); err != nil {
		t.Fatal(err)
	}
	known(true)
	w.pass(8 * time.Hour)
	if _, err := w.Export(w.as(nurse), patients.ExportRequest{List: l.ID, Format: "xlsx"}); err != nil {
		t.Errorf("later that day it is asked again: %v", err)
	}
	w.pass(16 * time.Hour)
	known(false)
	if _, err := w.Export(w.as(nurse), patients.ExportRequest{List: l.ID, Format: "pdf", Purpose: "x"}); faultOf(err) != "format" {
		t.Errorf("an unknown format gives %v", err)
	}
	if err := w.Print(w.as(nurse), l.ID, "table", "for Mrs Rivera"); err != nil {
		t.Fatal(err)
	}
	if got := w.operations(audit.Filter{Operation: "PatientListPrint"}); got[0].Detail != "table purpose=other" {
		t.Errorf("a purpose that someone typed is recorded as %q", got[0].Detail)
	}
	got := w.operations(audit.Filter{Operation: "PatientListPrint"})[1:]
	if len(got) != 1 || got[0].Detail != "pocket purpose=handover" {
		t.Errorf("recorded are %+v", got)
	}
}

// TestColumnWords: files name every column, in both languages, as the pages do.
func TestColumnWords(t *testing.T) {
	t.Parallel()
	for _, locale := range []string{"en", "zh-TW"} {
		words := patients.WordsOf(locale)
		var pages []byte
		for _, name := range []string{"common", "setup", "list", "patient"} {
			b, err := os.ReadFile(filepath.Join("..", "..", "ui", "src", "i18n", locale, name+".ts"))
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, b...)
		}
		page := map[string]string{
			"flag.true": "value.yes", "flag.false": "value.no",
			"deceased": "list.deceased", "deceasedOn": "list.deceasedOn", "inactive": "list.inactive",
		}
		for _, c := range patients.Catalogue() {
			page["column."+c.Key] = "column." + c.Key
		}
		for key := range words {
			switch group, _, code := strings.Cut(key, "."); {
			case !code:
			case group == "gender", group == "severity", group == "itemState", group == "code":
				page[key] = key
			case key == "note.notInNewest":
				page[key] = "list." + key
			case group == "note":
				page[key] = "allergy." + strings.TrimPrefix(key, "note.")
			case group == "purpose", group == "entryState", group == "name", group == "time":
				page[key] = "list." + key
			}
		}
		for key, on := range page {
			m := regexp.MustCompile(`"` + regexp.QuoteMeta(on) + `":\s*"([^"]*)"`).FindSubmatch(pages)
			if m == nil {
				t.Errorf("%s: the pages have no word for %s", locale, on)
			} else if string(m[1]) != words[key] {
				t.Errorf("%s: %s is %q in files and %q on the pages", locale, key, words[key], m[1])
			}
		}
		for _, m := range regexp.MustCompile(`"(itemState\.[^"]+|list\.(?:time|entryState)\.[^"]+)":`).FindAllSubmatch(pages, -1) {
			if key := strings.TrimPrefix(string(m[1]), "list."); words[key] == "" {
				t.Errorf("%s: the pages have a word for %s, files have none", locale, key)
			}
		}
		for key := range patients.WordsOf("en") {
			if _, ok := words[key]; !ok {
				t.Errorf("%s: no word for %s", locale, key)
			}
		}
	}
}
