package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/patients/api"
	"github.com/wardbridge/wardbridge/internal/people"
)

var spaceA = map[string]string{"space": "space-a"}

func person(id string) map[string]string {
	return map[string]string{"space": "space-a", "person": id}
}

func decode[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// A space is made by an administrator, who owns it, with the channel "general"
// and settings that work.
func TestCreateSpace(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	admin := x.all[newborn]
	admin.Admin = true
	x.all["boss"] = admin
	for _, tc := range []struct {
		name, as string
		body     obj
		status   int
		field    string
	}{
		{"by an administrator", "boss", obj{"name": " 7 \t East ", "zone": "America/Chicago"}, 200, ""},
		{"a Chinese name", "boss", obj{"name": "第七病房", "zone": "Asia/Taipei"}, 200, ""},
		{"by someone else", bob, obj{"name": "Mine", "zone": "UTC"}, 403, ""},
		{"without a name", "boss", obj{"name": "\u202e ", "zone": "UTC"}, 422, "name"},
		{"a name that is a book", "boss", obj{"name": strings.Repeat("x", 101), "zone": "UTC"}, 422, "name"},
		{"without a zone", "boss", obj{"name": "X", "zone": ""}, 422, "zone"},
		{"a zone that is none", "boss", obj{"name": "X", "zone": "Mars/Olympus"}, 422, "zone"},
		{"this machine's zone", "boss", obj{"name": "X", "zone": "Local"}, 422, "zone"},
		{"a zone that is a path", "boss", obj{"name": "X", "zone": "../../etc/passwd"}, 422, "zone"},
	} {
		status, text := x.ask(tc.as, "createSpace", nil, "", tc.body)
		if status != tc.status {
			t.Errorf("%s: %d, want %d: %s", tc.name, status, tc.status, text)
			continue
		}
		if tc.field != "" && decode[operation.Problem](t, text).Errors[tc.field] == "" {
			t.Errorf("%s: no mistake in %s: %s", tc.name, tc.field, text)
		}
		if status != http.StatusOK {
			continue
		}
		v := decode[api.SpaceView](t, text)
		if v.Role != patients.Owner || len(v.Channels) != 1 || v.Channels[0].Name != "general" || len(v.Schemas) == 0 || len(v.Columns) == 0 {
			t.Errorf("%s: made %+v", tc.name, v)
		}
		if want := (patients.Settings{Zone: v.Space.Settings.Zone, RefreshEvery: 120, RetentionDays: 30, IdleMinutes: 15}); v.Space.Settings != want {
			t.Errorf("%s: settings %+v, want %+v", tc.name, v.Space.Settings, want)
		}
	}
}

func TestChangeSpace(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	settings := func(change func(*patients.Settings)) obj {
		s := patients.Settings{Zone: "UTC", RefreshEvery: 60, RetentionDays: 7, IdleMinutes: 5}
		change(&s)
		return obj{"settings": s}
	}
	for _, tc := range []struct {
		name   string
		body   obj
		status int
		field  string
	}{
		{"name", obj{"name": "Ward A"}, 200, ""},
		{"settings", settings(func(*patients.Settings) {}), 200, ""},
		{"refresh at the limit", settings(func(s *patients.Settings) { s.RefreshEvery = 15 }), 200, ""},
		{"refresh faster than a record system bears", settings(func(s *patients.Settings) { s.RefreshEvery = 14 }), 422, "settings.refreshEvery"},
		{"refresh once a day", settings(func(s *patients.Settings) { s.RefreshEvery = 86400 }), 422, "settings.refreshEvery"},
		{"no idle time", settings(func(s *patients.Settings) { s.IdleMinutes = 0 }), 422, "settings.idleMinutes"},
		{"an idle time longer than a session", settings(func(s *patients.Settings) { s.IdleMinutes = 721 }), 422, "settings.idleMinutes"},
		{"keep nothing", settings(func(s *patients.Settings) { s.RetentionDays = 0 }), 422, "settings.retentionDays"},
		{"keep for ever", settings(func(s *patients.Settings) { s.RetentionDays = 100_000 }), 422, "settings.retentionDays"},
		{"no zone", settings(func(s *patients.Settings) { s.Zone = "" }), 422, "settings.zone"},
		{"no mode at all", obj{"manual": false}, 422, "manual"},
		{"manual mode", obj{"manual": true}, 200, ""},
	} {
		now := decode[api.SpaceView](t, x.get(ann, "getSpace", spaceA)).Space
		tc.body["version"] = now.Version
		status, text := x.ask(ann, "changeSpace", spaceA, "", tc.body)
		if status != tc.status {
			t.Errorf("%s: %d, want %d: %s", tc.name, status, tc.status, text)
			continue
		}
		if tc.field != "" && decode[operation.Problem](t, text).Errors[tc.field] == "" {
			t.Errorf("%s: no mistake in %s: %s", tc.name, tc.field, text)
		}
		if after := decode[api.SpaceView](t, x.get(ann, "getSpace", spaceA)).Space; status != http.StatusOK && after != now {
			t.Errorf("%s: refused, and yet the space became %+v", tc.name, after)
		}
	}
}

// Who edits what someone else changed meanwhile gets 412 and what is there.
func TestChangeSpaceConflict(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	x.must(ann, "changeSpace", spaceA, obj{"version": 1, "name": "First"}, nil)
	status, text := x.ask(ann, "changeSpace", spaceA, "", obj{"version": 1, "name": "Second"})
	p := decode[struct {
		Code    string
		Current api.SpaceView
	}](t, text)
	if status != http.StatusPreconditionFailed || p.Code != "conflict" || p.Current.Space.Name != "First" || p.Current.Space.Version != 2 {
		t.Errorf("%d %s, want 412 with what is there", status, text)
	}
}

func (x *house) get(as, op string, ids map[string]string) string {
	x.t.Helper()
	status, text := x.ask(as, op, ids, "", nil)
	if status != http.StatusOK {
		x.t.Fatalf("%s as %s: %d %s", op, as, status, text)
	}
	return text
}

// Who has no role asks, an owner decides, and the space opens.
func TestAskAccess(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	for who, want := range map[string]int{newborn: 204, vic: 204, eve: 404, ann: 409} {
		if status, text := x.ask(who, "askAccess", spaceA, "", obj{"role": "member"}); status != want {
			t.Errorf("%s asks: %d, want %d: %s", who, status, want, text)
		}
	}
	if status, _ := x.ask(newborn, "askAccess", map[string]string{"space": "space-x"}, "", obj{"role": "member"}); status != http.StatusNotFound {
		t.Errorf("for a space that is not there: %d, want 404", status)
	}
	if status, _ := x.ask(newborn, "askAccess", spaceA, "", obj{"role": "king"}); status != http.StatusUnprocessableEntity {
		t.Errorf("for a role that is none: %d, want 422", status)
	}
	session := decode[api.Session](t, x.get(newborn, "getSession", nil))
	var stands []string
	for _, s := range session.Spaces {
		stands = append(stands, fmt.Sprintf("%s %q %v", s.ID, s.Role, s.Asked))
	}
	if diff := cmp.Diff([]string{`space-a "" true`, `space-b "" false`}, stands); diff != "" {
		t.Errorf("spaces of who asked (-want +got):\n%s", diff)
	}
	members := decode[api.Members](t, x.get(ann, "getMembers", spaceA))
	if len(members.Requests) != 2 {
		t.Fatalf("requests: %+v, want two", members.Requests)
	}
	if v := decode[api.SpaceView](t, x.get(max, "getSpace", spaceA)); len(v.Requests) != 0 {
		t.Errorf("a member sees the requests %+v", v.Requests)
	}
	// Granted with less than was asked for.
	x.must(ann, "decideAccess", person(newborn), obj{"grant": true, "role": "viewer"}, &members)
	if v := decode[api.SpaceView](t, x.get(newborn, "getSpace", spaceA)); v.Role != patients.Viewer {
		t.Errorf("the role is %q, want viewer", v.Role)
	}
	// Refused: the role stays what it was.
	x.must(ann, "decideAccess", person(vic), obj{"grant": false}, &members)
	if len(members.Requests) != 0 {
		t.Errorf("requests are left: %+v", members.Requests)
	}
	if status, _ := x.ask(ann, "decideAccess", person(vic), "", obj{"grant": true}); status != http.StatusNotFound {
		t.Errorf("deciding twice: %d, want 404", status)
	}
	if v := decode[api.SpaceView](t, x.get(vic, "getSpace", spaceA)); v.Role != patients.Viewer {
		t.Errorf("the role is %q, want viewer still", v.Role)
	}
}

func TestSetMember(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	set := func(who, role string) int {
		status, _ := x.ask(ann, "setMember", person(who), "", obj{"role": role})
		return status
	}
	// eve, of another tenant, has an owner's membership; dis is an owner who
	// cannot sign in. Neither can take over.
	x.disabledOwner("dis")
	for _, tc := range []struct {
		name, who, role string
		want            int
	}{
		{"a new member", newborn, "member", 200},
		{"another role", newborn, "auditor", 200},
		{"a role that is none", newborn, "king", 422},
		{"of another tenant", eve, "viewer", 404},
		{"someone who is not there", "nobody", "viewer", 404},
		{"taking a role", newborn, "", 200},
		{"taking one that is not there", newborn, "", 404},
		{"taking one's own, as the last owner", ann, "", 409},
		{"lowering one's own, as the last owner", ann, "viewer", 409},
		{"a second owner", max, "owner", 200},
		{"then lowering one's own", ann, "viewer", 200},
		{"and being no owner any more", vic, "member", 403},
	} {
		if got := set(tc.who, tc.role); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
}

// disabledOwner makes an owner of A who cannot sign in any more.
func (x *house) disabledOwner(id string) {
	x.t.Helper()
	err := x.db.ChangePeople(x.t.Context(), nil, func(ctx context.Context, tx people.Tx) error {
		return tx.PutPerson(ctx, people.Person{ID: id, Name: "Person " + id, Disabled: true})
	})
	if err != nil {
		x.t.Fatal(err)
	}
	err = x.db.Patients().Update(x.t.Context(), nil, func(ctx context.Context, tx patients.Tx) error {
		return tx.SetRole(ctx, patients.Membership{Space: "space-a", Person: id, Role: patients.Owner})
	})
	if err != nil {
		x.t.Fatal(err)
	}
}

// What owners are offered to add holds nobody's preferences, nor people of
// other tenants, disabled ones, or those who are in already.
func TestOthersToAdd(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	err := x.db.ChangePeople(t.Context(), nil, func(ctx context.Context, tx people.Tx) error {
		p, err := tx.Person(ctx, newborn)
		if err != nil {
			return err
		}
		p.Prefs = people.Prefs{Space: "space-b"}
		if err := tx.PutPerson(ctx, people.Person{ID: "gone", Name: "Gone", Username: "gone", Disabled: true}); err != nil {
			return err
		}
		return tx.PutPerson(ctx, p)
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range decode[api.Members](t, x.get(ann, "getMembers", spaceA)).Others {
		got = append(got, p.ID)
		if p.Prefs != (people.Prefs{}) {
			t.Errorf("the preferences of %s are told", p.ID)
		}
	}
	if diff := cmp.Diff([]string{bob, newborn}, got); diff != "" {
		t.Errorf("others (-want +got):\n%s", diff)
	}
}

// "Who opened this patient?" is one call, by entry or by the record system's
// id, newest first, page by page; that someone asked is recorded too.
func TestWhoOpenedThisPatient(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	a := x.fill(ann, "space-a", secretName)
	other := x.fill(bob, "space-b", "Blum")
	for _, who := range []string{ann, max, vic, max} {
		x.get(who, "getPatient", map[string]string{"entry": a.entry})
	}
	x.get(bob, "getPatient", map[string]string{"entry": other.entry})
	x.ask(bob, "getPatient", map[string]string{"entry": a.entry}, "", nil)
	opened := func(as, query string) (out []string, next string) {
		t.Helper()
		status, text := x.ask(as, "searchAudit", spaceA, query, nil)
		if status != http.StatusOK {
			t.Fatalf("%s: %d %s", query, status, text)
		}
		for _, typed := range []string{secretName, secretNote, "rounds"} {
			if strings.Contains(text, typed) {
				t.Errorf("the record holds %q: %s", typed, text)
			}
		}
		page := decode[api.AuditPage](t, text)
		for _, e := range page.Entries {
			if e.Entry != a.entry {
				t.Errorf("a line is about %q: %+v", e.Entry, e)
			}
			out = append(out, fmt.Sprintf("%s %d", e.Name, e.Status))
		}
		return out, page.Next
	}
	want := []string{"Person bob 404", "Person max 200", "Person vic 200", "Person max 200", "Person ann 200"}
	const views = "&operation=PatientView"
	for _, who := range []string{ann, aud} {
		if got, next := opened(who, "?entry="+a.entry+views); !cmp.Equal(got, want) || next != "" {
			t.Errorf("as %s: %v, next %q; want %v", who, got, next, want)
		}
	}
	var paged []string
	query := "?limit=2&entry=" + a.entry + views
	for range 10 {
		got, next := opened(aud, query)
		paged = append(paged, got...)
		if next == "" {
			break
		}
		query = "?limit=2&entry=" + a.entry + views + "&cursor=" + url.QueryEscape(next)
	}
	if !cmp.Equal(paged, want) {
		t.Errorf("page by page: %v, want %v", paged, want)
	}
	if got, _ := opened(aud, "?entry="+a.entry+"&person="+max+views); !cmp.Equal(got, []string{"Person max 200", "Person max 200"}) {
		t.Errorf("by person: %v", got)
	}
	future := url.QueryEscape(time.Now().Add(time.Hour).Format(time.RFC3339))
	if got, _ := opened(aud, "?entry="+a.entry+"&since="+future); len(got) > 0 {
		t.Errorf("since an hour from now: %v", got)
	}
	for _, bad := range []string{"?since=yesterday", "?cursor=x"} {
		if status, text := x.ask(aud, "searchAudit", spaceA, bad, nil); status < 400 || status > 422 {
			t.Errorf("%s: %d %s", bad, status, text)
		}
	}
	status, text := x.ask(aud, "searchAudit", spaceA, "?operation=AuditSearch&person="+ann, nil)
	if lines := decode[api.AuditPage](t, text).Entries; status != http.StatusOK || len(lines) != 1 || lines[0].Person != ann {
		t.Errorf("that ann looked into the record: %d %s", status, text)
	}
}

// A patient's id means something within a connection only. What a record says
// about patients of several connections is found by each.
func TestWhoOpenedThePatientOfAConnection(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	x.fill(ann, "space-a", secretName)
	add := func(op, connection string, ids ...string) {
		t.Helper()
		if err := x.log.Append(t.Context(), audit.Record{Operation: op, Entry: -1, Person: max, Space: "space-a", Connection: connection, Patients: ids, Status: 200}); err != nil {
			t.Fatal(err)
		}
	}
	add("One", "c1", "p1")
	add("Two", "c2", "p1")
	add("Three", "", "p1", "p2")
	add("Four", "c1", "p2")
	status, text := x.ask(aud, "searchAudit", spaceA, "?connection=c1&patient=p1", nil)
	var got []string
	for _, e := range decode[api.AuditPage](t, text).Entries {
		got = append(got, e.Operation+" "+e.Patient)
	}
	if diff := cmp.Diff([]string{"Three p1", "One p1"}, got); status != http.StatusOK || diff != "" {
		t.Errorf("%d (-want +got):\n%s", status, diff)
	}
}
