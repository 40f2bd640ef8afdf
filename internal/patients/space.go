package patients

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// Operations on spaces, as the audit record names them.
const (
	SpaceCreate  = "SpaceCreate"
	SpaceChange  = "SpaceChange"
	MemberSet    = "MemberSet"
	MemberRemove = "MemberRemove"
	AccessAsk    = "AccessAsk"
	AccessGrant  = "AccessGrant"
	AccessRefuse = "AccessRefuse"
	AuditSearch  = "AuditSearch"
)

// generalChannel is made with each space.
const generalChannel = "general"

// maxSpaceName is in characters.
const maxSpaceName = 100

// A SpaceInfo is a space as a person in it sees it. The auditor sees of it
// what the audit record needs, and nothing else.
type SpaceInfo struct {
	Space       Space
	Role        Role
	Channels    []Channel
	Connections []Connection
	Schemas     []Schema // built-in ones first
	Owners      []string
	Requests    []AccessRequest // for owners
	People      map[string]string
}

// A SpaceEdit changes a space; nil fields stay. Version is the one that the
// asker saw.
type SpaceEdit struct {
	Version  int64
	Name     *string
	Manual   *bool
	Settings *Settings
}

// Spaces are how the signed-in person stands to the spaces of their tenant.
func (s *Service) Spaces(ctx context.Context) (out []Standing, err error) {
	p, err := person(ctx)
	if err != nil {
		return nil, err
	}
	err = s.view(ctx, "", func(ctx context.Context, tx Tx, _ *audit.Record) (err error) {
		out, err = tx.Spaces(ctx, p.Tenant, p.ID)
		return err
	})
	return out, err
}

// Idle is how long a person may do nothing: as the strictest of their spaces
// says.
func (s *Service) Idle(ctx context.Context, person string) (time.Duration, error) {
	minutes := 0
	err := s.storage.View(ctx, func(ctx context.Context, tx Tx) (err error) {
		minutes, err = tx.IdleMinutes(ctx, person)
		return err
	})
	if minutes <= 0 {
		minutes = defaultSettings("").IdleMinutes
	}
	return time.Duration(minutes) * time.Minute, err
}

// CreateSpace makes a space of the signed-in administrator's tenant, with the
// channel "general". Who makes it owns it.
func (s *Service) CreateSpace(ctx context.Context, name, zone string) (Space, error) {
	p, err := person(ctx)
	if err != nil {
		return Space{}, err
	}
	if !p.Admin {
		return Space{}, operation.Problemf(http.StatusForbidden, "forbidden", "Only an administrator makes spaces. Ask one for a space of your own.")
	}
	return s.MakeSpace(ctx, Space{ID: newID(), Tenant: p.Tenant, Name: name, Settings: Settings{Zone: zone}}, Membership{Person: p.ID, Role: Owner})
}

// MakeSpace makes a space with its first members, on behalf of whoever may
// decide that: an administrator, or the demo. Settings of which there is only a
// zone are the ordinary ones.
func (s *Service) MakeSpace(ctx context.Context, sp Space, members ...Membership) (Space, error) {
	sp.Name = cleanLine(sp.Name)
	if sp.Settings == (Settings{Zone: sp.Settings.Zone}) {
		sp.Settings = defaultSettings(sp.Settings.Zone)
	}
	faults := sp.Settings.faults()
	if f := lineFault(sp.Name, maxSpaceName); f != "" {
		faults["name"] = f
	}
	if len(faults) > 0 {
		return Space{}, invalidFields(faults)
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	sp.Created, sp.Version = now, 1
	err := s.update(ctx, SpaceCreate, func(ctx context.Context, tx Tx, rec *audit.Record) error {
		rec.Space = sp.ID
		if rec.Person == "" {
			rec.Actor = "demo"
		}
		if err := tx.PutSpace(ctx, sp); err != nil {
			return err
		}
		if err := tx.PutChannel(ctx, Channel{ID: newID(), Space: sp.ID, Name: generalChannel}); err != nil {
			return err
		}
		for _, m := range members {
			m.Space, m.Since = sp.ID, now
			if err := tx.SetRole(ctx, m); err != nil {
				return err
			}
		}
		return nil
	})
	return sp, err
}

// Space is a space as the signed-in person sees it.
func (s *Service) Space(ctx context.Context, id string) (out SpaceInfo, err error) {
	err = s.view(ctx, "", func(ctx context.Context, tx Tx, rec *audit.Record) error {
		a, err := s.enter(ctx, tx, rec, id, AnyRole)
		if err != nil {
			return err
		}
		out, err = spaceInfo(ctx, tx, a)
		return err
	})
	return out, err
}

// spaceInfo gathers what the asker may know of the space.
func spaceInfo(ctx context.Context, tx Tx, a Asker) (out SpaceInfo, err error) {
	out = SpaceInfo{Space: a.Space, Role: a.Role, People: map[string]string{}}
	members, err := tx.Members(ctx, a.Space.ID)
	if err != nil {
		return out, err
	}
	for _, m := range members {
		out.People[m.Person] = m.Name
		if m.Role == Owner {
			out.Owners = append(out.Owners, m.Name)
		}
	}
	if a.Role.Includes(Owner) {
		if out.Requests, err = tx.AccessRequests(ctx, a.Space.ID); err != nil {
			return out, err
		}
	}
	if !a.Role.Includes(Viewer) {
		return out, nil
	}
	if out.Channels, err = tx.Channels(ctx, a.Space.ID); err != nil {
		return out, err
	}
	if out.Connections, err = tx.Connections(ctx, a.Space.ID); err != nil {
		return out, err
	}
	own, err := tx.Schemas(ctx, a.Space.ID)
	out.Schemas = append(BuiltIn(), own...)
	return out, err
}

// ChangeSpace lets an owner name the space, set it up, or choose manual mode.
// Who edits what someone else has changed meanwhile is shown what is there.
func (s *Service) ChangeSpace(ctx context.Context, id string, e SpaceEdit) (out SpaceInfo, err error) {
	err = s.update(ctx, SpaceChange, func(ctx context.Context, tx Tx, rec *audit.Record) error {
		a, err := s.enter(ctx, tx, rec, id, Owner)
		if err != nil {
			return err
		}
		if out, err = spaceInfo(ctx, tx, a); err != nil {
			return err
		}
		if e.Version != a.Space.Version {
			return conflict(out)
		}
		changed, faults := e.apply(&out.Space)
		if len(faults) > 0 {
			return invalidFields(faults)
		}
		out.Space.Version++
		rec.Detail = strings.Join(changed, " ")
		return tx.PutSpace(ctx, out.Space)
	})
	return out, err
}

// apply makes the edit, and names what it changed and what is wrong with it.
func (e SpaceEdit) apply(sp *Space) (changed []string, faults map[string]string) {
	faults = map[string]string{}
	if e.Name != nil {
		sp.Name = cleanLine(*e.Name)
		changed = append(changed, "name")
		if f := lineFault(sp.Name, maxSpaceName); f != "" {
			faults["name"] = f
		}
	}
	if e.Manual != nil {
		sp.Manual = *e.Manual
		changed = append(changed, "manual")
		if !sp.Manual && !sp.EHR {
			faults["manual"] = "is the only mode: connect a record system first"
		}
	}
	if e.Settings != nil {
		sp.Settings = *e.Settings
		changed = append(changed, "settings")
		for field, f := range sp.Settings.faults() {
			faults["settings."+field] = f
		}
	}
	return changed, faults
}

// cleanLine gives a name of one line, without what would confuse whoever reads
// it.
func cleanLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control) {
			return ' '
		}
		return r
	}, norm.NFC.String(s))
	return strings.Join(strings.Fields(s), " ")
}

func lineFault(s string, most int) string {
	switch {
	case s == "":
		return "is missing"
	case !utf8.ValidString(s):
		return "has characters that it may not have"
	case utf8.RuneCountInString(s) > most:
		return "is too long"
	}
	return ""
}

// invalidFields is the answer to input with mistakes, by field.
func invalidFields(faults map[string]string) error {
	p := operation.Problemf(http.StatusUnprocessableEntity, "invalid", "Correct the fields that are marked.")
	p.Errors = faults
	return p
}
