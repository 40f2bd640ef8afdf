package app

import (
	"context"
	"net"
	"net/netip"

	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/people"
)

// The demo's space has not begun: how one begins is what a newcomer wants to
// see first.
const (
	demoSpace = "demo-ward-7-east"
	demoWard  = "Ward 7 East"
	demoZone  = "America/Chicago"
)

// demoStaff are the ready-made people, named by what they do.
func demoStaff() []struct {
	person people.Person
	role   patients.Role
} {
	return []struct {
		person people.Person
		role   patients.Role
	}{
		{people.Person{ID: "demo-charge-nurse", Name: "Charge nurse", Admin: true}, patients.Owner},
		{people.Person{ID: "demo-ward-nurse", Name: "Ward nurse"}, patients.Member},
		{people.Person{ID: "demo-resident", Name: "Resident physician"}, patients.Member},
		{people.Person{ID: "demo-auditor", Name: "Auditor"}, patients.Auditor},
	}
}

// demoPeople makes the ready-made people and their space, as far as they are
// missing. What they have made of it since is theirs.
func (s *System) demoPeople(ctx context.Context) error {
	var members []patients.Membership
	for _, d := range demoStaff() {
		if err := s.People.PutDemoPerson(ctx, d.person); err != nil {
			return err
		}
		members = append(members, patients.Membership{Person: d.person.ID, Role: d.role})
	}
	mine, err := s.Patients.Spaces(people.With(ctx, demoStaff()[0].person))
	if err != nil {
		return err
	}
	for _, st := range mine {
		if st.Space.ID == demoSpace {
			return nil
		}
	}
	_, err = s.Patients.MakeSpace(ctx, patients.Space{ID: demoSpace, Name: demoWard, Settings: patients.Settings{Zone: demoZone}}, members...)
	return err
}

// PageURL is the URL of a page for who runs the server: by the public URL if
// there is one, else at the address it listens on.
func (s *System) PageURL(path string, listening net.Addr) string {
	if origin := s.cfg.origin(); origin != "" {
		return origin + path
	}
	addr := s.cfg.Listen
	if listening != nil {
		addr = listening.String()
	}
	if ap, err := netip.ParseAddrPort(addr); err == nil && ap.Addr().IsUnspecified() {
		addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), ap.Port()).String()
	}
	if s.cfg.TLS.Cert != "" {
		return "https://" + addr + path
	}
	return "http://" + addr + path
}
