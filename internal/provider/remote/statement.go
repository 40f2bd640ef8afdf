package remote

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Detect reads a provider's version from its capability statement: resourceType
// Conformance is DSTU2, else fhirVersion decides (version-mapping §14). release
// is the version in the statement's own words, such as "4.0.1". The text of an
// error says what to do and is for the operator.
func Detect(body []byte) (v fhir.Version, release string, err error) {
	doc, err := fhir.Parse(body)
	if err != nil {
		return 0, "", fmt.Errorf("the statement is not JSON: %w", err)
	}
	root := doc.Root()
	release = root.Get("fhirVersion").String()
	switch typ := root.Get("resourceType"); {
	case typ.Is("Conformance"):
		return fhir.DSTU2, release, nil
	case !typ.Is("CapabilityStatement"):
		return 0, release, errors.New("this is no capability statement: give the base URL below which metadata is found")
	case release == "":
		return 0, "", errors.New("the statement does not say its fhirVersion: give the version by hand")
	}
	if v, err = fhir.ParseVersion(release); err != nil {
		return 0, release, fmt.Errorf("the provider speaks FHIR %.20q, which is not one of dstu2 (1.0), stu3 (3.0) and r4 (4.0, 4.3)", release)
	}
	return v, release, nil
}

// The extension that names the OAuth endpoints, as SMART App Launch has it and
// as older servers write it.
var oauthExtensions = []string{
	"http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
	"http://fhir-registry.smartplatforms.org/Profile/oauth-uris",
}

// OAuthURIs gives the OAuth endpoints that a capability statement announces,
// "" for those it does not: the extension oauth-uris, in either spelling,
// anywhere below the security of rest in mode server (version-mapping §14), its
// parts nested or, as old servers have them, written out as
// "…/oauth-uris#token".
func OAuthURIs(body []byte) (token, authorize string) {
	doc, err := fhir.Parse(body)
	if err != nil {
		return "", ""
	}
	found := map[string]string{}
	for rest := range doc.Root().Get("rest").Values() {
		if mode := rest.Get("mode"); mode.Is("server") || !mode.Exists() {
			oauth(rest.Get("security"), found)
		}
	}
	return found["token"], found["authorize"]
}

func oauth(n fhir.Node, found map[string]string) {
	if base, part, _ := strings.Cut(n.Get("url").String(), "#"); isOAuth(base) {
		if part != "" {
			note(n, part, found)
		}
		for e := range n.Get("extension").Values() {
			note(e, e.Get("url").String(), found)
		}
	}
	for c := range n.Children() {
		oauth(c, found)
	}
}

func isOAuth(u string) bool {
	u = strings.Replace(strings.TrimRight(u, "/"), "https://", "http://", 1)
	for _, e := range oauthExtensions {
		if strings.EqualFold(u, e) {
			return true
		}
	}
	return false
}

// note keeps the first address of a part: token, authorize.
func note(e fhir.Node, part string, found map[string]string) {
	for _, member := range []string{"valueUri", "valueUrl", "valueString"} {
		if v := strings.TrimSpace(e.Get(member).String()); v != "" && found[part] == "" {
			found[part] = v
		}
	}
}
