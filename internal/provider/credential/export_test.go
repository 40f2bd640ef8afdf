package credential

import "time"

// ParseAnswer gives what a token answer means, for fuzzing.
func ParseAnswer(contentType string, body []byte) (token string, life time.Duration, p *Problem) {
	a, p := parseAnswer(contentType, body, func(s string) string { return s })
	return a.token, a.life, p
}

// OAuthURI finds the token URL in a capability statement.
func OAuthURI(body []byte) string { return oauthURI(body) }

// LimitTokens makes s keep n tokens only.
func (s *Source) LimitTokens(n int) { s.tokens.limit = n }

// Kept is how many tokens are kept.
func (s *Source) Kept() int { return len(s.tokens.by) }

// Bounds the tests rely on.
const (
	MaxToken  = maxToken
	MaxAnswer = maxAnswer
	DropBurst = dropBurst
	DropEvery = dropEvery
)
