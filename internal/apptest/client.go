package apptest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
)

// An App is the Patients app as one person's browser sees it.
type App struct {
	Origin string
	// Watch, when set, is given every answer's path and body, each message of a
	// stream as one.
	Watch func(path string, body []byte)
	// Later, when set, lets some time go by on the server, so that it asks a
	// record system again that it has just asked.
	Later func()

	client *http.Client
}

// NewApp is a browser that nobody has signed in with.
func NewApp(origin string) (*App, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &App{Origin: origin, client: &http.Client{Jar: jar, Transport: &http.Transport{}}}, nil
}

// Tab is another tab of the same browser.
func (a *App) Tab() *App { return &App{Origin: a.Origin, Later: a.Later, client: a.client} }

// Close closes its connections.
func (a *App) Close() { a.client.CloseIdleConnections() }

func (a *App) send(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader = http.NoBody
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.Origin+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", a.Origin)
	return a.client.Do(req)
}

func (a *App) watched(path string, body []byte) {
	if a.Watch != nil {
		a.Watch(path, body)
	}
}

// Call asks, and gives the status with the body.
func (a *App) Call(ctx context.Context, method, path string, in any) (int, []byte, error) {
	resp, err := a.send(ctx, method, path, in)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	a.watched(path, body)
	return resp.StatusCode, body, err
}

// Do asks, wants success, and reads the answer into out.
func (a *App) Do(ctx context.Context, method, path string, in, out any) error {
	status, body, err := a.Call(ctx, method, path, in)
	if err != nil {
		return err
	}
	if status < 200 || status > 299 {
		return fmt.Errorf("%s %s: %d %.400s", method, path, status, body)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%s %s: %w in %.400s", method, path, err, body)
	}
	return nil
}

// Events reads a stream until take says that it has enough, or the stream ends.
func (a *App) Events(ctx context.Context, method, path string, in any, take func(message []byte) (enough bool, err error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	resp, err := a.send(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		body, err := io.ReadAll(resp.Body)
		a.watched(path, body)
		if err != nil {
			return err
		}
		return fmt.Errorf("%s %s: %d %.400s", method, path, resp.StatusCode, body)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		a.watched(path, []byte(data))
		if enough, err := take([]byte(data)); err != nil || enough {
			return err
		}
	}
	return lines.Err()
}

// What the app answers, as far as it is judged. The names are those of the
// published API (docs/openapi), not those of the server's types.
type (
	// Identity is who a patient is.
	Identity struct {
		Family, Given, Text, Born, Gender, MRN, Deceased, Replaced string
	}
	// Item is one line of a cell or section.
	Item struct {
		ID, Text, Detail, Unit, Time, State string
		Current                             bool
		Seq                                 int64
	}
	// Cell is one column of one patient.
	Cell struct {
		Status, Reason, Note, AsOf string
		Items                      []Item
		Total                      int
		Seq                        int64
	}
	// Subject is which record a row is about.
	Subject struct {
		Connection string `json:"connection"`
		Patient    string `json:"patient"`
	}
	// Entry is a row.
	Entry struct {
		ID, State, Bed, BedFrom string
		Subject                 Subject
		Identity                Identity
		Other                   *Identity
		Cells                   map[string]Cell
	}
	// Refresh is how asking the record system stands.
	Refresh struct {
		Running                    bool
		Done, Total                int
		Reason, Advice, Last, Next string
		Stale                      bool
	}
	// List is a list as one person sees it.
	List struct {
		List    struct{ ID, Name string }
		Entries []Entry
		Refresh Refresh
		Seq     int64
	}
	// Event is a message of a list's stream.
	Event struct {
		Kind, Entry, Column string
		Seq                 int64
		Cell                *Cell
		Whole               *Entry
		Refresh             *Refresh
	}
	// Series is one vital sign over time.
	Series struct {
		Vital, Unit string
		Points      []struct{ ID, Text, State string }
	}
	// Section is one kind of data of a patient's page.
	Section struct {
		Kind, Status, Reason, Allergy string
		Total                         int
		Complete                      bool
		Items                         []Item
		Series                        []Series
	}
	// Step is one step of connecting.
	Step struct {
		Step, Outcome, Detail, Advice string
		Need                          []string
		Connection                    *struct {
			ID, Version, Auth string
			Missing           []string
		}
	}
	// Found is what a search found.
	Found struct {
		Total int
		Known string
		Found []struct {
			Subject  Subject
			Identity json.RawMessage
		}
	}
	// Problem is a refusal.
	Problem struct {
		Status       int
		Code, Detail string
		Current      json.RawMessage
	}
)

// kinds are the sections of a page.
var kinds = []string{"vitals", "problems", "allergies", "medications", "encounters", "coverage"}
