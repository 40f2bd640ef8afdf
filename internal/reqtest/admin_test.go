package reqtest

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to stand in the server's way (REQ-AUD-4)
)

// admin is [Admin] by the binary's commands. Everything that depends on how
// they are spelled is here.
type admin struct {
	server *server
	source Source
	http   *http.Client
}

func (a *admin) MapTenant(t *testing.T, tenant, provider string) {
	t.Helper()
	a.server.run(t, "tenant", "map", tenant, provider)
}

func (a *admin) UnmapTenant(t *testing.T, tenant string) {
	t.Helper()
	a.server.run(t, "tenant", "unmap", tenant)
}

func (a *admin) CreateStore(t *testing.T, name string, files ...string) {
	t.Helper()
	from := a.source
	if len(from.Bases) > 0 { // nothing is made on a foreign server
		from.Elsewhere = false
	}
	a.server.provide(t, from, name, name, files...)
}

// BreakStore overwrites the store's files with what is no database.
func (a *admin) BreakStore(t *testing.T, name string) {
	t.Helper()
	holds := a.server.holder()
	files, err := filepath.Glob(filepath.Join(holds.data, "stores", name+".db*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 { // made at first use
		files = []string{filepath.Join(holds.data, "stores", name+".db")}
	}
	for _, f := range files {
		size := 1 << 16
		if info, err := os.Stat(f); err == nil {
			size = int(info.Size())
		}
		if err := os.WriteFile(f, []byte(strings.Repeat("not a database. ", size/16+1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func (a *admin) CreateClient(t *testing.T, name string, tenants ...string) Client {
	t.Helper()
	return clientOf(t, a.server.runJSON(t, append([]string{"client", "create", name}, grants(tenants)...)...))
}

func (a *admin) CreateKeyClient(t *testing.T, name string, jwks []byte, tenants ...string) Client {
	t.Helper()
	file := filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(file, jwks, 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"client", "create", name, "--jwks", file}, grants(tenants)...)
	return Client{ID: str(a.server.runJSON(t, args...), "client_id")}
}

// grants: no tenant is every tenant.
func grants(tenants []string) []string {
	if len(tenants) == 0 {
		return []string{"--all-tenants"}
	}
	var args []string
	for _, tenant := range tenants {
		args = append(args, "--tenant", tenant)
	}
	return args
}

func clientOf(t *testing.T, v any) Client {
	t.Helper()
	c := Client{ID: str(v, "client_id"), Secret: str(v, "client_secret")}
	if c.ID == "" || c.Secret == "" {
		t.Fatalf("no client_id and client_secret in %v", v)
	}
	return c
}

func (a *admin) RegenerateSecret(t *testing.T, c Client) Client {
	t.Helper()
	v := a.server.runJSON(t, "secret", "regenerate", c.ID, "--overlap", "24h")
	return Client{ID: c.ID, Secret: str(v, "client_secret")}
}

// RevokeSecret ends the older of the client's two secrets.
func (a *admin) RevokeSecret(t *testing.T, c Client) {
	t.Helper()
	all := items(a.server.runJSON(t, "secret", "list", c.ID), "secrets")
	created := func(s any) time.Time {
		at, err := time.Parse(time.RFC3339, str(s, "created"))
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	oldest := slices.MinFunc(all, func(a, b any) int { return created(a).Compare(created(b)) })
	a.server.run(t, "secret", "revoke", c.ID, str(oldest, "id"))
}

// items are the elements of an array, alone or under a name.
func items(v any, name string) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	if l := list(v, name); l != nil {
		return l
	}
	if v == nil {
		return nil
	}
	return []any{v}
}

func (a *admin) Audit(t *testing.T, args ...string) []AuditRecord {
	t.Helper()
	raw := a.server.run(t, append([]string{"audit", "search", "--limit", "0", "--output", "json"}, args...)...)
	var recs []AuditRecord
	for _, v := range items(decodeAll(t, raw), "records") {
		recs = append(recs, auditRecord(v))
	}
	return recs
}

func (a *admin) DataFiles(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	files, err := filepath.Glob(filepath.Join(a.server.data, "wardbridge.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no main database in %s: %v", a.server.data, err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = raw
	}
	return out
}

// BlockWrites takes the write lock of the main database and keeps it.
func (a *admin) BlockWrites(t *testing.T) func() {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(a.server.data, "wardbridge.db")+"?_pragma=busy_timeout(60000)")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatalf("taking the write lock: %v", err)
	}
	return func() {
		if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
			t.Errorf("giving the write lock back: %v", err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func (a *admin) Log(*testing.T) []byte { return a.server.log.bytes() }

func (a *admin) StoreBase(name string) string {
	if base := a.source.Bases[strings.TrimPrefix(name, "store-")]; base != "" {
		return base
	}
	return a.server.holder().origin + "/stores/" + name + "/fhir"
}

// auditRecord reads a record as `audit search --output json` prints it.
func auditRecord(v any) AuditRecord {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // it has just been decoded
	}
	rec := AuditRecord{
		RequestID: str(v, "request"), Tenant: str(v, "tenant"), Client: str(v, "client"), TokenID: str(v, "token"),
		Operation: str(v, "operation"), Interaction: str(v, "interaction"), Type: str(v, "type"), Phase: str(v, "phase"),
		Entry: toInt(str(v, "entry")), Status: toInt(str(v, "status")), Raw: string(raw),
	}
	for name, to := range map[string]*[]string{"ids": &rec.IDs, "patients": &rec.Patients, "params": &rec.Params} {
		for _, e := range list(v, name) {
			*to = append(*to, str(e, ""))
		}
	}
	return rec
}
