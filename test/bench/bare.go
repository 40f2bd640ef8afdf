package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// A bare server does the least that could give the same answer: it is what the
// gateway is measured against. It runs in a process of its own, as the gateway
// does.
type bare struct {
	mu     sync.Mutex
	bodies map[string][]byte
	key    *ecdsa.PrivateKey
	digest [32]byte
	sig    []byte
	record func(context.Context) error // a durable audit append
	token  []byte
}

// serveBare answers
//
//	GET  /bytes?n=N     N bytes
//	GET  /audited?n=N   N bytes, after a durable audit append
//	POST /sign          one ES256 signature
//	GET  /verified?n=N  N bytes, after verifying one ES256 signature
func serveBare(ctx context.Context, listen string, record func(context.Context) error) error {
	b := &bare{bodies: map[string][]byte{}, record: record}
	var err error
	if b.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return err
	}
	b.digest = sha256.Sum256([]byte("header.claims"))
	if b.sig, err = ecdsa.SignASN1(rand.Reader, b.key, b.digest[:]); err != nil {
		return err
	}
	b.token = []byte(`{"access_token":"` + fmt.Sprintf("%0520d", 0) + `","token_type":"Bearer","expires_in":3600}`)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /bytes", func(w http.ResponseWriter, r *http.Request) { b.write(w, r) })
	mux.HandleFunc("GET /audited", func(w http.ResponseWriter, r *http.Request) {
		if err := b.record(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		b.write(w, r)
	})
	mux.HandleFunc("GET /verified", func(w http.ResponseWriter, r *http.Request) {
		if !ecdsa.VerifyASN1(&b.key.PublicKey, b.digest[:], b.sig) {
			http.Error(w, "bad signature", http.StatusUnauthorized)
			return
		}
		b.write(w, r)
	})
	mux.HandleFunc("POST /sign", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		digest := sha256.Sum256([]byte(r.PostForm.Get("client_id")))
		if _, err := ecdsa.SignASN1(rand.Reader, b.key, digest[:]); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(b.token)))
		_, _ = w.Write(b.token)
	})
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	return (&http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}).Serve(l)
}

func (b *bare) write(w http.ResponseWriter, r *http.Request) {
	n := r.URL.Query().Get("n")
	b.mu.Lock()
	body, ok := b.bodies[n]
	if !ok {
		size, _ := strconv.Atoi(n)
		body = make([]byte, size)
		for i := range body {
			body[i] = 'x'
		}
		b.bodies[n] = body
	}
	b.mu.Unlock()
	w.Header().Set("Content-Type", "application/fhir+json")
	w.Header().Set("Content-Length", n)
	_, _ = w.Write(body)
}
