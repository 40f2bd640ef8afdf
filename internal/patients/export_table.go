package patients

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// A table is a list as a file shows it.
type table struct {
	title string // of the list
	at    time.Time
	head  []string
	rows  [][]string
	words words
}

// table makes the rows of a file, in bed order.
func (r *reading) table(x Export, people map[string]string) table {
	w := wordsOf(x.Locale)
	t := table{title: r.list.Name, at: r.now.In(r.zone), words: w}
	t.head = []string{w["bed"]}
	names := map[string]string{} // warnings; where there are no names there are none
	if x.Deidentified {
		t.head = append(t.head, w["age"], w["gender"])
	} else {
		t.head = append(t.head, w["name"], w["born"], w["mrn"], w["gender"])
		names = nameWarnings(r.entries)
	}
	t.head = append(t.head, w["notice"])
	columns := make([]Column, 0, len(r.columns))
	for _, c := range r.columns {
		if c.Key == "gender" || x.Deidentified && (c.Key == "preferred" || c.Key == "gp") {
			continue
		}
		columns = append(columns, c)
		label := c.Label
		if label == "" {
			label = w["column."+c.Key]
		}
		t.head = append(t.head, label)
	}
	for _, e := range r.entries {
		id := e.Identity
		hide := func(s string) string { return s }
		row := []string{e.Bed}
		if x.Deidentified {
			hide = hiding(id)
			row = append(row, age(id, r.now, r.zone), w.word("gender.", id.Gender))
			if id.Deceased != "" {
				e.Identity.Deceased = "yes" // the day tells who it was
			}
		} else {
			row = append(row, fullName(id), w.date(id.Born), id.MRN, w.word("gender.", id.Gender))
		}
		row = append(row, w.notices(e, names[e.ID], r.zone))
		for _, c := range columns {
			row = append(row, hide(r.text(e, c, w, people)))
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// notices say, as paper does, what a reader must know of who an entry is: that
// others are called alike, that the patient died, that the record is not in use
// or is not read any more. name is the warning about names.
func (w words) notices(e Entry, name string, zone *time.Location) string {
	var lines []string
	if name != "" {
		lines = append(lines, w["name."+name+"Short"])
	}
	switch died := e.Identity.Deceased; died {
	case "":
	case "yes":
		lines = append(lines, w["deceased"])
	default:
		lines = append(lines, strings.Replace(w["deceasedOn"], "{date}", w.day(died, zone), 1))
	}
	if e.Identity.Inactive {
		lines = append(lines, w["inactive"])
	}
	if e.State != StateOK {
		lines = append(lines, w.word("entryState.", string(e.State)))
	}
	return strings.Join(lines, "\n")
}

// nameWarnings are by entry: the same name counts for more than a similar one.
func nameWarnings(entries []Entry) map[string]string {
	out := map[string]string{}
	for _, a := range nameAlerts(entries) {
		for _, id := range a.Entries {
			if out[id] != "same" {
				out[id] = a.Kind
			}
		}
	}
	return out
}

// text is a cell in words: each item on a line with its time, and what a
// reader must know where there is none.
func (r *reading) text(e Entry, c Column, w words, names map[string]string) string {
	cell, ok := e.Cells[c.Key]
	switch {
	case !c.EHR && e.State == StateMismatch:
		return w["withheld"]
	case !ok && c.EHR && e.Subject.Connection != "":
		return w["status.pending"]
	case !ok:
		return ""
	}
	lines := make([]string, 0, len(cell.Items)+2)
	for _, it := range cell.Items {
		lines = append(lines, itemLine(it, c, w, names, r.zone))
	}
	if cell.Note != "" && (cell.Note != string(chart.KnownAllergies) || len(lines) == 0) {
		lines = append(lines, w.word("note.", cell.Note))
	}
	if c.EHR && (cell.Status == chart.Failed || len(lines) == 0) {
		lines = append(lines, w["status."+string(cell.Status)])
	}
	if cell.Total > len(cell.Items) {
		lines = append(lines, strconv.Itoa(len(cell.Items))+" / "+strconv.Itoa(cell.Total))
	}
	return strings.Join(lines, "\n")
}

func itemLine(it chart.Item, c Column, w words, names map[string]string, zone *time.Location) string {
	switch c.Type {
	case typeSeverity:
		return w.word("severity.", it.Text)
	case typeFlag:
		return w.word("flag.", it.Text)
	case typePerson:
		if n := names[it.Owner]; n != "" {
			return n
		}
		return it.Text
	case typeTodos:
		box := "[ ] "
		if it.Done {
			box = "[x] "
		}
		return box + it.Text + bracket(names[it.Owner], w.date(it.Due))
	case typeNotes:
		return it.Text + bracket(names[it.Owner], w.moment(it.Time, zone))
	}
	if c.Key == KeySeen {
		return it.Text + bracket(names[it.Owner])
	}
	return w.recordLine(it, c, zone)
}

// usualStates are those that a reader takes for granted.
var usualStates = []string{"", "final", "active", "confirmed", "in-progress", "completed"}

// recordLine is one item of a record with all that screen and paper say of it.
func (w words) recordLine(it chart.Item, c Column, zone *time.Location) string {
	text, state, at := it.Text, "", w.moment(it.Time, zone)
	if !slices.Contains(usualStates, it.State) {
		state = w.word("itemState.", it.State)
	}
	switch c.Key {
	case "admitted": // the text is a moment in the record's own zone
		return w.moment(text, zone) + bracket(state)
	case "day": // the text says when
		return text + bracket(state)
	case "status": // the text is the state
		text, state = w.word("itemState.", text), ""
	}
	if it.Unit != "" && !strings.Contains(text, it.Unit) {
		text += " " + it.Unit
	}
	for _, more := range []string{w.word("code.", it.Severity), w.word("itemState.", it.Detail)} {
		if more != "" {
			text += ", " + more
		}
	}
	if label := w["time."+it.TimeLabel]; label != "" && at != "" && it.Value == nil {
		at = label + " " + at
	}
	return text + bracket(state, at)
}

// bracket puts what is known of a line behind it.
func bracket(parts ...string) string {
	known := parts[:0:0]
	for _, p := range parts {
		if p != "" {
			known = append(known, p)
		}
	}
	if len(known) == 0 {
		return ""
	}
	return " (" + strings.Join(known, ", ") + ")"
}

// age is in whole years: today's, or of the dead the one they reached, which
// nobody knows without the day. From 90 on it is one group, as few people are
// so old.
func age(id chart.Identity, now time.Time, zone *time.Location) string {
	at := now.In(zone)
	if id.Deceased != "" {
		var ok bool
		if at, ok = dayOfDeath(id.Deceased, zone); !ok {
			return ""
		}
	}
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		t, err := time.ParseInLocation(layout, id.Born, zone)
		if err != nil {
			continue
		}
		years := at.Year() - t.Year()
		if layout != "2006" && at.Before(t.AddDate(years, 0, 0)) { // not by the day of the year: some have one more
			years--
		}
		if years >= 90 {
			return "90+"
		}
		return strconv.Itoa(max(0, years))
	}
	return ""
}

// dayOfDeath is the last day that a FHIR date or time may mean.
func dayOfDeath(s string, zone *time.Location) (time.Time, bool) {
	for _, known := range []struct {
		layout       string
		months, days int
	}{{time.RFC3339, 0, 0}, {time.DateOnly, 0, 0}, {"2006-01", 1, -1}, {"2006", 12, -1}} {
		if t, err := time.ParseInLocation(known.layout, s, zone); err == nil {
			return t.In(zone).AddDate(0, known.months, known.days), true
		}
	}
	return time.Time{}, false
}

// hiding takes out of free text what names the patient.
func hiding(id chart.Identity) func(string) string {
	var names []string
	for _, n := range append(strings.Fields(id.Family+" "+id.Given+" "+id.Preferred+" "+id.Text), id.MRN, id.Born, id.Family, id.Family+id.Given) {
		if n != "" && (len(n) > 2 || ideographs(n)) {
			names = append(names, n)
		}
	}
	return func(s string) string {
		for _, n := range names {
			s = replaceFold(s, n, "[…]")
		}
		return s
	}
}

// replaceFold replaces every n in s, whatever its case.
func replaceFold(s, n, with string) string {
	lower, find := strings.ToLower(s), strings.ToLower(n)
	if len(lower) != len(s) { // a letter whose cases differ in length
		return strings.ReplaceAll(s, n, with)
	}
	var b strings.Builder
	for {
		i := strings.Index(lower, find)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		b.WriteString(with)
		s, lower = s[i+len(find):], lower[i+len(find):]
	}
}

// guard keeps spreadsheets from taking a text that begins like a formula for
// one: an apostrophe in front makes it text. Wide forms count where the
// keyboard has them.
func guard(text string) string {
	first := strings.TrimLeft(text, " \u00a0\u3000")
	if first == "" {
		return text
	}
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(first)[0]) {
		return "'" + text
	}
	return text
}

func (t table) csv() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff") // without it spreadsheets take UTF-8 for something else
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	for _, row := range append([][]string{t.head}, t.rows...) {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = guard(c)
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// maxCell is how many characters a cell of a workbook holds.
const maxCell = 32767

func (t table) xlsx() (body []byte, err error) {
	f := excelize.NewFile()
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	const sheet = "Sheet1"
	w, err := f.NewStreamWriter(sheet)
	if err != nil {
		return nil, err
	}
	wrap, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return nil, err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return nil, err
	}
	if err := w.SetColWidth(1, max(1, len(t.head)), 24); err != nil {
		return nil, err
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 2, TopLeftCell: "A3", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	about := []string{t.title, t.words.time(t.at)}
	for i, row := range append([][]string{about, t.head}, t.rows...) {
		style := wrap
		if i < 2 {
			style = bold
		}
		cells := make([]any, len(row))
		for j, c := range row {
			if c = guard(c); len(c) > maxCell {
				c = string([]rune(c)[:min(runes(c), maxCell-1)])
			}
			cells[j] = excelize.Cell{Value: c, StyleID: style}
		}
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return nil, err
		}
		if err := w.SetRow(at, cells); err != nil {
			return nil, err
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	out, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
