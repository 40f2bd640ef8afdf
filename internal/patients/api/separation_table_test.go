package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/patients"
)

// A call is how one operation is asked about something in a space.
type call struct {
	op    string
	query string
	body  any
	extra map[string]string // what the path needs beside ids of the content
	// needs is the smallest role that may; "audit" is owners and auditors,
	// "author" who wrote it, which is the owner here.
	needs string
	// status is what they get, where it is neither 200 nor 204: the house has
	// no record system.
	status int
}

// calls is one call of every operation on what is in a space. Those that
// remove something come last.
func calls(c content) []call {
	day := "2026-11-23"
	return []call{
		{op: "getSpace", needs: "any"},
		{op: "changeSpace", body: obj{"version": 1, "name": "Ward"}, needs: "owner"},
		{op: "getMembers", needs: "owner"},
		{op: "setMember", extra: map[string]string{"person": vic}, body: obj{"role": "viewer"}, needs: "owner"},
		{op: "decideAccess", extra: map[string]string{"person": newborn}, body: obj{"grant": false}, needs: "owner"},
		{op: "searchAudit", needs: "audit"},
		{op: "searchAudit", query: "?entry=" + c.entry, needs: "audit"},
		{op: "getLists", needs: "viewer"},
		{op: "createList", body: obj{"name": "New"}, needs: "member"},
		{op: "getList", needs: "viewer"},
		{op: "changeList", body: obj{"version": 1, "name": "Renamed"}, needs: "member"},
		{op: "changeList", body: obj{"version": 2, "beds": []string{"1", "2"}}, needs: "owner"},
		{op: "restoreList", extra: map[string]string{"list": c.deleted}, needs: "member"},
		{op: "setView", body: obj{"sort": "bed"}, needs: "viewer"},
		{op: "saveSchema", body: obj{"name": "Columns", "columns": []obj{{"key": "hr"}}}, needs: "member"},
		{op: "addPatients", body: obj{"patients": []obj{{"identity": obj{"family": "Okafor", "given": "Ada"}}}}, needs: "member"},
		{op: "checkDuplicates", body: obj{"identity": obj{"family": secretName, "given": "Test"}}, needs: "member"},
		{op: "getPatient", needs: "viewer"},
		{op: "setField", extra: map[string]string{"column": "summary"}, body: obj{"base": 0, "value": "changed by someone"}, needs: "member"},
		{op: "addTodo", body: obj{"text": "x"}, needs: "member"},
		{op: "changeTodo", body: obj{"version": 1, "done": true}, needs: "member"},
		{op: "addNote", body: obj{"text": "x"}, needs: "member"},
		{op: "changeNote", body: obj{"version": 1, "text": "x"}, needs: "author"},
		{op: "markSeen", body: obj{"upTo": 1}, needs: "viewer"},
		{op: "changeRound", body: obj{"action": "seen", "entry": c.entry}, needs: "member"},
		{op: "exportList", body: obj{"format": "csv", "deidentified": false, "purpose": "for Dr Who " + day}, needs: "viewer"},
		{op: "printList", body: obj{"layout": "pocket", "purpose": "for Dr Who"}, needs: "viewer"},
		{op: "copyPatient", body: obj{"format": "sbar"}, needs: "viewer"},
		{op: "getConnectionChoices", needs: "owner"},
		{op: "connect", body: obj{"name": "EHR", "link": "https://ehr.example.org/fhir", "save": false}, needs: "owner", status: 500},
		{op: "testConnection", needs: "owner", status: 500},
		{op: "searchPatients", body: obj{"text": "lundqvist"}, needs: "member", status: 502},
		{op: "pastePatients", body: obj{"mrns": []string{"1"}}, needs: "member", status: 502},
		{op: "getSection", extra: map[string]string{"kind": "vitals"}, needs: "viewer", status: 409},
		{op: "decideIdentity", body: obj{"action": "confirm", "base": 0}, needs: "member", status: 412},
		{op: "refreshList", needs: "viewer"},
		{op: "streamList", needs: "viewer"},
		{op: "deleteTodo", query: "?version=2", needs: "member"},
		{op: "deleteNote", needs: "author"},
		{op: "changeEntries", body: obj{"entries": []string{c.entry}, "action": "remove"}, needs: "member"},
		{op: "removeConnection", needs: "owner"},
		{op: "deleteList", needs: "member"},
	}
}

// elsewhere are the operations that are on nothing in a space, with why.
var elsewhere = map[string]string{
	"getSession": "one's own", "signIn": "nobody's yet", "signOut": "one's own", "keepSession": "one's own",
	"firstAccount": "who has the link", "setPrefs": "one's own", "changePassword": "one's own: TestChangePassword", "createPerson": "administrators",
	"createSpace": "administrators", "askAccess": "who has no role: TestAskAccess", "getDrafts": "one's own: TestDraftsAreOnesOwn", "setDraft": "one's own",
	"getPurpose": "one's own", "download": "who has the ticket, once",
}

func (c content) ids(extra map[string]string) map[string]string {
	ids := map[string]string{
		"space": c.space, "list": c.list, "entry": c.entry, "todo": c.todo, "note": c.note, "connection": c.connection,
	}
	maps.Copy(ids, extra)
	return ids
}

// A new operation is either on something in a space, and then in the table
// below, or it says here why not.
func TestSeparationCoversEveryOperation(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	covered := map[string]bool{}
	for _, c := range calls(content{}) {
		covered[c.op] = true
	}
	for id := range x.ops {
		if covered[id] == (elsewhere[id] != "") {
			t.Errorf("%s: in the table of calls: %v, elsewhere: %q; want exactly one of them", id, covered[id], elsewhere[id])
		}
	}
}

// Who has no role in a space gets 404 for everything in it, whatever else they
// are, and changes nothing. So does who is of another tenant, even with a
// membership in the table.
func TestSeparationOfSpacesAndTenants(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	a := x.fill(ann, "space-a", secretName)
	x.fill(bob, "space-b", "Blum")
	before := x.everything(a)
	for _, who := range []string{bob, newborn, eve} {
		for _, c := range calls(a) {
			status, answer := x.ask(who, c.op, a.ids(c.extra), c.query, c.body)
			if status != http.StatusNotFound {
				t.Errorf("%s%s as %s: %d, want 404: %s", c.op, c.query, who, status, answer)
			}
			if strings.Contains(answer, secretName) || strings.Contains(answer, secretNote) || strings.Contains(answer, "Ward space-a") {
				t.Errorf("%s as %s tells of the space: %s", c.op, who, answer)
			}
		}
	}
	if after := x.everything(a); after != before {
		t.Errorf("what is in the space changed:\n%s\n%s", before, after)
	}
	for _, c := range calls(a) {
		if status, answer := x.ask("", c.op, a.ids(c.extra), c.query, c.body); status != http.StatusUnauthorized {
			t.Errorf("%s as nobody: %d, want 401: %s", c.op, status, answer)
		}
	}
}

// everything is what the owner sees of a space: its parts that do not change
// by looking.
func (x *house) everything(c content) string {
	x.t.Helper()
	var out []string
	for _, op := range []string{"getMembers", "getLists", "getPatient"} {
		status, text := x.ask(ann, op, c.ids(nil), "", nil)
		if status != http.StatusOK {
			x.t.Fatalf("%s: %d %s", op, status, text)
		}
		if i := strings.Index(text, `"now":`); i > 0 {
			text = text[:i]
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n")
}

// In the space, each role may do what it may: more is 403, not 404.
func TestRolesInTheSpace(t *testing.T) {
	t.Parallel()
	order := []string{"viewer", "member", "owner"}
	for who, role := range map[string]string{ann: "owner", max: "member", vic: "viewer", aud: "auditor"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			x := newHouse(t)
			a := x.fill(ann, "space-a", secretName)
			for _, c := range calls(a) {
				may := c.needs == "any" || slices.Index(order, role) >= slices.Index(order, c.needs) && slices.Contains(order, c.needs) && role != "auditor"
				switch c.needs {
				case "audit":
					may = role == "owner" || role == "auditor"
				case "author":
					may = role == "owner"
				}
				status, answer := x.ask(who, c.op, a.ids(c.extra), c.query, c.body)
				want := []int{http.StatusForbidden}
				switch {
				case may && c.status != 0:
					want = []int{c.status}
				case may:
					want = []int{http.StatusOK, http.StatusNoContent}
				}
				if !slices.Contains(want, status) {
					t.Errorf("%s as %s: %d, want %v: %.300s", c.op, role, status, want, answer)
				}
				if role == "auditor" && (strings.Contains(answer, secretName) || strings.Contains(answer, secretNote)) {
					t.Errorf("%s tells the auditor of patients: %s", c.op, answer)
				}
			}
		})
	}
}

// Ids of another space inside the body lead nowhere: an owner of B, asking about B.
func TestIDsOfAnotherSpaceInTheBody(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	a, b := x.fill(ann, "space-a", secretName), x.fill(bob, "space-b", "Blum")
	before := x.everything(a)
	subject := obj{"connection": a.connection, "patient": "p1"}
	seen := decode[patients.PatientView](t, x.get(bob, "getPatient", b.ids(nil)))
	for i, c := range []call{
		{op: "createList", body: obj{"name": "Copy", "copyOf": a.list}},
		{op: "createList", body: obj{"name": "With their columns", "schema": a.schema}},
		{op: "changeList", body: obj{"version": 1, "schema": a.schema}},
		{op: "saveSchema", body: obj{"name": "Theirs", "schema": a.schema, "version": 1, "columns": []obj{{"key": "hr"}}}},
		{op: "saveSchema", body: obj{"name": "For their list", "list": a.list, "columns": []obj{{"key": "hr"}}}},
		{op: "addPatients", body: obj{"patients": []obj{{"subject": subject, "identity": obj{"family": "Lund", "given": "A"}}}}},
		{op: "changeEntries", body: obj{"entries": []string{a.entry}, "action": "remove"}},
		{op: "changeEntries", body: obj{"entries": []string{a.entry}, "action": "copy", "to": b.list}},
		{op: "changeEntries", body: obj{"entries": []string{b.entry}, "action": "copy", "to": a.list}},
		{op: "changeEntries", body: obj{"entries": []string{b.entry}, "action": "move", "to": a.list}},
		{op: "changeRound", body: obj{"action": "seen", "entry": a.entry}},
		{op: "decideIdentity", body: obj{"action": "relink", "base": seen.Entry.Cells["identity"].Seq, "subject": subject, "seen": obj{"family": "Lund"}}},
		{op: "searchPatients", body: obj{"text": "lund", "connection": a.connection}},
		{op: "pastePatients", body: obj{"mrns": []string{"1"}, "connection": a.connection}},
		{op: "connect", body: obj{"name": "EHR", "link": "https://ehr.example.org/fhir", "replaces": a.connection, "save": true}},
		{op: "testConnection", extra: map[string]string{"connection": a.connection}},
		{op: "removeConnection", extra: map[string]string{"connection": a.connection}},
	} {
		t.Run(fmt.Sprintf("%02d %s", i, c.op), func(t *testing.T) {
			status, answer := x.ask(bob, c.op, b.ids(c.extra), "", c.body)
			if status < 400 || status >= 500 {
				t.Errorf("%d, want a refusal: %.300s", status, answer)
			}
			if strings.Contains(answer, secretName) || strings.Contains(answer, secretNote) {
				t.Errorf("it tells of the other space: %s", answer)
			}
		})
	}
	if after := x.everything(a); after != before {
		t.Errorf("what is in the other space changed:\n%s\n%s", before, after)
	}
	// The record of B holds nothing of A, though B's owner asked for it.
	_, answer := x.ask(bob, "searchAudit", b.ids(nil), "?entry="+a.entry, nil)
	if strings.Contains(answer, "Person "+ann) || strings.Contains(answer, `"`+ann+`"`) || strings.Contains(answer, a.list) {
		t.Errorf("the audit of B tells of A: %s", answer)
	}
}

func TestDraftsAreOnesOwn(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	a := x.fill(ann, "space-a", secretName)
	x.must(ann, "setDraft", map[string]string{"key": "note:" + a.entry}, obj{"text": secretNote}, nil)
	for who, want := range map[string]bool{ann: true, max: false, bob: false, eve: false} {
		if _, answer := x.ask(who, "getDrafts", nil, "", nil); strings.Contains(answer, secretNote) != want {
			t.Errorf("%s sees the draft: %v, want %v", who, !want, want)
		}
	}
}
