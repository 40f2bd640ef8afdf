package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/people"
)

func changePeople(t *testing.T, d *DB, fn func(ctx context.Context, tx people.Tx) error) {
	t.Helper()
	if err := d.ChangePeople(t.Context(), nil, fn); err != nil {
		t.Fatal(err)
	}
}

var (
	then = time.UnixMicro(1_800_000_000_000_001).UTC()
	anna = people.Person{
		ID: "p1", Name: "Zoë 'O' 日本 \U0001F3E5", Username: "anna", Tenant: "11111111-1111-4111-8111-111111111111", Admin: true, Demo: true,
		Created: then, Prefs: people.Prefs{Locale: "zh-TW", Theme: "dark", Space: "s", NoShortcuts: true},
	}
)

// What goes in comes out, by each way to find it.
func TestPeopleRoundTrip(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	id := people.Identity{Issuer: "https://login.example.org", Subject: "s-1"}
	session := people.StoredSession{Hash: people.Hash{1}, Person: "p1", Created: then, Seen: then.Add(time.Minute), Idle: 15 * time.Minute, Ends: then.Add(12 * time.Hour)}
	link := people.StoredLink{Hash: people.Hash{2}, Person: "p1", Created: then, Expires: then.Add(time.Hour)}
	changePeople(t, d, func(ctx context.Context, tx people.Tx) error {
		return errors.Join(tx.PutPerson(ctx, anna), tx.PutIdentity(ctx, id, "p1", then), tx.PutPassword(ctx, "p1", "old", then),
			tx.PutPassword(ctx, "p1", "hash", then), tx.PutSession(ctx, session), tx.PutLink(ctx, link))
	})
	err := d.ViewPeople(t.Context(), func(ctx context.Context, tx people.Tx) error {
		byName, hash, err1 := tx.PersonByUsername(ctx, "anna")
		byIdentity, err2 := tx.PersonByIdentity(ctx, id)
		byID, err3 := tx.Person(ctx, "p1")
		gotSession, bySession, err4 := tx.Session(ctx, people.Hash{1})
		gotLink, err5 := tx.Link(ctx, people.Hash{2})
		all, err6 := tx.People(ctx)
		for way, p := range map[string]people.Person{"username": byName, "identity": byIdentity, "id": byID, "session": bySession} {
			if diff := cmp.Diff(anna, p); diff != "" {
				t.Errorf("by %s (-want +got):\n%s", way, diff)
			}
		}
		if hash != "hash" || gotSession != session || gotLink != link || len(all) != 1 {
			t.Errorf("hash %q, session %+v, link %+v, %d people", hash, gotSession, gotLink, len(all))
		}
		return errors.Join(err1, err2, err3, err4, err5, err6)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What is not there says so, whatever it is.
func TestPeopleNotThere(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	err := d.ViewPeople(t.Context(), func(ctx context.Context, tx people.Tx) error {
		_, err1 := tx.Person(ctx, "x")
		_, _, err2 := tx.PersonByUsername(ctx, "")
		_, err3 := tx.PersonByIdentity(ctx, people.Identity{Issuer: "x"})
		_, _, err4 := tx.Session(ctx, people.Hash{})
		_, err5 := tx.Link(ctx, people.Hash{})
		for i, err := range []error{err1, err2, err3, err4, err5} {
			if !errors.Is(err, people.ErrNotFound) {
				t.Errorf("%d: %v, want ErrNotFound", i, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A username is one person's, and an identity too; people without a username
// are not in each other's way.
func TestPeopleAreUnique(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	put := func(p people.Person) error {
		return d.ChangePeople(t.Context(), nil, func(ctx context.Context, tx people.Tx) error { return tx.PutPerson(ctx, p) })
	}
	for _, tc := range []struct {
		id, username string
		want         error
	}{
		{"p1", "anna", nil},
		{"p1", "anna", nil},
		{"p2", "anna", people.ErrTaken},
		{"p2", "", nil},
		{"p3", "", nil},
		{"p2", "ben", nil},
		{"p3", "ben", people.ErrTaken},
	} {
		if err := put(people.Person{ID: tc.id, Name: "X", Username: tc.username}); !errors.Is(err, tc.want) {
			t.Errorf("%s as %q: %v, want %v", tc.id, tc.username, err, tc.want)
		}
	}
	id := people.Identity{Issuer: "i", Subject: "s"}
	own := func(person string) error {
		return d.ChangePeople(t.Context(), nil, func(ctx context.Context, tx people.Tx) error { return tx.PutIdentity(ctx, id, person, then) })
	}
	if err := own("p1"); err != nil {
		t.Fatal(err)
	}
	if err := own("p2"); !errors.Is(err, ErrConflict) {
		t.Errorf("an identity of two people: %v, want ErrConflict", err)
	}
}

func TestForgetPeoplesPast(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	changePeople(t, d, func(ctx context.Context, tx people.Tx) error {
		errs := []error{tx.PutPerson(ctx, anna)}
		for i := range byte(4) {
			ends := then.Add(time.Duration(i) * time.Hour)
			errs = append(errs, tx.PutSession(ctx, people.StoredSession{Hash: people.Hash{i}, Person: "p1", Ends: ends}),
				tx.PutLink(ctx, people.StoredLink{Hash: people.Hash{i}, Expires: ends}))
		}
		return errors.Join(append(errs, tx.Forget(ctx, then.Add(90*time.Minute)))...)
	})
	if n := count(t, d, "SELECT (SELECT count(*) FROM person_session) * 10 + (SELECT count(*) FROM person_link)"); n != 22 {
		t.Errorf("sessions and links: %d, want 22", n)
	}
}

// A change of people and its record are one, and nobody else can be written in
// a transaction that reads.
func TestChangePeopleIsWhole(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	log, err := audit.New(audit.Config{Storage: d, Reader: d})
	if err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	seq := count(t, d, "SELECT seq FROM config_seq")
	for _, fails := range []error{boom, nil} {
		err := d.ChangePeople(t.Context(), &people.Change{Time: then, Operation: "PersonCreate", Person: "p9", Target: "p1"}, func(ctx context.Context, tx people.Tx) error {
			return errors.Join(tx.PutPerson(ctx, anna), fails)
		})
		if !errors.Is(err, fails) {
			t.Errorf("%v, want %v", err, fails)
		}
		page, err := log.Search(t.Context(), audit.Filter{Person: "p9"})
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		if fails == nil {
			want = 1
		}
		if n := count(t, d, "SELECT count(*) FROM person"); int(n) != want || len(page.Records) != want {
			t.Errorf("after %v: %d people, %d records, want %d", fails, n, len(page.Records), want)
		}
	}
	if got := count(t, d, "SELECT seq FROM config_seq"); got != seq {
		t.Errorf("a person makes every process reload its configuration: %d, want %d", got, seq)
	}
	err = d.ViewPeople(t.Context(), func(ctx context.Context, tx people.Tx) error {
		return tx.PutPerson(ctx, people.Person{ID: "p2", Name: "x"})
	})
	if !errors.Is(err, errViewOnly) {
		t.Errorf("writing while reading: %v, want %v", err, errViewOnly)
	}
}

// Two processes that meet one identity for the first time make one person.
func TestPeopleOfTwoProcesses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), MainFile)
	processes := []*DB{openAt(t, path, Options{}), openAt(t, path, Options{})}
	id := people.Identity{Issuer: "i", Subject: "s"}
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			err := processes[i%2].ChangePeople(t.Context(), nil, func(ctx context.Context, tx people.Tx) error {
				_, err := tx.PersonByIdentity(ctx, id)
				if !errors.Is(err, people.ErrNotFound) {
					return err
				}
				p := people.Person{ID: string(rune('a' + i)), Name: "x"}
				return errors.Join(tx.PutPerson(ctx, p), tx.PutIdentity(ctx, id, p.ID, then))
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := count(t, processes[0], "SELECT count(*) FROM person"); n != 1 {
		t.Errorf("%d people, want 1", n)
	}
}

// Spaces, members and requests come out as they went in; who is in is who has
// a role.
func TestSpacesRoundTrip(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	changePeople(t, d, func(ctx context.Context, tx people.Tx) error {
		return errors.Join(tx.PutPerson(ctx, people.Person{ID: "p1", Name: "Ada"}), tx.PutPerson(ctx, people.Person{ID: "p2", Name: "Ben"}),
			tx.PutPerson(ctx, people.Person{ID: "p3", Name: "Cy", Disabled: true}))
	})
	sp := patients.Space{
		ID: "s1", Tenant: "", Team: "", Name: "7 East", EHR: true, Created: then, Version: 3,
		Settings: patients.Settings{Zone: "Asia/Taipei", RefreshEvery: 60, RetentionDays: 7, IdleMinutes: 5},
	}
	second := sp
	second.ID, second.Name, second.Settings.IdleMinutes = "s2", "6 West", 9
	elsewhere := sp
	elsewhere.ID, elsewhere.Tenant = "s3", "t"
	err := d.Patients().Update(t.Context(), nil, func(ctx context.Context, tx patients.Tx) error {
		return errors.Join(tx.PutSpace(ctx, sp), tx.PutSpace(ctx, second), tx.PutSpace(ctx, elsewhere),
			tx.PutChannel(ctx, patients.Channel{ID: "c", Space: "s1", Name: "general"}),
			tx.SetRole(ctx, patients.Membership{Space: "s1", Person: "p1", Role: patients.Member, Since: then}),
			tx.SetRole(ctx, patients.Membership{Space: "s2", Person: "p1", Role: patients.Owner, Since: then}),
			tx.SetRole(ctx, patients.Membership{Space: "s1", Person: "p1", Role: patients.Owner, Since: then.Add(time.Hour)}),
			tx.PutAccessRequest(ctx, patients.AccessRequest{Space: "s1", Person: "p2", Role: patients.Viewer, Asked: then}))
	})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Patients().View(t.Context(), func(ctx context.Context, tx patients.Tx) error {
		got, role, err := tx.EnterSpace(ctx, "s1", "p1")
		if err != nil || got != sp || role != patients.Owner {
			t.Errorf("enter: %+v as %q, %v", got, role, err)
		}
		if _, role, err := tx.EnterSpace(ctx, "s1", "p2"); err != nil || role != "" {
			t.Errorf("without a role: %q, %v", role, err)
		}
		if _, _, err := tx.EnterSpace(ctx, "s9", "p1"); !errors.Is(err, patients.ErrNotFound) {
			t.Errorf("no space: %v, want ErrNotFound", err)
		}
		all, err := tx.Spaces(ctx, "", "p2")
		if diff := cmp.Diff([]patients.Standing{{Space: second}, {Space: sp, Asked: patients.Viewer}}, all); diff != "" || err != nil {
			t.Errorf("spaces: %v (-want +got):\n%s", err, diff)
		}
		members, err := tx.Members(ctx, "s1")
		want := []patients.Membership{{Space: "s1", Person: "p1", Name: "Ada", Role: patients.Owner, Since: then}}
		if diff := cmp.Diff(want, members); diff != "" || err != nil {
			t.Errorf("members: %v (-want +got):\n%s", err, diff)
		}
		idle, err1 := tx.IdleMinutes(ctx, "p1")
		none, err2 := tx.IdleMinutes(ctx, "p2")
		if idle != 5 || none != 0 || err1 != nil || err2 != nil {
			t.Errorf("idle minutes %d and %d, want the shortest, 5, and 0", idle, none)
		}
		candidates, err := tx.Candidates(ctx, "")
		if err != nil || len(candidates) != 2 {
			t.Errorf("candidates: %+v, %v, want the two who are not disabled", candidates, err)
		}
		names, err := tx.PersonNames(ctx, []string{"p1", "p3", "x", ""})
		if diff := cmp.Diff(map[string]string{"p1": "Ada", "p3": "Cy"}, names); diff != "" || err != nil {
			t.Errorf("names: %v (-want +got):\n%s", err, diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
