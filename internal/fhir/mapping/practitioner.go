package mapping

import (
	"strconv"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// properName is the name a practitioner goes by where there is room for one:
// official, else usual, else the first (§12).
func properName(list fhir.Node) fhir.Node {
	for _, use := range []string{"official", "usual"} {
		for n := range list.Children() {
			if n.Get("use").Is(use) {
				return n
			}
		}
	}
	return list.At(0)
}

const rolePlan = "Practitioner.practitionerRole"

// Roles gives the PractitionerRoles of version to (STU3 or R4) that a DSTU2
// Practitioner carries, with the ids "{practitioner}-r{n}" from 1 (§12). One
// with a modifierExtension is left out, and its number with it: n is no index
// of the answer. A Practitioner without roles, or a version that has none, gives
// none. An error is a *fhir.Error (KindUpstream) for what is no Practitioner.
func Roles(practitioner []byte, to fhir.Version) ([][]byte, error) {
	doc, err := fhir.Index(practitioner)
	if err != nil {
		return nil, notAResource().Because(err)
	}
	root := doc.Root()
	if !root.Get("resourceType").Is("Practitioner") {
		return nil, notAResource()
	}
	if to != fhir.STU3 && to != fhir.R4 {
		return nil, nil
	}
	var roles [][]byte
	n, shown := 0, fullName(root.Get("name").First())
	if len(shown) > maxShown {
		shown = ""
	}
	for role := range root.Get("practitionerRole").Values() {
		n++
		if role.IsObject() && role.Get("modifierExtension").Len() == 0 {
			roles = append(roles, makeRole(root.Get("id").String(), shown, role, n, to))
		}
	}
	return roles, nil
}

// maxShown bounds, in bytes, the name that each role repeats: a longer one is no
// name, and times the roles it would be more than a server can hold.
const maxShown = 1000

func makeRole(id, shown string, role fhir.Node, n int, to fhir.Version) []byte {
	d := directionOf(fhir.DSTU2, to)
	c := converter{d: d, path: []string{"Practitioner", "practitionerRole"}}
	c.buf = append(c.buf, `{"resourceType":"PractitionerRole"`...)
	if id != "" {
		c.buf = fhir.AppendString(append(c.buf, `,"id":`...), id+"-r"+strconv.Itoa(n))
	}
	f := frame{p: d.plans[rolePlan], n: role}
	c.practitioner(id, shown)
	for m := range role.Children() {
		if m.Name() != "id" {
			c.member(&f, m)
		}
	}
	return append(c.buf, '}')
}

// practitioner writes the reference to who has the role.
func (c *converter) practitioner(id, shown string) {
	if id == "" && shown == "" {
		return
	}
	c.buf = append(c.buf, `,"practitioner":{`...)
	if id != "" {
		c.buf = fhir.AppendString(append(c.buf, `"reference":`...), "Practitioner/"+id)
	}
	if shown != "" {
		c.comma()
		c.buf = fhir.AppendString(append(c.buf, `"display":`...), shown)
	}
	c.buf = append(c.buf, '}')
}

// fullName is a name as a person writes it.
func fullName(n fhir.Node) string {
	if t := n.Get("text").String(); t != "" {
		return t
	}
	var parts []string
	for _, part := range []string{"prefix", "given", "family", "suffix"} {
		for v := range n.Get(part).Values() {
			if s := v.String(); s != "" {
				parts = append(parts, s)
			}
		}
	}
	return strings.Join(parts, " ")
}

// Fold puts PractitionerRoles of version from (STU3 or R4) into a Practitioner
// that is of DSTU2 already, after the roles it has (§12). One that is no longer
// active, or has a modifierExtension, is left out: DSTU2 cannot say so. An
// error is a *fhir.Error (KindUpstream) for what is no such resource.
func Fold(practitioner []byte, roles [][]byte, from fhir.Version) ([]byte, error) {
	doc, err := fhir.Index(practitioner)
	if err != nil {
		return nil, notAResource().Because(err)
	}
	root := doc.Root()
	if !root.Get("resourceType").Is("Practitioner") {
		return nil, notAResource()
	}
	if from != fhir.STU3 && from != fhir.R4 || len(roles) == 0 {
		return practitioner, nil
	}
	list := []byte{'['}
	for r := range root.Get("practitionerRole").Values() {
		list = append(append(list, r.Raw()...), ',')
	}
	for _, r := range roles {
		folded, err := foldRole(r, from)
		if err != nil {
			return nil, err
		}
		if folded != nil {
			list = append(append(list, folded...), ',')
		}
	}
	if len(list) == 1 {
		return practitioner, nil
	}
	list[len(list)-1] = ']'
	return fhir.Splice(practitioner, []fhir.Edit{fhir.Set(root, "practitionerRole", list)}), nil
}

// foldRole is a PractitionerRole as DSTU2's backbone, nil for an empty one.
func foldRole(role []byte, from fhir.Version) ([]byte, error) {
	doc, err := fhir.Index(role)
	if err != nil {
		return nil, notAResource().Because(err)
	}
	if !doc.Root().Get("resourceType").Is("PractitionerRole") {
		return nil, notAResource()
	}
	if active := doc.Root().Get("active"); active.Exists() && !active.True() || doc.Root().Get("modifierExtension").Len() > 0 {
		return nil, nil
	}
	d := directionOf(from, fhir.DSTU2)
	c := converter{d: d, path: []string{"PractitionerRole"}, buf: []byte{'{'}}
	f := frame{p: d.plans[rolePlan], n: doc.Root()}
	for m := range f.n.Children() {
		switch m.Name() {
		case "id", "extension":
		default:
			if f.p.members[m.Name()] != nil {
				c.member(&f, m)
			}
		}
	}
	if len(c.buf) == 1 {
		return nil, nil
	}
	return append(c.buf, '}'), nil
}
