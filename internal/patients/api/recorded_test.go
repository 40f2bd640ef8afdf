package api_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/audit"
)

// recordedAs are the names by which operations are in the audit record (ui
// §1.2, interface §11).
var recordedAs = map[string]string{
	"changeSpace": "SpaceChange", "setMember": "MemberSet", "decideAccess": "AccessRefuse", "searchAudit": "AuditSearch",
	"createList": "PatientListCreate", "getList": "PatientListView", "changeList": "PatientListRename", "restoreList": "PatientListRestore",
	"deleteList": "PatientListDelete", "saveSchema": "PatientSchemaCreate", "addPatients": "PatientListAddPatient",
	"changeEntries": "PatientListRemovePatient", "checkDuplicates": "PatientSearch", "getPatient": "PatientView", "setField": "PatientDetailsEdit",
	"addTodo": "PatientTodoAdd", "changeTodo": "PatientTodoEdit", "deleteTodo": "PatientTodoDelete", "addNote": "PatientNoteAdd",
	"changeNote": "PatientNoteEdit", "deleteNote": "PatientNoteDelete", "changeRound": "RoundPatientSeen", "exportList": "ExportInitiation",
	"printList": "PatientListPrint", "copyPatient": "CopyToClipboard", "searchPatients": "PatientSearch", "pastePatients": "PatientSearch",
	"getSection": "PatientView", "streamList": "PatientListView", "removeConnection": "EHRConnectionRemove", "testConnection": "EHRConnectionTest",
	"connect": "EHRConnectionTest", "decideIdentity": "PatientDetailsEdit",
}

// unrecorded are the operations that show nothing of a patient and change
// nothing of the team's.
var unrecorded = map[string]string{
	"getSpace": "settings", "getMembers": "names of the team", "getLists": "names of lists", "setView": "one's own", "markSeen": "one's own",
	"getConnectionChoices": "names of partners", "refreshList": "what comes of it is shown by the list and its stream",
}

// Every operation on something in a space leaves a record by its name, with
// person, space, and the list and the entry it is about; and no record holds a
// value.
func TestEveryOperationIsRecorded(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	a := x.fill(ann, "space-a", secretName)
	asked := map[string]bool{}
	for _, c := range calls(a) {
		name, why := recordedAs[c.op], unrecorded[c.op]
		if (name == "") == (why == "") {
			t.Errorf("%s: recorded as %q, not recorded because of %q; want exactly one of them", c.op, name, why)
		}
		if asked[c.op] {
			continue
		}
		asked[c.op] = true
		before := x.newest()
		status, answer := x.ask(ann, c.op, a.ids(c.extra), c.query, c.body)
		if c.status != 0 && status == c.status {
			continue // nothing was done: the house has no record system
		}
		recs := x.since(before)
		if name == "" {
			if len(recs) > 0 {
				t.Errorf("%s is recorded: %+v", c.op, recs)
			}
			continue
		}
		if len(recs) != 1 || recs[0].Operation != name || recs[0].Person != ann || recs[0].Space != a.space || recs[0].Status != 200 {
			t.Errorf("%s (%d %.100s): recorded %+v, want one %s of %s in %s", c.op, status, answer, recs, name, ann, a.space)
			continue
		}
		path := x.ops[c.op].Path
		aboutEntry := strings.Contains(path, "{entry}") || strings.Contains(path, "{todo}") || strings.Contains(path, "{note}")
		if aboutEntry && !slices.Contains(recs[0].Entries, a.entry) {
			t.Errorf("%s: the record is about entries %v, want %s", c.op, recs[0].Entries, a.entry)
		}
		if (aboutEntry || strings.Contains(path, "{list}")) && c.op != "restoreList" && recs[0].List != a.list {
			t.Errorf("%s: the record is about list %q, want %q", c.op, recs[0].List, a.list)
		}
	}
	for _, r := range x.since(0) {
		text, err := r.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range []string{secretName, secretNote, "Okafor", "changed by someone", "for Dr Who", "lundqvist"} {
			if strings.Contains(string(text), value) {
				t.Errorf("%s: the record holds %q: %s", r.Operation, value, text)
			}
		}
	}
}

// newest is the number of the newest record.
func (x *house) newest() int64 {
	x.t.Helper()
	page, err := x.log.Search(x.t.Context(), audit.Filter{Limit: 1})
	if err != nil {
		x.t.Fatal(err)
	}
	if len(page.Records) == 0 {
		return 0
	}
	return page.Records[0].Seq
}

// since are the records above a number.
func (x *house) since(seq int64) (out []audit.Record) {
	x.t.Helper()
	for r, err := range x.log.All(x.t.Context(), audit.Filter{}) {
		if err != nil {
			x.t.Fatal(err)
		}
		if r.Seq <= seq {
			break
		}
		out = append(out, *r)
	}
	return out
}
