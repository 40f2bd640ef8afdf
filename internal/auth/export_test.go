package auth

import "time"

// Forget drops the tokens remembered as verified.
func (s *Service) Forget() {
	s.verified = newRecent[[32]byte, *verified](s.cfg.VerifyCache)
}

// Remembered reports whether a token is remembered as verified.
func (s *Service) Remembered(token string) bool {
	_, ok := s.verified.get(tokenHash(token))
	return ok
}

// SignWith signs any payload under any header with the key that signs now:
// what a fault of ours, or a stolen key, could make.
func (s *Service) SignWith(header, payload string) string {
	g, err := s.current.Load().signer(s.cfg.Clock())
	if err != nil {
		panic(err)
	}
	if header == "" {
		header = g.header[:len(g.header)-1]
	} else {
		header = encode64([]byte(header))
	}
	token, err := g.sign([]byte(header + "." + encode64([]byte(payload))))
	if err != nil {
		panic(err)
	}
	return string(token)
}

// SigningKID is the kid of the key that signs now.
func (s *Service) SigningKID() string {
	g, err := s.current.Load().signer(s.cfg.Clock())
	if err != nil {
		panic(err)
	}
	return g.key.ID
}

// ReadAssertion is readAssertion for the fuzz target.
func ReadAssertion(token string, now time.Time, audience string) (client string, err error) {
	a, err := readAssertion(token, now, audience)
	return a.client, err
}

// ParseJWKS is parseJWKS for the fuzz target.
func ParseJWKS(text []byte) (int, error) {
	keys, err := parseJWKS(text)
	return len(keys), err
}

// ParseForm is parseForm for the fuzz target.
func ParseForm(body string) (map[string]string, bool) {
	f, err := parseForm(body)
	return f, err == nil
}

// MakeSecret is newSecret.
func MakeSecret() string { return newSecret() }
