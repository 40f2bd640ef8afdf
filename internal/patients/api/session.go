package api

import (
	"context"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/people"
)

func (a *API) getSession(ctx context.Context, in operation.None) (out Session, err error) {
	return out, errMissing
}

func (a *API) signIn(ctx context.Context, in SignIn) (out Session, err error) { return out, errMissing }

func (a *API) signOut(ctx context.Context, in operation.None) (out operation.None, err error) {
	return out, errMissing
}

func (a *API) keepSession(ctx context.Context, in operation.None) (out operation.None, err error) {
	return out, errMissing
}

func (a *API) firstAccount(ctx context.Context, in FirstAccount) (out Session, err error) {
	return out, errMissing
}

func (a *API) setPrefs(ctx context.Context, in PrefsInput) (out people.Person, err error) {
	return out, errMissing
}

func (a *API) createPerson(ctx context.Context, in PersonInput) (out Invited, err error) {
	return out, errMissing
}

func (a *API) createSpace(ctx context.Context, in SpaceInput) (out SpaceView, err error) {
	return out, errMissing
}

func (a *API) getSpace(ctx context.Context, in SpaceID) (out SpaceView, err error) {
	return out, errMissing
}

func (a *API) changeSpace(ctx context.Context, in SpacePatch) (out SpaceView, err error) {
	return out, errMissing
}

func (a *API) getMembers(ctx context.Context, in SpaceID) (out Members, err error) {
	return out, errMissing
}

func (a *API) setMember(ctx context.Context, in MemberInput) (out Members, err error) {
	return out, errMissing
}

func (a *API) askAccess(ctx context.Context, in AccessAsk) (out operation.None, err error) {
	return out, errMissing
}

func (a *API) decideAccess(ctx context.Context, in AccessDecision) (out Members, err error) {
	return out, errMissing
}

func (a *API) searchAudit(ctx context.Context, in AuditQuery) (out AuditPage, err error) {
	return out, errMissing
}
