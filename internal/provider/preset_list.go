package provider

import (
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

// systemScopes are the SMART system scopes for what the interface reads (R4
// and STU3 names of types).
const systemScopes = "system/Patient.read system/Encounter.read system/Observation.read system/Condition.read system/AllergyIntolerance.read " +
	"system/MedicationRequest.read system/Coverage.read system/Practitioner.read system/Location.read"

func needClient(what string) Need { return Need{"--client-id", what} }

var (
	needSecret = Need{"--client-secret-file", "the client's secret, in a file or on standard input (-)"}
	needKey    = Need{"--private-key-file", "the private half of the key whose public half the vendor has, as PEM or JWK"}
)

// contract is a partner of the interface's original contract: the secret in
// the body, and the tenant's GUID as the scope of the token.
func contract(name, title string) Preset {
	return Preset{
		Name: name, Title: title, Versions: []fhir.Version{fhir.DSTU2, fhir.STU3},
		Auth:  credential.Settings{Method: credential.ClientSecretPost, Params: map[string]string{"scope": TenantPlaceholder}},
		Needs: []Need{needClient("the client id from the partner's registration portal"), needSecret},
		Doc:   "docs/providers/original-contract.md",
	}
}

// azure is a server that takes tokens of Microsoft Entra ID.
func azure(name, title, page string, versions []fhir.Version, params map[string]string, more ...Need) Preset {
	return Preset{
		Name: name, Title: title, Versions: versions,
		Auth: credential.Settings{Method: credential.ClientSecretPost, Params: params},
		Needs: append([]Need{
			needClient("the application (client) id of the app registration in Microsoft Entra ID"),
			{"--client-secret-file", "the value of a client secret of that registration (not its id), in a file or on standard input (-)"},
		}, more...),
		Doc: page,
	}
}

// open is a server that anybody may call.
func open(name, title, page string, versions []fhir.Version) Preset {
	return Preset{Name: name, Title: title, Versions: versions, Auth: credential.Settings{Method: credential.None}, Doc: page}
}

// Presets lists what is known, by name.
func Presets() []Preset {
	const azurePage, hapiPage = "docs/providers/azure.md", "docs/providers/hapi.md"
	all, r4 := fhir.Versions(), []fhir.Version{fhir.R4}
	tokenV2 := Need{"--token-url", "https://login.microsoftonline.com/DIRECTORY-ID/oauth2/v2.0/token with the directory (tenant) id of the registration"}
	scopeV2 := map[string]string{"scope": OriginPlaceholder + "/.default"}

	tenantPath := open("hapi-tenant-path", "HAPI FHIR, partition in the path", hapiPage, all)
	tenantPath.TenantPath = true
	partition := open("hapi-partition-header", "HAPI FHIR, partition in a header", hapiPage, all)
	partition.Needs = []Need{{"--header X-Request-Partition-IDs=ID", "the partition's number, or DEFAULT, from whoever runs the server"}}

	return []Preset{
		{
			Name: "aidbox", Title: "Aidbox", Versions: r4,
			Auth:  credential.Settings{Method: credential.ClientSecretPost, TokenURL: OriginPlaceholder + "/auth/token"},
			Needs: []Need{needClient("the id of a Client resource with grant type client_credentials"), needSecret},
			Doc:   "docs/providers/aidbox.md",
		},
		azure("azure-fhir", "FHIR Server for Azure and Azure API for FHIR, v2 tokens", azurePage, []fhir.Version{fhir.STU3, fhir.R4}, scopeV2, tokenV2),
		azure("azure-fhir-v1", "FHIR Server for Azure and Azure API for FHIR, v1 tokens", azurePage, []fhir.Version{fhir.STU3, fhir.R4},
			map[string]string{"resource": OriginPlaceholder}),
		azure("azure-health-data-services", "Azure Health Data Services", azurePage, r4, scopeV2, tokenV2),
		contract("cloverleaf", "Infor Cloverleaf FHIR Bridge"),
		contract("corolar", "Dapasoft Corolar"),
		contract("datica", "Datica CMI"),
		{
			Name: "epic", Title: "Epic", Versions: all,
			Auth:  credential.Settings{Method: credential.PrivateKeyJWT},
			Needs: []Need{needClient("the client id of the backend-system app, production or non-production as the server is"), needKey},
			Doc:   "docs/providers/epic.md",
		},
		{
			Name: "google", Title: "Google Cloud Healthcare API", Versions: all,
			Auth: credential.Settings{ //nolint:gosec // addresses, no secret
				Method: credential.JWTBearer, Algorithm: credential.RS256, TokenURL: "https://oauth2.googleapis.com/token", Subject: credential.NoClaim,
				Claims: map[string]string{"scope": "https://www.googleapis.com/auth/cloud-healthcare"},
			},
			Needs: []Need{{"--private-key-file", "the JSON key file of a service account with the role Healthcare FHIR Resource Reader"}},
			Doc:   "docs/providers/google.md",
		},
		open("hapi", "HAPI FHIR", hapiPage, all),
		partition,
		tenantPath,
		{
			Name: "medplum", Title: "Medplum", Versions: r4,
			Auth:  credential.Settings{Method: credential.ClientSecretBasic},
			Needs: []Need{needClient("the id of a ClientApplication of the project"), needSecret},
			Doc:   "docs/providers/medplum.md",
		},
		open("open-sandbox", "An open sandbox, such as HSPC's", "docs/providers/open-sandbox.md", all),
		{
			Name: "oracle-health", Title: "Oracle Health Millennium (Cerner)", Versions: []fhir.Version{fhir.DSTU2, fhir.R4},
			Auth:  credential.Settings{Method: credential.ClientSecretBasic, Params: map[string]string{"scope": systemScopes}},
			Needs: []Need{needClient("the client id of the system app in the developer portal"), needSecret},
			Doc:   "docs/providers/oracle-health.md",
		},
		{
			Name: "redox", Title: "Redox FHIR API", Versions: r4,
			Auth: credential.Settings{Method: credential.PrivateKeyJWT, TokenURL: "https://api.redoxengine.com/v2/auth/token"}, //nolint:gosec // an address
			Needs: []Need{
				needClient("the client id of an OAuth API key in the Redox dashboard"), needKey,
				{"--key-id", "the kid of the public key there; not needed when the private key is a JWK that says it"},
			},
			Doc: "docs/providers/redox.md",
		},
	}
}
