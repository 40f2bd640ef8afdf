package apptest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// fields are what is ours of an entry, as it is typed here.
var ours = map[string]any{"summary": "ours-summary-of-the-first-person", "contingency": "ours-contingency-of-the-first-person"}

// write keeps something of our own in every place of an entry.
func (w *ward) write(entry string) {
	w.t.Helper()
	at := "/api/patients/entries/" + entry
	for column, value := range ours {
		if err := w.Do(w.t.Context(), http.MethodPut, at+"/fields/"+column, map[string]any{"base": 0, "value": value}, nil); err != nil {
			w.t.Fatal(err)
		}
	}
	w.post(at+"/notes", map[string]any{"text": "ours-note-of-the-first-person"}, nil)
	w.post(at+"/todos", map[string]any{"text": "ours-todo-of-the-first-person"}, nil)
}

// shows counts our own texts in all that is answered about an entry and its
// list.
func (w *ward) shows(entry string) int {
	w.t.Helper()
	seen := map[string]bool{}
	for _, path := range []string{w.at(""), "/api/patients/entries/" + entry} {
		_, body, err := w.Call(w.t.Context(), http.MethodGet, path, nil)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, text := range []string{"ours-summary", "ours-contingency", "ours-note", "ours-todo"} {
			if bytes.Contains(body, []byte(text)) {
				seen[text] = true
			}
		}
	}
	return len(seen)
}

// decide decides on who an entry is now.
func (w *ward) decide(entry, action string) error {
	w.t.Helper()
	var v struct{ Entry Entry }
	if err := w.Do(w.t.Context(), http.MethodGet, "/api/patients/entries/"+entry, nil, &v); err != nil {
		w.t.Fatal(err)
	}
	in := map[string]any{"action": action, "base": v.Entry.Cells["identity"].Seq}
	return w.Do(w.t.Context(), http.MethodPost, "/api/patients/entries/"+entry+"/identity", in, nil)
}

// Another person under the same id: our notes are about the first, so nothing
// of them shows until someone confirms that it is the same person.
func TestAnotherPersonUnderTheSameID(t *testing.T) {
	t.Parallel()
	someone, c := start(t).someone(t), openClinic(t)
	w := openWard(t, someone, c, "p1", "p2")
	rows, _ := w.refresh()
	entry := rows["p1"].ID
	w.write(entry)
	if n := w.shows(entry); n != len(ours)+2 {
		t.Fatalf("%d of our texts show", n)
	}
	c.change(func() { c.patients["p1"] = patient("p1", "Zahradnik", "Ivo", "1999-09-09", "9999") })
	rows, _ = w.refresh()
	e := rows["p1"]
	if e.State != "mismatch" || e.Identity.Family != "Ashworth" || e.Other == nil || e.Other.Family != "Zahradnik" || e.Other.MRN != "9999" {
		t.Errorf("the row is %s, %+v and %+v", e.State, e.Identity, e.Other)
	}
	if rows["p2"].State != "ok" {
		t.Errorf("the other row is %s", rows["p2"].State)
	}
	if n := w.shows(entry); n != 0 {
		t.Errorf("%d of our texts about the first person show", n)
	}
	if err := w.decide(entry, "confirm"); err != nil {
		t.Fatal(err)
	}
	rows, _ = w.refresh()
	if e := rows["p1"]; e.State != "ok" || e.Identity.Family != "Zahradnik" {
		t.Errorf("confirmed: %s %+v", e.State, e.Identity)
	}
	if n := w.shows(entry); n != len(ours)+2 {
		t.Errorf("confirmed, and %d of our texts show", n)
	}
	if err := w.decide(entry, "undo"); err != nil {
		t.Fatal(err)
	}
	if n := w.shows(entry); n != 0 {
		t.Errorf("taken back, and %d of our texts show", n)
	}
}

// Only some of what tells a person changed: a new surname is the same person,
// another record number is not.
func TestWhatMakesAnotherPerson(t *testing.T) {
	t.Parallel()
	someone, c := start(t).someone(t), openClinic(t)
	w := openWard(t, someone, c, "p1", "p2", "p3")
	c.change(func() {
		c.patients["p1"] = patient("p1", "Newname", "Kim", "1950-01-01", "70010p1")
		c.patients["p2"] = patient("p2", "Birk", "Kim", "1950-01-02", "another")
		c.patients["p3"] = patient("p3", "Castellanos", "Kim", "1951-01-03", "70010p3")
	})
	rows, _ := w.refresh()
	for id, want := range map[string]string{"p1": "ok", "p2": "mismatch", "p3": "ok"} {
		if rows[id].State != want {
			t.Errorf("%s is %s, want %s", id, rows[id].State, want)
		}
	}
}

// A patient who is gone or was merged stays on the list, with what was seen.
func TestGoneAndMergedPatients(t *testing.T) {
	t.Parallel()
	someone, c := start(t).someone(t), openClinic(t)
	nothingOf(t, someone, c)
	w := openWard(t, someone, c, "p1", "p2", "p3")
	before, _ := w.refresh()
	w.write(before["p2"].ID)
	c.change(func() {
		delete(c.patients, "p1")
		c.patients["p2"] = strings.Replace(c.patients["p2"], `"gender"`, `"link":[{"type":"replaced-by","other":{"reference":"Patient/p9"}}],"gender"`, 1)
		c.patients["p9"] = patient("p9", "Birk", "Kim", "1950-01-02", "70010p9")
		c.fill("p9")
	})
	rows, r := w.refresh()
	if r.Reason != "" || rows["p3"].State != "ok" || rows["p3"].Cells["problems"].Status != "loaded" {
		t.Errorf("the others: %q, %s, %+v", r.Reason, rows["p3"].State, rows["p3"].Cells["problems"])
	}
	gone, was := rows["p1"], before["p1"]
	if gone.State != "gone" || gone.Identity.Family != "Ashworth" || texts(Cell{Items: gone.Cells["problems"].Items}) != texts(Cell{Items: was.Cells["problems"].Items}) {
		t.Errorf("gone: %s %+v %+v", gone.State, gone.Identity, gone.Cells["problems"])
	}
	merged := rows["p2"]
	if merged.State != "merged" || merged.Identity.Replaced != "p9" || merged.Other == nil || merged.Other.MRN != "70010p9" {
		t.Errorf("merged: %s %+v into %+v", merged.State, merged.Identity, merged.Other)
	}
	if err := w.decide(merged.ID, "relink"); err != nil {
		t.Fatal(err)
	}
	rows, _ = w.refresh()
	if e := rows["p9"]; e.ID != merged.ID || e.State != "ok" || e.Cells["problems"].Items[0].ID != "condition-p9" {
		t.Errorf("relinked: %+v", e)
	}
	c.change(func() { c.patients["p1"] = patient("p1", "Ashworth", "Kim", "1950-01-01", "70010p1") })
	if rows, _ = w.refresh(); rows["p1"].State != "ok" {
		t.Errorf("back again, and %s", rows["p1"].State)
	}
}

// A partner that answers with somebody else's record is not believed.
func TestRecordsOfSomebodyElse(t *testing.T) {
	t.Parallel()
	someone, c := start(t).someone(t), openClinic(t)
	w := openWard(t, someone, c, "p1", "p2")
	c.change(func() { c.records["AllergyIntolerance/p1"] = c.records["AllergyIntolerance/p2"] })
	rows, _ := w.refresh()
	a := rows["p1"].Cells["allergies"]
	if slices.ContainsFunc(a.Items, func(it Item) bool { return it.ID == "allergyintolerance-p2" }) || a.Note == "known" && a.Status == "loaded" {
		t.Errorf("of somebody else: %+v", a)
	}
	if s := w.section(rows["p1"].ID, "allergies"); len(s.Items) != 0 || s.Allergy == "known" {
		t.Errorf("of somebody else, on the page: %+v", s)
	}
}

// Names of all kinds come through as they are written.
func TestNamesOfAllKinds(t *testing.T) {
	t.Parallel()
	someone, c := start(t).someone(t), openClinic(t)
	names := map[string][2]string{
		"arabic": {"عبد الرحمن", "فاطمة الزهراء"}, "chinese": {"歐陽", "美玲"}, "rare": {"𠮷田", "太郎"}, "emoji": {"Ω🏥👩‍⚕️", "🙂"},
		"long": {strings.Repeat("Wolfe\u00adschlegel", 20) + "steinhausen", strings.Repeat("Anna-", 60)}, "markup": {`<script>alert("x")</script>`, `O'Neil & "Sons" <b>`},
		"bidi": {"\u202eevil\u202c", "a\u2066b\u2069"}, "combining": {"Nguyê\u0303n", "A\u030angstro\u0308m"},
	}
	var ids []string
	c.change(func() {
		for id, n := range names {
			c.patients[id] = patient(id, n[0], n[1], "1980-05-05", "mrn-"+id)
			ids = append(ids, id)
		}
	})
	w := openWard(t, someone, c, ids...)
	rows, r := w.refresh()
	if r.Reason != "" {
		t.Errorf("the refresh failed: %+v", r)
	}
	for id, n := range names {
		if got := rows[id].Identity; got.Family != n[0] || got.Given != n[1] || rows[id].State != "ok" {
			t.Errorf("%s: %q, %q, %s", id, got.Family, got.Given, rows[id].State)
		}
	}
	for _, id := range []string{"arabic", "chinese", "rare"} {
		var f Found
		w.post("/api/patients/spaces/"+w.space+"/search", map[string]any{"family": names[id][0]}, &f)
		if len(f.Found) != 1 || f.Found[0].Subject.Patient != id {
			t.Errorf("search for %s: %+v", names[id][0], f)
		}
	}
}

// Markup in a note is text.
func TestMarkupInANote(t *testing.T) {
	t.Parallel()
	someone, c := start(t).someone(t), openClinic(t)
	w := openWard(t, someone, c, "p1")
	rows, _ := w.refresh()
	text := "<img src=x onerror=alert(1)> </script><script>1</script> & 2 < 3\nsecond line 🙂"
	at := "/api/patients/entries/" + rows["p1"].ID
	w.post(at+"/notes", map[string]any{"text": text}, nil)
	var page struct{ Notes []struct{ Text string } }
	if err := w.Do(t.Context(), http.MethodGet, at, nil, &page); err != nil || len(page.Notes) != 1 || page.Notes[0].Text != text {
		t.Errorf("the note is %+v, %v", page.Notes, err)
	}
	resp, err := w.send(t.Context(), http.MethodGet, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.Header.Get("Content-Type") != "application/json" || resp.Header.Get("X-Content-Type-Options") != "nosniff" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", resp.Header)
	}
}

// Who is on the list already is not added unseen: the same record, the same
// record number, or the same name and birth date.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	someone, c := start(t).someone(t), openClinic(t)
	c.change(func() {
		c.patients["d1"] = patient("d1", "Other", "Name", "1970-01-01", "70010p1")
		c.patients["d2"] = patient("d2", "BIRK", "kim", "1950-01-02", "other-number")
		c.patients["d3"] = patient("d3", "Birk", "Kim", "1960-01-02", "third-number")
	})
	w := openWard(t, someone, c, "p1", "p2")
	add := []any{w.found("p1"), w.found("d1"), w.found("d2"), w.found("d3"), map[string]any{"identity": map[string]any{"family": "Ashworth", "given": "Kim", "born": "1950-01-01"}}}
	var got struct {
		Entries    []Entry
		Duplicates []struct {
			Index int
			Why   string
		}
	}
	w.post(w.at("/entries"), map[string]any{"patients": add}, &got)
	want := map[int]string{0: "subject", 1: "mrn", 2: "nameAndBorn", 4: "nameAndBorn"}
	for _, d := range got.Duplicates {
		if want[d.Index] != d.Why {
			t.Errorf("%d is a duplicate by %s, want %q", d.Index, d.Why, want[d.Index])
		}
		delete(want, d.Index)
	}
	if len(want) > 0 || len(got.Entries) != 1 || got.Entries[0].Subject.Patient != "d3" {
		t.Errorf("not told: %v; added %+v", want, got.Entries)
	}
	w.post(w.at("/entries"), map[string]any{"patients": add[1:2], "again": true}, &got)
	if rows, _ := w.refresh(); len(rows) != 4 {
		t.Errorf("%d rows", len(rows))
	}
}

// Two people edit one cell: the second is told what is there now, and nothing
// is lost.
func TestTwoEditors(t *testing.T) {
	t.Parallel()
	s := start(t)
	owner, c := s.someone(t), openClinic(t)
	w := openWard(t, owner, c, "p1")
	rows, _ := w.refresh()
	nurse := w.colleague(s.browser(t))
	path := "/api/patients/entries/" + rows["p1"].ID + "/fields/summary"
	if err := nurse.Do(t.Context(), http.MethodPut, path, map[string]any{"base": 0, "value": "first"}, nil); err != nil {
		t.Fatal(err)
	}
	p := owner.refused(t, http.StatusPreconditionFailed, "conflict", http.MethodPut, path, map[string]any{"base": 0, "value": "second"})
	var current Cell
	if err := json.Unmarshal(p.Current, &current); err != nil || len(current.Items) != 1 || current.Items[0].Text != "first" {
		t.Fatalf("current %s, %v", p.Current, err)
	}
	if err := owner.Do(t.Context(), http.MethodPut, path, map[string]any{"base": current.Seq, "value": "both"}, nil); err != nil {
		t.Error(err)
	}
	if rows, _ = w.refresh(); rows["p1"].Cells["summary"].Items[0].Text != "both" {
		t.Errorf("%+v", rows["p1"].Cells["summary"])
	}
}

// colleague makes a member of the space, with an account and a browser.
func (w *ward) colleague(b *App) *App {
	w.t.Helper()
	var invited struct{ Path string }
	w.post("/api/people", map[string]any{"name": "Nurse", "username": "nurse"}, &invited)
	_, token, _ := strings.Cut(invited.Path, "#")
	var session struct{ Person struct{ ID string } }
	if err := b.Do(w.t.Context(), http.MethodPost, "/api/session/first", map[string]string{"token": token, "name": "Nurse", "username": "nurse", "password": password}, &session); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Do(w.t.Context(), http.MethodPut, "/api/patients/spaces/"+w.space+"/members/"+session.Person.ID, map[string]any{"role": "member"}, nil); err != nil {
		w.t.Fatal(err)
	}
	return b
}

// A session that ended opens nothing, whatever is asked, and says so.
func TestEndedSession(t *testing.T) {
	t.Parallel()
	s := start(t)
	someone, c := s.someone(t), openClinic(t)
	w := openWard(t, someone, c, "p1")
	rows, _ := w.refresh()
	entry := "/api/patients/entries/" + rows["p1"].ID
	if err := w.Do(t.Context(), http.MethodDelete, "/api/session", nil, nil); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		method, path string
		in           any
	}{
		{http.MethodGet, w.at(""), nil},
		{http.MethodGet, w.at("/stream"), nil},
		{http.MethodPost, w.at("/refresh"), nil},
		{http.MethodGet, entry, nil},
		{http.MethodGet, entry + "/sections/vitals", nil},
		{http.MethodPut, entry + "/fields/summary", map[string]any{"base": 0, "value": "x"}},
		{http.MethodPost, entry + "/notes", map[string]any{"text": "x"}},
		{http.MethodPost, "/api/patients/spaces/" + w.space + "/search", map[string]any{"text": "Ashworth"}},
	} {
		someone.refused(t, http.StatusUnauthorized, "not-signed-in", tt.method, tt.path, tt.in)
	}
	if err := someone.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again, _ := w.refresh(); len(again) != 1 {
		t.Errorf("signed in again: %d rows", len(again))
	}
}
