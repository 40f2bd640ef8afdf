package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// media is the JSON media type of a version.
func media(version string) string {
	if version == "dstu2" {
		return "application/json+fhir"
	}
	return "application/fhir+json"
}

// load puts every record into its base, by its own id. A record of the shared
// data that HAPI refuses is told and counted; one of the fixtures is an error.
func (p *peers) load(ctx context.Context) error {
	for _, l := range p.loads {
		begin := time.Now()
		l.refused = map[string]string{}
		for chunk := range slices.Chunk(patientsFirst(l.records), 100) {
			if err := p.put(ctx, l, chunk); err != nil {
				return err
			}
		}
		fmt.Printf("loaded %s: %d records in %v, %d refused\n", l.base(), len(l.records)-len(l.refused), time.Since(begin).Round(time.Millisecond), len(l.refused))
		if l.name == sliceName {
			continue
		}
		for key, why := range l.refused {
			return fmt.Errorf("HAPI refuses %s of the fixtures of %s: %s", key, l.base(), why)
		}
	}
	return p.findLosses(ctx)
}

// patientsFirst orders records so that whom they are about is there before
// them: HAPI finds by patient only what it could link when it was stored.
func patientsFirst(records []record) []record {
	rank := func(r record) int {
		if r.Type == "Patient" {
			return 0
		}
		return 1
	}
	return slices.SortedStableFunc(slices.Values(records), func(a, b record) int { return rank(a) - rank(b) })
}

// put sends records as one transaction, and one by one when that is refused.
func (p *peers) put(ctx context.Context, l *load, records []record) error {
	var entries []any
	for _, r := range records {
		entries = append(entries, map[string]any{
			"resource": r.body, "request": map[string]string{"method": http.MethodPut, "url": r.Type + "/" + r.ID},
		})
	}
	bundle := map[string]any{"resourceType": "Bundle", "type": "transaction", "entry": entries}
	status, body, err := p.send(ctx, http.MethodPost, l, "", bundle)
	if err != nil || status == http.StatusOK {
		return err
	}
	if len(records) == 1 {
		l.refused[records[0].Type+"/"+records[0].ID] = diagnostics(body)
		return nil
	}
	for half := range slices.Chunk(records, (len(records)+1)/2) {
		if err := p.put(ctx, l, half); err != nil {
			return err
		}
	}
	return nil
}

func (p *peers) send(ctx context.Context, method string, l *load, path string, v any) (int, []byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, p.hapi.origin+"/"+l.base()+path, bytes.NewReader(raw))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", media(l.version))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

// A loss is a part of the fixtures that HAPI does not keep, with the
// requirement that asks for it.
type loss struct {
	version, record, path, requirement string

	why string
}

// losses are looked for, never taken for granted.
func losses() []loss {
	return []loss{{
		version: "dstu2", record: "Encounter/e5-sloppy", path: "period", requirement: "ENC-4",
		why: "its DSTU2 model holds no date that is none",
	}}
}

// findLosses asks HAPI itself for what it may have lost.
func (p *peers) findLosses(ctx context.Context) error {
	for _, l := range losses() {
		if !slices.Contains(p.versions, l.version) {
			continue
		}
		status, body, err := p.send(ctx, http.MethodGet, &load{version: l.version, name: "a"}, "/"+l.record, nil)
		if err != nil {
			return err
		}
		var v map[string]any
		if err := json.Unmarshal(body, &v); err != nil || status != http.StatusOK {
			return fmt.Errorf("HAPI %s answers %d to a read of %s: %.200s", l.version, status, l.record, body)
		}
		if v[l.path] == nil {
			fmt.Printf("HAPI %s did not keep %s of %s: %s\n", l.version, l.path, l.record, l.why)
			p.lost = append(p.lost, l)
		}
	}
	return nil
}

// diagnostics is what an OperationOutcome says first.
func diagnostics(body []byte) string {
	var v struct {
		Issue []struct{ Diagnostics string }
	}
	if json.Unmarshal(body, &v) != nil || len(v.Issue) == 0 {
		return fmt.Sprintf("%.200s", body)
	}
	return v.Issue[0].Diagnostics
}
