package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// An answer is what the gateway said to one call.
type answer struct {
	call   string
	status int
	body   []byte
	whole  bool // a Bundle is judged as such, not only the resources in it
}

// A pair is a face in front of a provider's records.
type pair struct {
	face    string
	load    *load
	answers []answer
	failed  []string // calls of the app that were not answered as they must be
}

const askers = 4 // at once; HAPI and the gateway share the machine

// ask makes the app's calls for every patient of the load, one by one and as a
// batch, and reads every record by its id.
func (g *gateway) ask(ctx context.Context, face string, l *load, tenant string) (*pair, error) {
	token, err := g.token(ctx, tenant)
	if err != nil {
		return nil, err
	}
	calls := callsFor(face, l)
	p := &pair{face: face, load: l, answers: make([]answer, len(calls))}
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		first error
		next  = make(chan int)
	)
	for range askers {
		wait.Go(func() {
			for i := range next {
				c := calls[i]
				contentType := ""
				if c.body != "" {
					contentType = media(face)
				}
				status, body, err := g.call(ctx, c.method, "/fhir/"+face+c.path, token, contentType, c.body)
				mu.Lock()
				if err != nil && first == nil {
					first = err
				}
				p.answers[i] = answer{call: c.method + " " + c.path, status: status, body: body, whole: c.whole}
				if wrong := unanswered(status, body); c.app && wrong != "" {
					p.failed = append(p.failed, c.method+" "+c.path+": "+wrong)
				}
				mu.Unlock()
			}
		})
	}
	for i := range calls {
		next <- i
	}
	close(next)
	wait.Wait()
	return p, first
}

type call struct {
	method, path, body string

	app   bool // the app makes it, so that it must be answered
	whole bool
}

// callsFor are the calls for a load: metadata, the app's calls for each
// patient, and a read of everything else. The Bundles for the first patient
// are judged as such.
func callsFor(face string, l *load) []call {
	calls := []call{{method: http.MethodGet, path: "/metadata"}}
	whole := true
	for _, r := range l.records {
		if _, refused := l.refused[r.Type+"/"+r.ID]; refused {
			continue
		}
		if r.Type != "Patient" {
			calls = append(calls, call{method: http.MethodGet, path: "/" + typeOn(face, r.Type) + "/" + r.ID})
			continue
		}
		app := appCalls(face, r.ID)
		for _, c := range app {
			calls = append(calls, call{method: http.MethodGet, path: "/" + c, app: true, whole: whole})
		}
		calls = append(calls, call{method: http.MethodPost, body: batch(app), app: true, whole: whole})
		whole = false
	}
	return calls
}

// typeOn is a type's name on a face.
func typeOn(face, typ string) string {
	switch {
	case face == "dstu2" && typ == "MedicationRequest":
		return "MedicationOrder"
	case face != "dstu2" && typ == "MedicationOrder":
		return "MedicationRequest"
	}
	return typ
}

// appCalls are the calls of the app for one patient.
func appCalls(face, patient string) []string {
	of := "?patient=" + patient
	return []string{
		"Patient/" + patient,
		"Observation" + of + "&_sort:desc=date&category=vital-signs",
		"Condition" + of + "&_count=10",
		"Encounter" + of + "&_sort:desc=date&_count=1",
		"AllergyIntolerance" + of,
		typeOn(face, "MedicationRequest") + of + "&_count=10",
		"Coverage" + of,
	}
}

// batch is a batch of GETs.
func batch(calls []string) string {
	var entries []string
	for _, c := range calls {
		entries = append(entries, fmt.Sprintf(`{"request":{"method":"GET","url":%q}}`, c))
	}
	return `{"resourceType":"Bundle","type":"batch","entry":[` + strings.Join(entries, ",") + `]}`
}

// unanswered says what is wrong with the answer to a call of the app: another
// status than 200, also of an entry.
func unanswered(status int, body []byte) string {
	if status != http.StatusOK {
		return fmt.Sprintf("%d %.300s", status, body)
	}
	var v struct {
		Type  string
		Entry []struct {
			Response struct{ Status string }
		}
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return err.Error()
	}
	if v.Type != "batch-response" {
		return ""
	}
	for i, e := range v.Entry {
		if !strings.HasPrefix(e.Response.Status, "200") {
			return fmt.Sprintf("entry %d: %s", i, e.Response.Status)
		}
	}
	return ""
}
