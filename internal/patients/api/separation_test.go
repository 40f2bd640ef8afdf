package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/db/sqlite"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/patients/api"
	"github.com/wardbridge/wardbridge/internal/people"
	"github.com/wardbridge/wardbridge/internal/seal"
)

func TestMain(m *testing.M) { await.Main(m) }

// Everything in space A that someone might guess the id of. The texts are
// what must never come out elsewhere.
type content struct {
	space, list, deleted, entry, todo, note, connection, schema string
}

const (
	secretName = "Quintanilla"
	secretNote = "Only for the eyes of Ward A"
)

// A house is the API on a real database, with two local spaces and one of
// another tenant.
type house struct {
	t   *testing.T
	db  *sqlite.DB
	log *audit.Log
	h   http.Handler
	web http.Handler // the same by cookies
	ps  *people.Service
	ops map[string]operation.Op
	all map[string]people.Person
}

// The people of the house. Who has no role in A must not learn of it.
const (
	ann     = "ann"     // owns A
	max     = "max"     // a member of A
	vic     = "vic"     // looks at A
	aud     = "aud"     // audits A
	bob     = "bob"     // owns B
	newborn = "newborn" // has no role anywhere
	eve     = "eve"     // of another tenant, with a membership of A that should not be
)

const otherTenant = "22222222-2222-4222-8222-222222222222"

// noRecords is a record system that is never there.
type noRecords struct{}

var errNoRecords = errors.New("no record system")

func (noRecords) Open(context.Context, patients.Connection, string) (fhir.Server, error) {
	return nil, errNoRecords
}

func (noRecords) Probe(context.Context, patients.Connection, string, func(patients.ConnectStep)) (patients.Probed, error) {
	return patients.Probed{}, errNoRecords
}

func (noRecords) Choices(context.Context, string) ([]patients.Choice, error) { return nil, nil }
func (noRecords) Close(string)                                               {}

// emptyDatabase is a database with its tables and nothing in it: making them
// is most of what a house would cost.
var emptyDatabase = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "house")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, sqlite.MainFile)
	db, err := sqlite.Open(context.Background(), file, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

func newHouse(t *testing.T) *house {
	t.Helper()
	x := &house{t: t, ops: map[string]operation.Op{}, all: map[string]people.Person{}}
	empty, err := emptyDatabase()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), sqlite.MainFile)
	if err := os.WriteFile(file, empty, 0o600); err != nil {
		t.Fatal(err)
	}
	if x.db, err = sqlite.Open(t.Context(), file, sqlite.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.db.Close(); err != nil {
			t.Error(err)
		}
	})
	if x.log, err = audit.New(audit.Config{Storage: x.db, Reader: x.db}); err != nil {
		t.Fatal(err)
	}
	box, err := seal.NewBox(seal.NewRing())
	if err != nil {
		t.Fatal(err)
	}
	service, err := patients.New(patients.Config{Storage: x.db.Patients(), Audit: x.log, Records: noRecords{}, Box: box})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Close)
	x.ps, err = people.New(people.Config{Storage: x.db, Box: box, Local: true, Demo: true, Idle: service.Idle, Hashing: people.Hashing{Memory: 64, Passes: 1}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := api.New(api.Config{People: x.ps, Patients: service, Version: "1.2.3", Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range a.Operations() {
		x.ops[o.ID] = o
	}
	x.h, err = operation.NewHandler(operation.Config{Authenticate: x.authenticate, Problem: api.Problem}, a.Operations())
	if err != nil {
		t.Fatal(err)
	}
	x.web, err = operation.NewHandler(operation.Config{Authenticate: x.ps.Authenticate, Problem: api.Problem}, a.Operations())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{ann, max, vic, aud, bob, newborn, eve} {
		p := people.Person{ID: id, Name: "Person " + id, Username: id, Created: time.Unix(1_800_000_000, 0)}
		if id == eve {
			p.Tenant = otherTenant
		}
		x.all[id] = p
		if err := x.db.ChangePeople(t.Context(), nil, func(ctx context.Context, tx people.Tx) error { return tx.PutPerson(ctx, p) }); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []struct {
		id, tenant string
		members    []patients.Membership
	}{
		{"space-a", "", []patients.Membership{
			{Person: ann, Role: patients.Owner},
			{Person: max, Role: patients.Member},
			{Person: vic, Role: patients.Viewer},
			{Person: aud, Role: patients.Auditor},
			{Person: eve, Role: patients.Owner},
		}},
		{"space-b", "", []patients.Membership{{Person: bob, Role: patients.Owner}}},
		{"space-e", otherTenant, []patients.Membership{{Person: eve, Role: patients.Owner}, {Person: bob, Role: patients.Owner}}},
	} {
		sp := patients.Space{ID: s.id, Tenant: s.tenant, Name: "Ward " + s.id, Manual: true, Settings: patients.Settings{Zone: "UTC"}}
		if _, err := service.MakeSpace(t.Context(), sp, s.members...); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// authenticate believes a header, in place of a session's cookie.
func (x *house) authenticate(r *http.Request) (context.Context, error) {
	p, ok := x.all[r.Header.Get("X-Person")]
	if !ok {
		return nil, operation.ErrNobody
	}
	return people.With(r.Context(), p), nil
}

// ask calls an operation. What the path needs is taken from ids; a body of nil
// is none.
func (x *house) ask(as, op string, ids map[string]string, query string, body any) (status int, answer string) {
	x.t.Helper()
	o, ok := x.ops[op]
	if !ok {
		x.t.Fatalf("there is no operation %s", op)
	}
	path := o.Path
	for name, id := range ids {
		path = strings.ReplaceAll(path, "{"+name+"}", id)
	}
	if strings.ContainsAny(path, "{}") {
		x.t.Fatalf("%s: the path %s lacks an id", op, path)
	}
	var in io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			x.t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	ctx, cancel := context.WithCancel(x.t.Context())
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, o.Method, path+query, in)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Person", as)
	w := &untilWritten{ResponseRecorder: httptest.NewRecorder()}
	if o.Stream {
		w.then = cancel // one event is enough
	}
	x.h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// untilWritten hangs up after the first bytes.
type untilWritten struct {
	*httptest.ResponseRecorder
	then func()
}

func (w *untilWritten) Write(b []byte) (int, error) {
	if w.then != nil {
		w.then()
	}
	return w.ResponseRecorder.Write(b)
}

// must asks and wants it done; what was answered goes into out.
func (x *house) must(as, op string, ids map[string]string, body, out any) {
	x.t.Helper()
	status, text := x.ask(as, op, ids, "", body)
	if status >= 300 {
		x.t.Fatalf("%s as %s: %d %s", op, as, status, text)
	}
	if out != nil {
		if err := json.Unmarshal([]byte(text), out); err != nil {
			x.t.Fatalf("%s: %v in %s", op, err, text)
		}
	}
}

type obj = map[string]any

// fill puts something of everything into a space.
func (x *house) fill(owner, space, name string) (c content) {
	x.t.Helper()
	at := func(k, v string) map[string]string { return map[string]string{k: v} }
	c.space = space
	var made struct {
		ID      string           `json:"id"`
		Entries []patients.Entry `json:"entries"`
	}
	x.must(owner, "createList", at("space", space), obj{"name": "Old list"}, &made)
	c.deleted = made.ID
	x.must(owner, "deleteList", at("list", c.deleted), nil, nil)
	x.must(owner, "createList", at("space", space), obj{"name": "Days"}, &made)
	c.list = made.ID
	x.must(owner, "addPatients", at("list", c.list), obj{"patients": []obj{{"identity": obj{"family": name, "given": "Test"}, "bed": "1"}}}, &made)
	c.entry = made.Entries[0].ID
	x.must(owner, "addTodo", at("entry", c.entry), obj{"text": "to do for " + name}, &made)
	c.todo = made.ID
	x.must(owner, "addNote", at("entry", c.entry), obj{"text": secretNote + " " + name}, &made)
	c.note = made.ID
	x.must(owner, "saveSchema", at("space", space), obj{"name": "Columns", "columns": []obj{{"key": "hr"}}}, &made)
	c.schema = made.ID
	x.must(owner, "changeRound", at("list", c.list), obj{"action": "start", "order": []string{c.entry}}, nil)
	x.must(newborn, "askAccess", at("space", space), obj{"role": "viewer"}, nil)
	c.connection = "connection-" + space
	err := x.db.Patients().Update(x.t.Context(), nil, func(ctx context.Context, tx patients.Tx) error {
		return tx.PutConnection(ctx, patients.Connection{ID: c.connection, Space: space, Name: "EHR", Link: "https://ehr.example.org/" + space, Version: "r4", Auth: "none", Created: time.Unix(1_800_000_000, 0)}, nil)
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return c
}
