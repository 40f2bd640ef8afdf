package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/patients/api"
)

// TestListOverHTTP goes the way of a list as the pages go it: the shapes that
// are answered, a conflict with what is there, and no null where a page counts
// on a list.
func TestListOverHTTP(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	space := map[string]string{"space": "space-a"}
	var l patients.List
	x.must(ann, "createList", space, obj{"name": "Ward 7E"}, &l)
	list := map[string]string{"list": l.ID}
	var added api.Added
	one := obj{"identity": obj{"family": "Rivera", "given": "Ana", "born": "1981-11-10"}, "bed": "7E-2"}
	x.must(max, "addPatients", list, obj{"patients": []obj{one}}, &added)
	if len(added.Entries) != 1 || len(added.Duplicates) != 0 {
		t.Fatalf("added %+v", added)
	}
	x.must(max, "addPatients", list, obj{"patients": []obj{one}}, &added)
	if len(added.Entries) != 0 || len(added.Duplicates) != 1 || added.Duplicates[0].Why != "nameAndBorn" || added.Duplicates[0].ListName != "Ward 7E" {
		t.Errorf("added again: %+v", added)
	}
	e := map[string]string{"entry": added.Duplicates[0].Entry, "column": "summary"}
	var view patients.ListView
	x.must(vic, "getList", list, nil, &view)
	var cell chart.Cell
	x.must(max, "setField", e, obj{"base": 0, "value": "Day 2"}, &cell)
	status, answer := x.ask(ann, "setField", e, "", obj{"base": 0, "value": "mine"})
	type conflict struct {
		operation.Problem
		Current chart.Cell `json:"current"`
	}
	if p := decode[conflict](t, answer); status != http.StatusPreconditionFailed || p.Code != "conflict" || p.Current.Seq != cell.Seq || p.Current.Items[0].Text != "Day 2" {
		t.Errorf("the second save gives %d: %s", status, answer)
	}
	x.must(vic, "getList", list, nil, &view)
	if len(view.Marks) != 1 || view.Marks[0].New != "Day 2" || view.Entries[0].Cells["summary"].Items[0].Text != "Day 2" {
		t.Errorf("the viewer sees %+v", view.Marks)
	}
	var left api.Marks
	x.must(vic, "markSeen", list, obj{"upTo": view.Seq}, &left)
	if len(left.Marks) != 0 {
		t.Errorf("after all is seen there are %+v", left.Marks)
	}
	var todo patients.Todo
	x.must(max, "addTodo", e, obj{"text": "Blood count", "due": "2026-11-24"}, &todo)
	x.must(max, "changeTodo", map[string]string{"todo": todo.ID}, obj{"version": 1, "done": true}, &todo)
	if !todo.Done || todo.DoneBy != max {
		t.Errorf("the to-do is %+v", todo)
	}
	for _, op := range []struct {
		id  string
		ids map[string]string
	}{{"getLists", space}, {"getList", list}, {"getPatient", e}} {
		if _, answer := x.ask(vic, op.id, op.ids, "", nil); strings.Contains(answer, ":null") {
			t.Errorf("%s answers with null: %s", op.id, answer)
		}
	}
	for _, bad := range []struct {
		op   string
		ids  map[string]string
		body obj
	}{
		{"changeEntries", list, obj{"entries": []string{}, "action": "remove"}},
		{"changeRound", list, obj{"action": "dance"}},
		{"createList", space, obj{"name": " "}},
		{"setField", e, obj{"base": 9, "value": 7}},
	} {
		status, answer := x.ask(ann, bad.op, bad.ids, "", bad.body)
		if p := decode[operation.Problem](t, answer); status != http.StatusUnprocessableEntity || len(p.Errors) != 1 {
			t.Errorf("%s of %v gives %d: %s", bad.op, bad.body, status, answer)
		}
	}
}

// TestDownloadOverHTTP: a ticket is a path that works without a session, once.
func TestDownloadOverHTTP(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	var l patients.List
	x.must(ann, "createList", map[string]string{"space": "space-a"}, obj{"name": "Ward 7E"}, &l)
	var ticket api.Ticket
	x.must(vic, "exportList", map[string]string{"list": l.ID}, obj{"format": "csv", "purpose": "rounds"}, &ticket)
	nobody := &browser{house: x, remote: "192.0.2.7", origin: "https://wb.example.org"}
	res := nobody.send("GET", ticket.Path, nil)
	h := res.Header
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || h.Get("Content-Type") != "text/csv; charset=utf-8" || h.Get("Cache-Control") != "no-store" ||
		!strings.HasPrefix(h.Get("Content-Disposition"), `attachment; filename="patients-`) {
		t.Errorf("the file comes as %d, %v", res.StatusCode, h)
	}
	again := nobody.send("GET", ticket.Path, nil)
	_ = again.Body.Close()
	if again.StatusCode != http.StatusNotFound {
		t.Errorf("a second time: %d, want 404", again.StatusCode)
	}
}
