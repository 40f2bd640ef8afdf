package credential

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Bounds on what a token endpoint may say.
const (
	maxAnswer   = 256 << 10       // bytes of a token answer
	maxToken    = 32 << 10        // bytes of an access token; it must fit in a header
	defaultLife = 5 * time.Minute // when expires_in is not said (RFC 6749 §5.1 only recommends it)
	longestLife = 24 * time.Hour  // a token is renewed daily whatever is said
	maxWait     = time.Minute     // of Retry-After
	maxQuoted   = 300             // bytes of foreign text in a problem
)

// An answer is what a token endpoint granted.
type answer struct {
	token string
	life  time.Duration
	scope string
}

// parseAnswer reads a successful token answer (RFC 6749 §5.1). Its problems
// never quote the token; hide withholds foreign text that repeats a secret.
func parseAnswer(contentType string, body []byte, hide func(string) string) (answer, *Problem) {
	fields, ok := object(body)
	if !ok {
		return answer{}, notJSON(contentType, body)
	}
	if p := oauthError(http.StatusOK, fields, hide); p != nil {
		return answer{}, p // some servers say so with status 200
	}
	token, ok := text(fields["access_token"])
	switch {
	case !ok || token == "":
		return answer{}, answerProblem("The token endpoint's answer has no access_token.", "Check --token-url: it must be the OAuth 2.0 token endpoint.")
	case len(token) > maxToken:
		return answer{}, answerProblem("The token endpoint's access token is too long for a header.", "Ask the vendor for a shorter one, such as with fewer scopes.")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return answer{}, answerProblem("The token endpoint's access token holds characters that no header may (RFC 6750 §2.1).", "Ask the vendor to mend it.")
	}
	if typ, said := fields["token_type"]; said && !isNull(typ) {
		if t, ok := text(typ); !ok || !isBearer(t) {
			return answer{}, answerProblem("The token endpoint grants a token of a type other than Bearer.", "Ask the vendor for Bearer tokens (RFC 6750).")
		}
	}
	life, ok := seconds(fields["expires_in"])
	if !ok {
		return answer{}, answerProblem("The token endpoint's expires_in is not a number of seconds.", "Ask the vendor to mend it (RFC 6749 §5.1).")
	}
	scope, _ := text(fields["scope"])
	return answer{token: token, life: life, scope: printable(hide(scope), maxQuoted)}, nil
}

// isBearer accepts no type said, and the name that one widespread gateway has
// for it.
func isBearer(typ string) bool {
	return typ == "" || strings.EqualFold(typ, "bearer") || strings.EqualFold(typ, "BearerToken")
}

func answerProblem(what, do string) *Problem {
	return &Problem{Reason: ReasonAnswer, What: what, Do: do}
}

// object reads one JSON object; names are taken exactly.
func object(body []byte) (map[string]json.RawMessage, bool) {
	var fields map[string]json.RawMessage
	err := json.Unmarshal(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")), &fields)
	return fields, err == nil && fields != nil
}

func text(raw json.RawMessage) (string, bool) {
	var s *string
	if json.Unmarshal(raw, &s) != nil || s == nil {
		return "", false
	}
	return *s, true
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

// seconds reads a life: a number, a number in a string, or nothing said.
func seconds(raw json.RawMessage) (time.Duration, bool) {
	if len(raw) == 0 || isNull(raw) {
		return defaultLife, true
	}
	digits, ok := text(raw)
	if !ok {
		digits = string(bytes.TrimSpace(raw))
	}
	if digits = strings.TrimSpace(digits); digits == "" {
		return defaultLife, true
	}
	n, err := strconv.ParseFloat(digits, 64)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange), math.IsNaN(n):
		return 0, false
	case n <= 0:
		return defaultLife, true // some say so of tokens that do not end
	case n >= longestLife.Seconds():
		return longestLife, true
	}
	return time.Duration(n * float64(time.Second)), true
}

// notJSON explains an answer that is not a JSON object.
func notJSON(contentType string, body []byte) *Problem {
	typ, _, _ := mime.ParseMediaType(contentType)
	head := bytes.ToLower(bytes.TrimSpace(body[:min(len(body), 256)]))
	switch {
	case len(head) == 0:
		return answerProblem("The token endpoint's answer is empty.", "Check --token-url: it must be the OAuth 2.0 token endpoint.")
	case strings.Contains(typ, "html") || bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html")):
		return answerProblem("The token endpoint answers with a web page, not with JSON.",
			"Check --token-url: it may be the authorize URL or a sign-in page, or a proxy may stand between.")
	}
	return answerProblem("The token endpoint's answer is not a JSON object.", "Check --token-url: it must be the OAuth 2.0 token endpoint.")
}

// refusal explains an answer whose status is not success.
func refusal(status int, h http.Header, body []byte, now time.Time, hide func(string) string) *Problem {
	if status >= 300 && status < 400 {
		return &Problem{
			Reason: ReasonRedirect, Status: status, What: "The token endpoint redirects (" + strconv.Itoa(status) + "); a secret is not sent on.",
			Do: "Give the address it redirects to as --token-url, if it is the vendor's.",
		}
	}
	fields, isJSON := object(body)
	var p *Problem
	if isJSON {
		p = oauthError(status, fields, hide)
	}
	if p == nil {
		p = statusProblem(status)
	}
	if status == http.StatusTooManyRequests || status >= 500 {
		// A code such as server_error or temporarily_unavailable changes nothing.
		code := p.Code
		p = statusProblem(status)
		p.Code = code
	}
	p.Status = status
	p.retryAfter = retryAfter(h, now)
	return p
}

func statusProblem(status int) *Problem {
	code := strconv.Itoa(status)
	switch {
	case status == http.StatusTooManyRequests:
		return &Problem{Reason: ReasonBusy, What: "The token endpoint answers 429: too many requests.", Do: "Wait, or ask the vendor to raise the limit."}
	case status >= 500:
		return &Problem{Reason: ReasonBusy, What: "The token endpoint answers " + code + ".", Do: "Try again later; if it stays so, tell the vendor."}
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		const checkClient = "Check --client-id, its secret or key, and --auth with the vendor."
		return &Problem{Reason: ReasonCredentials, What: "The token endpoint refuses us (" + code + ").", Do: checkClient}
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone:
		return answerProblem("The token endpoint answers "+code+": it is not there.", "Check --token-url with the vendor.")
	case status == http.StatusUnsupportedMediaType:
		return &Problem{Reason: ReasonRequest, What: "The token endpoint answers 415: it does not take the body's form.", Do: "Add --token-json, or leave it out."}
	}
	return &Problem{Reason: ReasonRequest, What: "The token endpoint answers " + code + ".", Do: "Check --auth and the --token-param settings with the vendor."}
}

// oauthCodes explains the codes of RFC 6749 §5.2 and RFC 8707 §2.
var oauthCodes = map[string]struct {
	reason   Reason
	what, do string
}{
	"invalid_client": {
		ReasonCredentials, "does not know the client or refuses its secret or signature",
		"Check --client-id, the secret or key (has it expired?), --key-id, and that the vendor has the public key that belongs to it.",
	},
	"unauthorized_client": {
		ReasonCredentials, "does not let this client have tokens in this way",
		"Ask the vendor to allow the client-credentials grant (a backend or system app) for the client.",
	},
	"invalid_grant": {ReasonCredentials, "refuses the assertion", "Check --assertion-audience, the client id, --key-id, and this machine's clock."},
	"access_denied": {ReasonCredentials, "denies access", "Ask the vendor to approve the client for this server."},
	"invalid_scope": {
		ReasonRequest, "refuses the scope",
		"Check --token-param scope=… with the vendor; where it is the tenant, check that the vendor knows the tenant.",
	},
	"invalid_target":         {ReasonRequest, "refuses the resource or audience", "Check --token-param resource=… or audience=… with the vendor."},
	"invalid_resource":       {ReasonRequest, "refuses the resource", "Check --token-param resource=… with the vendor; for Azure it is the server's audience."},
	"unsupported_grant_type": {ReasonRequest, "does not offer this grant", "Choose another --auth with the vendor."},
	"invalid_request":        {ReasonRequest, "finds a parameter missing or wrong", "Check --auth, --token-json and the --token-param settings with the vendor."},
}

// oauthError explains an OAuth error; nil when the answer holds none.
func oauthError(status int, fields map[string]json.RawMessage, hide func(string) string) *Problem {
	code, ok := text(fields["error"])
	if !ok || code == "" {
		return nil
	}
	code = printable(hide(code), 60)
	known, ok := oauthCodes[code]
	if !ok {
		known.reason, known.what, known.do = ReasonRequest, "answers with an error", "Ask the vendor what it means."
	}
	p := &Problem{Reason: known.reason, Status: status, Code: code, What: "The token endpoint " + known.what + " (" + code + ").", Do: known.do}
	if detail, ok := text(fields["error_description"]); ok && detail != "" {
		p.What = strings.TrimSuffix(p.What, ".") + ": " + printable(hide(detail), maxQuoted) + "."
	}
	return p
}

// retryAfter reads the header's seconds or date (RFC 9110 §10.2.3), at most a
// minute.
func retryAfter(h http.Header, now time.Time) time.Duration {
	said := h.Get("Retry-After")
	if n, err := strconv.Atoi(said); err == nil {
		return min(time.Duration(min(max(n, 0), 3600))*time.Second, maxWait)
	}
	if at, err := http.ParseTime(said); err == nil {
		return min(max(at.Sub(now), 0), maxWait)
	}
	return 0
}

// printable makes foreign text fit to show: one line, bounded.
func printable(s string, limit int) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar || unicode.IsSpace(r) }), " ")
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
