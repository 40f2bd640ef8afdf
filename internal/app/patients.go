package app

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/patients/api"
	"github.com/wardbridge/wardbridge/internal/people"
)

// buildPatients makes the services of the Patients app.
func (s *System) buildPatients(client *http.Client) (err error) {
	s.Patients, err = patients.New(patients.Config{
		Storage: s.db.Patients(), Audit: s.Audit, Records: s.connections, Box: s.box, Clock: s.opt.Clock, Logger: s.logger,
	})
	if err != nil {
		return err
	}
	issuers, err := s.cfg.peopleIssuers()
	if err != nil {
		return err
	}
	s.People, err = people.New(people.Config{
		Storage: s.db, Box: s.box, HTTP: client, Local: s.cfg.SignIn.Local, Demo: s.opt.Demo, Issuers: issuers,
		Idle: s.Patients.Idle, Home: patientsBase, Logger: s.logger,
	})
	return err
}

// purgeEvery is how often what is kept no longer is removed.
const purgeEvery = time.Hour

// purge removes at the start, and then each hour, what the Patients app keeps
// no longer.
func (srv *Server) purge(ctx context.Context) {
	tick := time.NewTicker(purgeEvery)
	defer tick.Stop()
	for {
		done, err := srv.s.Patients.Purge(ctx, time.Now())
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			srv.logger.ErrorContext(ctx, "what is kept no longer was not removed; trying again in an hour", "error", err)
		case done != patients.Purged{}:
			srv.logger.InfoContext(ctx, "removed what is kept no longer", "patients", done.Entries, "lists", done.Lists, "others", done.Others)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// api is the API of the pages.
func (srv *Server) api() (*operation.Handler, error) {
	s := srv.s
	a, err := api.New(api.Config{People: s.People, Patients: s.Patients, Version: s.opt.Version, Demo: s.opt.Demo})
	if err != nil {
		return nil, err
	}
	cfg := operation.Config{
		Authenticate: s.People.Authenticate, Alive: s.People.Alive,
		Problem: api.Problem, Report: report, RequestID: access.RequestIDFrom,
		Done: srv.stops, Time: s.cfg.Limits.RequestTime,
		Document: api.Document(), DocumentPath: api.DocumentPath,
	}
	if origin := s.cfg.origin(); origin != "" {
		cfg.TrustedOrigins = []string{origin}
	}
	h, err := operation.NewHandler(cfg, a.Operations())
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	return h, nil
}
