package chart

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// present are the states of an encounter in which the patient is, or is
// expected back, in the hospital.
var present = []string{"in-progress", "arrived", "triaged", "onleave"}

// An encounter is one contact or stay.
type encounter struct {
	id, status, class, kind, location, start, end string
	fields                                        []Field
}

// encounters are the contacts, those in progress first, then the newest first.
// What was entered in error or cancelled is left out.
func encounters(resources []fhir.Node) []encounter {
	var out []encounter
	for _, e := range resources {
		status := e.Get("status").String()
		if status == "entered-in-error" || status == "cancelled" {
			continue
		}
		period := e.Get("period")
		c := encounter{
			id: e.Get("id").String(), status: status, class: className(e.Get("class")), location: location(e),
			start: period.Get("start").String(), end: period.Get("end").String(),
		}
		for _, k := range texts(e.Get("type")) {
			c.kind = k
			break
		}
		c.fields = fields(
			Field{"location", c.location}, Field{"type", c.kind}, Field{"class", c.class}, Field{"reason", strings.Join(texts(e.Get("reasonCode")), ", ")},
			Field{"period", join(" – ", c.start, c.end)}, Field{"attending", attending(e)},
			Field{"discharge", text(e.Get("hospitalization").Get("dischargeDisposition"))},
		)
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b encounter) int {
		return cmp.Or(boolean(b.present())-boolean(a.present()), newestFirst(a.start, b.start), newestFirst(a.end, b.end), strings.Compare(a.id, b.id))
	})
	return out
}

func (e encounter) present() bool { return slices.Contains(present, e.status) }

// className is how a class (a Coding) is called.
func className(c fhir.Node) string {
	return cmp.Or(clean(c.Get("display").String()), clean(c.Get("code").String()))
}

// location is where the patient is: the location that is active, else the last
// that was not merely reserved or planned.
func location(e fhir.Node) string {
	active, last := "", ""
	for l := range e.Get("location").Values() {
		s := display(l.Get("location"))
		if s == "" {
			continue
		}
		switch status := l.Get("status").String(); {
		case status == "active" || status == "" && !l.Get("period").Get("end").Exists():
			active = cmp.Or(active, s)
		case status == "reserved" || status == "planned": // nobody lies there yet
		case last == "" || status == "completed":
			last = s
		}
	}
	return cmp.Or(active, last)
}

func attending(e fhir.Node) string {
	for p := range e.Get("participant").Values() {
		if s := display(p.Get("individual")); s != "" {
			return s
		}
	}
	return ""
}

// now is the encounter that tells where the patient is: one in progress, else
// the newest that is over.
func current(all []encounter) (encounter, bool) {
	for _, e := range all {
		if e.present() || e.status == "finished" || e.status == "unknown" || e.status == "" {
			return e, true
		}
	}
	return encounter{}, false
}

// item is an encounter on the page.
func (e encounter) item() Item {
	it := Item{ID: e.id, Text: cmp.Or(e.kind, e.class, e.status), Detail: e.location, State: e.status, Current: e.present(), Fields: e.fields}
	it.Time, it.TimeLabel = e.moment()
	return it
}

// moment is what the time of an encounter means: someone who is here was
// admitted, one who has left was discharged.
func (e encounter) moment() (at, label string) {
	switch {
	case e.status == "finished" && e.end != "":
		return e.end, "discharged"
	case e.start == "":
		return "", ""
	case e.status == "planned":
		return e.start, "planned"
	}
	return e.start, "admitted"
}

// stayItems are the columns of the stay. Someone who has left has no bed and
// no day of stay: the item says since when.
func stayItems(all []encounter, now time.Time) map[string][]Item {
	out := map[string][]Item{}
	e, ok := current(all)
	if !ok {
		return out
	}
	base := Item{ID: e.id, State: e.status, Current: e.present()}
	base.Time, base.TimeLabel = e.moment()
	put := func(column, text string) {
		if text != "" {
			it := base
			it.Text = text
			out[column] = []Item{it}
		}
	}
	put("status", cmp.Or(e.status, "unknown"))
	put("type", cmp.Or(e.kind, e.class))
	put("location", e.location)
	put("admitted", e.start)
	if it := out["admitted"]; it != nil && e.present() {
		it[0].Time, it[0].TimeLabel = e.start, "admitted"
	}
	if day, ok := dayOfStay(e, now); ok {
		put("day", day)
	}
	return out
}

// coverages are who pays.
func coverages(resources []fhir.Node, now time.Time) []Item {
	var out []Item
	for _, c := range resources {
		it := Item{ID: c.Get("id").String(), State: c.Get("status").String()}
		if it.State == "entered-in-error" {
			continue
		}
		var payors []string
		for p := range c.Get("payor").Values() {
			if s := cmp.Or(display(p), clean(p.Get("identifier").Get("value").String())); s != "" {
				payors = append(payors, s)
			}
		}
		group, plan := class(c, "group"), class(c, "plan")
		period := c.Get("period")
		start, end := period.Get("start").String(), period.Get("end").String()
		it.Text = cmp.Or(strings.Join(payors, ", "), plan, group, text(c.Get("type")))
		if it.Text == "" {
			continue
		}
		if plan != it.Text {
			it.Detail = plan
		}
		it.Current = (it.State == "active" || it.State == "") && (end == "" || !over(end, now))
		if start != "" {
			it.Time, it.TimeLabel = start, "started"
		}
		it.Fields = fields(
			Field{"payor", strings.Join(payors, ", ")}, Field{"group", group}, Field{"plan", plan}, Field{"type", text(c.Get("type"))},
			Field{"subscriberId", clean(c.Get("subscriberId").String())}, Field{"period", join(" – ", start, end)},
			Field{"subscriber", display(c.Get("subscriber"))},
		)
		out = append(out, it)
	}
	return currentFirst(out)
}

// class is a coverage's group or plan by name, else by number.
func class(c fhir.Node, typ string) string {
	for k := range c.Get("class").Values() {
		if code(k.Get("type")) == typ {
			return cmp.Or(clean(k.Get("name").String()), clean(k.Get("value").String()))
		}
	}
	return ""
}
