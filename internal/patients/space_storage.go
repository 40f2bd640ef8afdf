package patients

import (
	"context"

	"github.com/wardbridge/wardbridge/internal/people"
)

// spaceTx is what is kept of spaces and their channels.
type spaceTx interface {
	// EnterSpace gives a space and the role a person has there, "" for none.
	EnterSpace(ctx context.Context, space, person string) (Space, Role, error)
	// Spaces are the spaces of a tenant by name, with the role that a person
	// has in each, or has asked for.
	Spaces(ctx context.Context, tenant, person string) ([]Standing, error)
	// PutSpace adds or replaces a space.
	PutSpace(ctx context.Context, s Space) error
	// IdleMinutes is the shortest of the spaces a person has a role in; 0 is
	// none.
	IdleMinutes(ctx context.Context, person string) (int, error)
	Channels(ctx context.Context, space string) ([]Channel, error)
	PutChannel(ctx context.Context, c Channel) error
}

// memberTx is what is kept of who may enter.
type memberTx interface {
	// Members are by name.
	Members(ctx context.Context, space string) ([]Membership, error)
	// SetRole gives a person a role; "" takes it.
	SetRole(ctx context.Context, m Membership) error
	// AccessRequests are the oldest first.
	AccessRequests(ctx context.Context, space string) ([]AccessRequest, error)
	PutAccessRequest(ctx context.Context, r AccessRequest) error
	DeleteAccessRequest(ctx context.Context, space, person string) error
	// Candidates are the people of a tenant who are not disabled, by name.
	Candidates(ctx context.Context, tenant string) ([]people.Person, error)
	// PersonNames gives the names of people by id; who is unknown is left out.
	PersonNames(ctx context.Context, ids []string) (map[string]string, error)
}

// A Standing is how a person stands to a space.
type Standing struct {
	Space Space
	Role  Role // "" is none
	Asked Role // "" is not asked
}
