package patients

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/people"
)

// SpaceMembers are a space's people, and who could become one.
type SpaceMembers struct {
	Members  []Membership
	Requests []AccessRequest
	Others   []people.Person
}

// Members are for owners.
func (s *Service) Members(ctx context.Context, space string) (out SpaceMembers, err error) {
	err = s.view(ctx, "", func(ctx context.Context, tx Tx, rec *audit.Record) error {
		a, err := s.enter(ctx, tx, rec, space, Owner)
		if err != nil {
			return err
		}
		out, err = membersOf(ctx, tx, a.Space)
		return err
	})
	return out, err
}

func membersOf(ctx context.Context, tx Tx, sp Space) (out SpaceMembers, err error) {
	if out.Members, err = tx.Members(ctx, sp.ID); err != nil {
		return out, err
	}
	if out.Requests, err = tx.AccessRequests(ctx, sp.ID); err != nil {
		return out, err
	}
	all, err := tx.Candidates(ctx, sp.Tenant)
	for _, p := range all {
		if !slices.ContainsFunc(out.Members, func(m Membership) bool { return m.Person == p.ID }) {
			p.Prefs = people.Prefs{} // their own business
			out.Others = append(out.Others, p)
		}
	}
	return out, err
}

// SetMember lets an owner give a person of the space's tenant a role, or with
// the role "" take it. The last owner stays one.
func (s *Service) SetMember(ctx context.Context, space, who string, role Role) (out SpaceMembers, err error) {
	op := MemberSet
	if role == "" {
		op = MemberRemove
	}
	return s.changeMembers(ctx, op, space, who, func(ctx context.Context, tx Tx, a Asker, rec *audit.Record) error {
		rec.Detail = string(role)
		if role == "" {
			return s.takeRole(ctx, tx, a.Space, who)
		}
		return s.giveRole(ctx, tx, a.Space, who, role)
	})
}

// DecideAccess lets an owner grant a request, with the role asked for or
// another one, or refuse it.
func (s *Service) DecideAccess(ctx context.Context, space, who string, grant bool, role Role) (SpaceMembers, error) {
	op := AccessRefuse
	if grant {
		op = AccessGrant
	}
	return s.changeMembers(ctx, op, space, who, func(ctx context.Context, tx Tx, a Asker, rec *audit.Record) error {
		asked, err := tx.AccessRequests(ctx, space)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(asked, func(r AccessRequest) bool { return r.Person == who })
		if i < 0 {
			return ErrNotFound
		}
		if !grant {
			return tx.DeleteAccessRequest(ctx, space, who)
		}
		if role == "" {
			role = asked[i].Role
		}
		rec.Detail = string(role)
		return s.giveRole(ctx, tx, a.Space, who, role)
	})
}

// changeMembers runs fn for an owner and gives the members as they are then.
func (s *Service) changeMembers(ctx context.Context, op, space, who string, fn func(ctx context.Context, tx Tx, a Asker, rec *audit.Record) error) (out SpaceMembers, err error) {
	err = s.update(ctx, op, func(ctx context.Context, tx Tx, rec *audit.Record) error {
		a, err := s.enter(ctx, tx, rec, space, Owner)
		if err != nil {
			return err
		}
		if err := fn(ctx, tx, a, rec); err != nil {
			return err
		}
		rec.Target = "Person/" + who
		out, err = membersOf(ctx, tx, a.Space)
		return err
	})
	if err == nil {
		s.streams.roleChanged(who)
	}
	return out, err
}

// giveRole makes someone of the space's tenant a member. Their request, if
// any, is settled by it.
func (s *Service) giveRole(ctx context.Context, tx Tx, sp Space, who string, role Role) error {
	if !role.valid() {
		return invalidFields(map[string]string{"role": "is not one of those there are"})
	}
	all, err := tx.Candidates(ctx, sp.Tenant)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(p people.Person) bool { return p.ID == who }) {
		return ErrNotFound
	}
	if role != Owner {
		if err := keepsOwner(ctx, tx, sp, who); err != nil {
			return err
		}
	}
	if err := tx.SetRole(ctx, Membership{Space: sp.ID, Person: who, Role: role, Since: s.now().UTC().Truncate(time.Microsecond)}); err != nil {
		return err
	}
	return tx.DeleteAccessRequest(ctx, sp.ID, who)
}

func (s *Service) takeRole(ctx context.Context, tx Tx, sp Space, who string) error {
	members, err := tx.Members(ctx, sp.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(members, func(m Membership) bool { return m.Person == who }) {
		return ErrNotFound
	}
	if err := keepsOwner(ctx, tx, sp, who); err != nil {
		return err
	}
	return tx.SetRole(ctx, Membership{Space: sp.ID, Person: who})
}

// keepsOwner refuses to leave a space without an owner once who is none. Who is
// disabled, or of another tenant, cannot enter and so is no owner to count on.
func keepsOwner(ctx context.Context, tx Tx, sp Space, who string) error {
	members, err := tx.Members(ctx, sp.ID)
	if err != nil {
		return err
	}
	able, err := tx.Candidates(ctx, sp.Tenant)
	if err != nil {
		return err
	}
	was, others := false, false
	for _, m := range members {
		switch {
		case m.Role != Owner:
		case m.Person == who:
			was = true
		default:
			others = others || slices.ContainsFunc(able, func(p people.Person) bool { return p.ID == m.Person })
		}
	}
	if was && !others {
		return operation.Problemf(http.StatusConflict, "last-owner", "A space needs an owner. Make someone else an owner first.")
	}
	return nil
}

// AskAccess asks for a role in a space of one's own tenant; asking again
// changes the wish. Other tenants' spaces are not there.
func (s *Service) AskAccess(ctx context.Context, space string, role Role) error {
	p, err := person(ctx)
	if err != nil {
		return err
	}
	return s.update(ctx, AccessAsk, func(ctx context.Context, tx Tx, rec *audit.Record) error {
		sp, has, err := tx.EnterSpace(ctx, space, p.ID)
		if err != nil {
			return err
		}
		if sp.Tenant != p.Tenant {
			return ErrNotFound
		}
		if !role.valid() {
			return invalidFields(map[string]string{"role": "is not one of those there are"})
		}
		if has.Includes(role) {
			return operation.Problemf(http.StatusConflict, "has-role", "You can enter this space already. Load the page again.")
		}
		rec.Space, rec.Detail = sp.ID, string(role)
		return tx.PutAccessRequest(ctx, AccessRequest{Space: sp.ID, Person: p.ID, Role: role, Asked: s.now().UTC().Truncate(time.Microsecond)})
	})
}
