package cli

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/people"
)

type personCmd struct {
	List    personListCmd    `cmd:"" aliases:"ls" help:"List people."`
	Invite  personInviteCmd  `cmd:"" help:"Make a local account, or a new password for one, by a link that works once."`
	Admin   personAdminCmd   `cmd:"" help:"Make someone an administrator, who makes spaces and accounts."`
	Disable personDisableCmd `cmd:"" help:"Sign someone out everywhere and let them in no more."`
	Enable  personEnableCmd  `cmd:"" help:"Let a disabled person in again."`
}

type personListCmd struct{}

// Run runs the command.
func (c *personListCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		list, err := s.People.People(e.ctx)
		if err != nil {
			return err
		}
		return e.print(some(list), func(p *printer) {
			p.row("PERSON", "USERNAME", "ADMIN", "DISABLED", "CREATED", "DIRECTORY", "NAME")
			for _, h := range list {
				p.row(h.ID, dash(h.Username), yesNo(h.Admin), yesNo(h.Disabled), when(h.Created), dash(h.Tenant), h.Name)
			}
		})
	})
}

type personInviteCmd struct {
	Username string `arg:"" help:"What the person signs in with."`
	Name     string `help:"The person's name, as others see it. Needed for a new account."`
	Admin    bool   `help:"Make a new account an administrator's."`
}

// Help is the long help.
func (personInviteCmd) Help() string {
	return `Prints a link by which the person chooses a password. It works once, within 72 hours. Whoever has it is let in: give it to
nobody else. For an account that exists it is a way to a new password; the old one works until the link is used.

Examples:
  wardbridge person invite amoreau --name "Ana Moreau" --admin
  wardbridge person invite amoreau`
}

// An invitation is what the command prints.
type invitation struct {
	Person people.Person `json:"person"`
	Link   string        `json:"link"`
}

// Run runs the command.
func (c *personInviteCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		p, path, err := s.People.Invite(e.ctx, e.actor(), people.Person{Username: c.Username, Name: c.Name, Admin: c.Admin})
		if err != nil {
			return plain(err)
		}
		out := invitation{Person: p, Link: s.PageURL(path, nil)}
		return e.print(out, func(pr *printer) {
			pr.line("%s (%s) can choose a password, once, within 72 hours:", p.Name, p.Username)
			pr.line("%s", out.Link)
		})
	})
}

type personAdminCmd struct {
	Person string `arg:"" help:"Id or username."`
	Off    bool   `help:"Make the person an administrator no more."`
}

// Run runs the command.
func (c *personAdminCmd) Run(e *env) error {
	detail, text := "admin", "is an administrator"
	if c.Off {
		detail, text = "admin off", "is no administrator"
	}
	return e.changePerson(c.Person, detail, text, func(p *people.Person) { p.Admin = !c.Off })
}

type personDisableCmd struct {
	Person string `arg:"" help:"Id or username."`
}

// Run runs the command.
func (c *personDisableCmd) Run(e *env) error {
	return e.changePerson(c.Person, "disable", "is disabled, and signed out everywhere", func(p *people.Person) { p.Disabled = true })
}

type personEnableCmd struct {
	Person string `arg:"" help:"Id or username."`
}

// Run runs the command.
func (c *personEnableCmd) Run(e *env) error {
	return e.changePerson(c.Person, "enable", "can sign in again", func(p *people.Person) { p.Disabled = false })
}

func (e *env) changePerson(who, detail, text string, fn func(*people.Person)) error {
	return e.with(func(s *app.System) error {
		p, err := s.People.Change(e.ctx, e.actor(), who, detail, fn)
		if err != nil {
			return plain(err)
		}
		return e.print(p, func(pr *printer) { pr.line("%s (%s) %s", p.Name, p.ID, text) })
	})
}

// plain is a problem as a command says it.
func plain(err error) error {
	p, ok := errors.AsType[*operation.Problem](err)
	if !ok {
		return err
	}
	var faults []string
	for _, field := range slices.Sorted(maps.Keys(p.Errors)) {
		faults = append(faults, field+" "+p.Errors[field])
	}
	if len(faults) > 0 {
		return errors.New(strings.Join(faults, "; "))
	}
	return errors.New(p.Detail)
}
