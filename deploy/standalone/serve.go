package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"
)

// productConfig says where the product finds its parts.
type productConfig struct {
	DSN      string // the product's database, as its owner
	Temporal string // the frontend's host:port
	Listen   string
	DataDir  string
	Policy   string
	Log      *zap.Logger
}

// serve is the product: it returns when ctx ends or the product cannot go on. ready is called once everything serves.
//
// For now it answers /readyz only.
func serve(ctx context.Context, c productConfig, ready func()) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	ready()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return errors.Join(server.Shutdown(stopping))
	}
}
