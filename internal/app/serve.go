package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// A listener is one address served by one handler.
type listener struct {
	name    string
	net     net.Listener
	server  *http.Server
	serving chan error
}

// listen opens an address. In the error it says what to do when the port is
// taken.
func listen(ctx context.Context, name, addr string, handler http.Handler, cfg *Config, cert *certificate, logger *slog.Logger) (*listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s (%s): %w; is another server running there? Choose an address with --listen", addr, name, err)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true) // proxies speak it by prior knowledge
	s := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: cfg.Limits.HeaderTime,
		ReadTimeout:       cfg.Limits.HeaderTime + cfg.Limits.RequestTime,
		// A client that reads its answer too slowly is cut off.
		WriteTimeout:   2*cfg.Limits.RequestTime + 30*time.Second,
		IdleTimeout:    cfg.Limits.IdleTime,
		MaxHeaderBytes: int(cfg.Limits.HeaderBytes),
		Protocols:      protocols,
		ErrorLog:       slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	if cert != nil {
		s.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: cert.get}
	}
	return &listener{name: name, net: l, server: s, serving: make(chan error, 1)}, nil
}

func (l *listener) start() {
	go func() {
		var err error
		if l.server.TLSConfig != nil {
			err = l.server.ServeTLS(l.net, "", "")
		} else {
			err = l.server.Serve(l.net)
		}
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		l.serving <- err
	}()
}

// Addr is the address in use, with the port the system chose for 0.
func (l *listener) Addr() net.Addr { return l.net.Addr() }

// stop lets running requests finish for at most drain, then closes their
// connections.
func (l *listener) stop(ctx context.Context, drain time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, drain)
	defer cancel()
	err := l.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = l.server.Close()
	}
	return errors.Join(err, <-l.serving)
}
