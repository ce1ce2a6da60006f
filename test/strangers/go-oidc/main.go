// go-oidc (version 2, as Debian has it), with a client secret.
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log"
	"net/http"
	"os"
	"sync"

	oidc "github.com/coreos/go-oidc"
	"golang.org/x/oauth2"
)

type session struct{ sub, sid string }

var (
	lock     sync.Mutex
	sessions = map[string]session{}
	nonces   = map[string]string{}
)

func random() string {
	bytes := make([]byte, 16)
	if _, err := rand.Read(bytes); err != nil {
		log.Fatal(err)
	}
	return hex.EncodeToString(bytes)
}

func main() {
	ctx := context.Background()
	base := "http://127.0.0.1:" + os.Getenv("PORT")
	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	endpoint := provider.Endpoint()
	// Otherwise the library tries client_secret_basic first, which CIS2 refuses to a client that is registered for post.
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	config := oauth2.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		Endpoint:     endpoint,
		RedirectURL:  base + "/callback",
		Scopes:       []string{oidc.ScopeOpenID, "profile"},
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: config.ClientID})

	http.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		state, nonce := random(), random()
		lock.Lock()
		nonces[state] = nonce
		lock.Unlock()
		http.SetCookie(w, &http.Cookie{Name: "state", Value: state, Path: "/", HttpOnly: true})
		http.Redirect(w, r, config.AuthCodeURL(state, oidc.Nonce(nonce)), http.StatusFound)
	})
	http.HandleFunc("/callback", func(w http.ResponseWriter, r *http.Request) {
		state := r.URL.Query().Get("state")
		cookie, err := r.Cookie("state")
		if err != nil || cookie.Value != state {
			http.Error(w, "state", http.StatusBadRequest)
			return
		}
		tokens, err := config.Exchange(ctx, r.URL.Query().Get("code"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		raw, _ := tokens.Extra("id_token").(string)
		token, err := verifier.Verify(ctx, raw)
		lock.Lock()
		nonce := nonces[state]
		lock.Unlock()
		if err != nil || nonce == "" || token.Nonce != nonce {
			http.Error(w, "ID token", http.StatusBadRequest)
			return
		}
		var claims struct{ Sid string }
		if err := token.Claims(&claims); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		id := random()
		lock.Lock()
		sessions[id] = session{token.Subject, claims.Sid}
		lock.Unlock()
		http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/", HttpOnly: true})
		http.Redirect(w, r, "/me", http.StatusSeeOther)
	})
	http.HandleFunc("/me", func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie("session")
		lock.Lock()
		defer lock.Unlock()
		if err != nil || sessions[cookie.Value].sub == "" {
			http.Error(w, "nobody", http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte("signed in: " + sessions[cookie.Value].sub))
	})
	http.HandleFunc("/backchannel-logout", func(w http.ResponseWriter, r *http.Request) {
		token, err := verifier.Verify(ctx, r.FormValue("logout_token"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var claims struct{ Sid string }
		if err := token.Claims(&claims); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		lock.Lock()
		defer lock.Unlock()
		for id, each := range sessions {
			if each.sid == claims.Sid {
				delete(sessions, id)
			}
		}
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
