package apptest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A Walk goes the way of a care team from a link to filled cells.
type Walk struct {
	App                            *App
	Name                           string // of the connection and the list
	Link, ClientID, Secret, Tenant string
	Record                         *Record
	Most                           int // patients to list
}

// An Outcome is what a walk found.
type Outcome struct {
	Patients, Cells, Shown int // Shown are the items of all sections
	Version                string
	Refreshed, Whole       time.Duration
	Findings               []Finding
}

// SignUp makes the first account, with the path of the one-time link.
func (a *App) SignUp(ctx context.Context, link string) error {
	_, token, _ := strings.Cut(link, "#")
	return a.Do(ctx, http.MethodPost, "/api/session/first", map[string]string{"token": token, "name": "Ward manager", "username": "manager", "password": password}, nil)
}

// SignIn signs the first account in again.
func (a *App) SignIn(ctx context.Context) error {
	return a.Do(ctx, http.MethodPost, "/api/session", map[string]string{"username": "manager", "password": password}, nil)
}

const password = "correct horse battery staple"

// Space makes a space in UTC.
func (a *App) Space(ctx context.Context, name string) (string, error) {
	var made struct{ Space struct{ ID string } }
	err := a.Do(ctx, http.MethodPost, "/api/patients/spaces", map[string]string{"name": name, "zone": "UTC"}, &made)
	return made.Space.ID, err
}

// Connect connects a space and gives the steps that did not go well, and the
// last.
func (a *App) Connect(ctx context.Context, space string, in map[string]any) (failed []Step, done Step, err error) {
	err = a.Events(ctx, http.MethodPost, "/api/patients/spaces/"+space+"/connections", in, func(m []byte) (bool, error) {
		done = Step{}
		if err := json.Unmarshal(m, &done); err != nil {
			return false, err
		}
		if done.Outcome == "failed" {
			failed = append(failed, done)
		}
		return done.Step == "done", nil
	})
	return failed, done, err
}

// Run walks and judges. The error is for what ended the walk.
func (w Walk) Run(ctx context.Context) (Outcome, error) {
	begin := time.Now()
	out := Outcome{}
	space, err := w.App.Space(ctx, w.Name)
	if err != nil {
		return out, err
	}
	in := map[string]any{"name": w.Name, "link": w.Link, "save": true}
	if w.ClientID != "" {
		in["clientID"], in["secret"], in["tenant"] = w.ClientID, w.Secret, w.Tenant
	}
	failed, done, err := w.App.Connect(ctx, space, in)
	if err != nil {
		return out, err
	}
	if len(failed) > 0 || done.Connection == nil {
		return out, fmt.Errorf("connecting failed: %+v, last %+v", failed, done)
	}
	out.Version = done.Connection.Version
	listID, err := w.list(ctx, space, done.Connection.ID, &out)
	if err != nil {
		return out, err
	}
	refreshing := time.Now()
	shown, err := w.App.Follow(ctx, listID, false)
	if err != nil {
		return out, err
	}
	out.Refreshed = time.Since(refreshing)
	out.Findings = append(out.Findings, shown.strays...)
	for _, e := range shown.List.Entries {
		s := Shown{Entry: e, Sections: map[string]Section{}}
		for _, k := range kinds {
			var section Section
			if err := w.App.Do(ctx, http.MethodGet, "/api/patients/entries/"+e.ID+"/sections/"+k+"?all=true", nil, &section); err != nil {
				return out, err
			}
			s.Sections[k] = section
			out.Shown += section.Total
		}
		out.Cells += len(e.Cells)
		out.Findings = append(out.Findings, w.Record.Judge(e.Subject.Patient, s)...)
	}
	out.Whole = time.Since(begin)
	return out, nil
}

// list finds the patients, each in one of the ways people look for them, and
// puts them on a list that shows every column of the record system.
func (w Walk) list(ctx context.Context, space, connection string, out *Outcome) (string, error) {
	var add []any
	for i, id := range w.Record.Richest(w.Most) {
		identity, finding, err := w.search(ctx, space, connection, id, i)
		if err != nil {
			return "", err
		}
		if finding != nil {
			out.Findings = append(out.Findings, *finding)
			continue
		}
		add = append(add, map[string]any{"subject": Subject{connection, id}, "identity": identity})
	}
	out.Patients = len(add)
	var l struct{ ID string }
	if err := w.App.Do(ctx, http.MethodPost, "/api/patients/spaces/"+space+"/lists", map[string]string{"name": w.Name}, &l); err != nil {
		return "", err
	}
	if err := w.App.ShowAll(ctx, space, l.ID); err != nil {
		return "", err
	}
	var added struct{ Entries []Entry }
	if err := w.App.Do(ctx, http.MethodPost, "/api/patients/lists/"+l.ID+"/entries", map[string]any{"patients": add, "again": true}, &added); err != nil {
		return "", err
	}
	if len(added.Entries) != len(add) {
		return "", fmt.Errorf("%d of %d patients were added", len(added.Entries), len(add))
	}
	return l.ID, nil
}

// ShowAll makes a list show every column of the record system.
func (a *App) ShowAll(ctx context.Context, space, list string) error {
	var view struct {
		Columns []struct {
			Key string
			EHR bool
		}
	}
	if err := a.Do(ctx, http.MethodGet, "/api/patients/spaces/"+space, nil, &view); err != nil {
		return err
	}
	var columns []string
	for _, c := range view.Columns {
		if c.EHR {
			columns = append(columns, c.Key)
		}
	}
	return a.Do(ctx, http.MethodPut, "/api/patients/lists/"+list+"/view", map[string]any{"columns": columns}, nil)
}

// search looks for a patient by record number, by words in the one box, by
// fields, or by id: what the record has of these, in turn.
func (w Walk) search(ctx context.Context, space, connection, id string, turn int) (json.RawMessage, *Finding, error) {
	p := w.Record.people[id].patient
	name := nameOf(list(p, "name"))
	family, given := strs(name, "family"), str(name, "given")
	var ways []map[string]any
	if numbers := typedMR(list(p, "identifier")); len(numbers) > 0 {
		ways = append(ways, map[string]any{"mrn": numbers[0]})
	}
	if family != "" && given != "" {
		ways = append(ways, map[string]any{"text": family + ", " + given})
		if born := str(p, "birthDate"); len(born) == len(time.DateOnly) {
			ways = append(ways, map[string]any{"family": family, "given": given, "born": born})
		}
	}
	ways = append(ways, map[string]any{"id": id})
	way := ways[turn%len(ways)]
	in := map[string]any{"connection": connection, "count": 50}
	maps.Copy(in, way)
	var found Found
	if err := w.App.Do(ctx, http.MethodPost, "/api/patients/spaces/"+space+"/search", in, &found); err != nil {
		return nil, nil, fmt.Errorf("search %v: %w", way, err)
	}
	for _, f := range found.Found {
		if f.Subject.Patient == id {
			return f.Identity, nil, nil
		}
	}
	return nil, &Finding{id, fmt.Sprintf("search %v", way), "the patient", fmt.Sprintf("%d others of %d", len(found.Found), found.Total)}, nil
}

// Followed is a list at the end of a refresh, and where what the stream told
// differs from it.
type Followed struct {
	List   List
	End    Refresh
	strays []Finding
}

// Follow looks at a list until the record system was asked, and holds what the
// stream told against the list as it is read then. With anew it is asked once
// more, from now on; without, the asking that looking begins is enough.
func (a *App) Follow(ctx context.Context, id string, anew bool) (Followed, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	path := "/api/patients/lists/" + id
	var out Followed
	if err := a.Do(ctx, http.MethodGet, path, nil, &out.List); err != nil {
		return out, err
	}
	rows := len(out.List.Entries)
	told, err := a.untilAsked(ctx, path, out.List.Seq, anew, &out.End)
	if err != nil {
		return out, err
	}
	out.List = List{}
	if err := a.Do(ctx, http.MethodGet, path, nil, &out.List); err != nil {
		return out, err
	}
	if len(out.List.Entries) != rows {
		return out, fmt.Errorf("%d rows became %d", rows, len(out.List.Entries))
	}
	for key, cell := range told {
		i := slices.IndexFunc(out.List.Entries, func(e Entry) bool { return e.ID == key[0] })
		if i < 0 {
			continue
		}
		e := out.List.Entries[i]
		switch is, ok := e.Cells[key[1]]; {
		case !ok:
			out.strays = append(out.strays, Finding{e.Subject.Patient, "the stream", "columns that the list has", key[1]})
		case texts(is) != texts(cell):
			out.strays = append(out.strays, Finding{e.Subject.Patient, "the stream's last word on " + key[1], texts(is), texts(cell)})
		}
	}
	return out, nil
}

// untilAsked reads the stream until asking has ended, and gives the last that
// was told of each cell.
func (a *App) untilAsked(ctx context.Context, path string, after int64, anew bool, end *Refresh) (map[[2]string]Cell, error) {
	told := map[[2]string]Cell{}
	ended := false
	before := "" // when the next try was due before one was asked for: what ends then says so still
	err := a.Events(ctx, http.MethodGet, fmt.Sprintf("%s/stream?after=%d", path, after), nil, func(m []byte) (bool, error) {
		var e Event
		if err := json.Unmarshal(m, &e); err != nil {
			return false, err
		}
		switch {
		case e.Kind == "reset":
			return false, errors.New("the stream was reset")
		case e.Kind == "cell" && e.Cell != nil:
			told[[2]string{e.Entry, e.Column}] = *e.Cell
		case e.Kind != "refresh" || e.Refresh.Running || e.Refresh.Last == "" && e.Refresh.Reason == "":
		case e.Refresh.Next == "" || e.Refresh.Next == before:
		case anew: // nothing is asked now
			anew, before = false, e.Refresh.Next
			if a.Later != nil {
				a.Later()
			}
			return false, a.Do(ctx, http.MethodPost, path+"/refresh", nil, nil)
		default:
			ended, *end = true, *e.Refresh
		}
		return ended, nil
	})
	if err == nil && !ended {
		err = errors.New("the stream ended before the asking")
	}
	return told, err
}

func texts(c Cell) string {
	var b strings.Builder
	b.WriteString(c.Status)
	for _, it := range c.Items {
		b.WriteString("|" + it.Text)
	}
	return b.String()
}
