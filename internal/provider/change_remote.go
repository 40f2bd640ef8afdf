package provider

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

// AddRemote adds a provider whose FHIR server is elsewhere. Its version is
// known by now: from its statement, or pinned.
func (s *Service) AddRemote(ctx context.Context, actor string, p Provider, sec Secrets) (Provider, error) {
	p.Kind = KindRemote
	sealed, err := s.checkRemote(&p, sec)
	if err != nil {
		return Provider{}, err
	}
	p.Created, p.Revision = s.clock().UTC(), 1
	c := Change{Actor: actor, Operation: "ProviderAdd", Provider: p.Name, Detail: p.detail()}
	err = s.change(ctx, c, func(ctx context.Context, tx Tx, st State) error {
		if find(st.Providers, func(o Provider) bool { return o.Name == p.Name }) != nil {
			return fmt.Errorf("%w: there is a provider %q already; change it with provider set", ErrConflict, p.Name)
		}
		if err := tx.PutProvider(ctx, p); err != nil {
			return err
		}
		return tx.PutSealed(ctx, p.Name, sealed)
	})
	return p, err
}

// ChangeRemote changes how a remote provider is reached: change gets a copy of
// what stands and makes of it what shall be. It may run more than once. What
// was learned of the provider is forgotten.
func (s *Service) ChangeRemote(ctx context.Context, actor, name string, change func(p *Provider, sec *Secrets) error) (Provider, error) {
	var out Provider
	c := Change{Actor: actor, Operation: "ProviderChange", Provider: name}
	err := s.change(ctx, c, func(ctx context.Context, tx Tx, st State) error {
		p := find(st.Providers, func(o Provider) bool { return o.Name == name })
		if p == nil {
			return fmt.Errorf("%w: there is no provider %q", ErrNotFound, name)
		}
		if p.Kind != KindRemote {
			return fmt.Errorf("%w: provider %q is an embedded store; only a provider elsewhere has these settings", ErrInvalid, name)
		}
		sec, err := s.unseal(name, st.Sealed[name])
		if err != nil {
			return err
		}
		if err := change(p, &sec); err != nil {
			return err
		}
		p.Name = name
		sealed, err := s.checkRemote(p, sec)
		if err != nil {
			return err
		}
		p.Revision++
		out = *p
		if err := tx.PutProvider(ctx, *p); err != nil {
			return err
		}
		return tx.PutSealed(ctx, name, sealed)
	})
	if err != nil {
		return Provider{}, err
	}
	return out, s.storage.SaveObserved(ctx, name, []byte("{}"))
}

// detail is what the audit says of a remote provider: nothing of its settings
// but where it leads and how it is signed in to.
func (p Provider) detail() string {
	return fmt.Sprintf("FHIR %s at %s, sign-in %s", p.Version.Release(), p.Remote.URL, p.Remote.Auth.Method)
}

func (s *Service) checkRemote(p *Provider, sec Secrets) ([]byte, error) {
	if err := p.Check(sec); err != nil {
		return nil, err
	}
	if !p.Version.Valid() {
		return nil, fmt.Errorf("%w: provider %q: want a FHIR version: dstu2, stu3 or r4", ErrInvalid, p.Name)
	}
	return s.seal(p.Name, sec)
}

// Check says whether a provider elsewhere can be reached as its settings and
// secrets have it, all but its version, and completes what follows from them.
func (p *Provider) Check(sec Secrets) error {
	p.Kind = KindRemote
	if err := p.validate(); err != nil {
		return err
	}
	p.Remote.Auth.Fill(sec.Auth)
	return p.Remote.validate(p.Name, sec)
}

// stored is the form in which secrets are sealed.
type stored struct {
	Auth           json.RawMessage `json:"auth,omitempty"`
	CertificateKey string          `json:"certificateKey,omitempty"`
}

func aad(name string) []byte { return []byte("provider_secret\x00sealed\x00" + name) }

func (s *Service) seal(name string, sec Secrets) ([]byte, error) {
	if sec == (Secrets{}) {
		return nil, nil
	}
	plain, err := json.Marshal(stored{Auth: sec.Auth.Reveal(), CertificateKey: sec.CertificateKey})
	if err != nil {
		return nil, fmt.Errorf("secrets of provider %q: %w", name, err)
	}
	return s.box.Seal(aad(name), plain), nil
}

func (s *Service) unseal(name string, sealed []byte) (sec Secrets, err error) {
	if sealed == nil {
		return sec, nil
	}
	plain, err := s.box.Open(aad(name), sealed)
	if err != nil {
		return sec, fmt.Errorf("the secrets of provider %q cannot be read with the keys in use; give them again with provider set, or bring the old sealing key back: %w", name, err)
	}
	var st stored
	if err := json.Unmarshal(plain, &st); err != nil {
		return sec, fmt.Errorf("secrets of provider %q: %w", name, err)
	}
	sec.CertificateKey = st.CertificateKey
	sec.Auth, err = credential.ParseSecret(st.Auth)
	return sec, err
}

// Secrets are what a remote provider is signed in to with, as this process
// sees them now.
func (s *Service) Secrets(name string) (Secrets, error) {
	return s.unseal(name, s.current.Load().state.Sealed[name])
}

// Observed is what was last seen of a provider, nil when nothing was.
func (s *Service) Observed(ctx context.Context, name string) ([]byte, error) {
	return s.storage.Observed(ctx, name)
}

// SaveObserved keeps what was seen of a provider.
func (s *Service) SaveObserved(ctx context.Context, name string, observed []byte) error {
	return s.storage.SaveObserved(ctx, name, observed)
}
