// Command openidprovider is a real OpenID provider for tests (zitadel's), with one client and two people: an officer who is linked to
// somebody in the test, and a stranger. It prints its issuer and serves until it is killed. It is a module of its own so that its
// libraries move none of the product's.
package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: openidprovider CLIENT SECRET REDIRECT_URI")
		os.Exit(2)
	}
	if err := serve(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "openidprovider:", err)
		os.Exit(1)
	}
}

func serve(client, secret, redirect string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	issuer := "http://" + listener.Addr().String() + "/"
	storage.RegisterClients(storage.WebClient(client, secret, redirect))
	router := exampleop.SetupServer(issuer, storage.NewStorage(people{
		"u-1029": {ID: "u-1029", Username: "officer", Password: "of the office"},
		"u-2077": {ID: "u-2077", Username: "stranger", Password: "of the office"},
	}), slog.New(slog.DiscardHandler), false)
	fmt.Println(issuer)
	server := &http.Server{Handler: router, ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(listener)
}

// people are known by their subject.
type people map[string]*storage.User

// GetUserByID gives one by the subject; nil if there is none.
func (p people) GetUserByID(id string) *storage.User { return p[id] }

// GetUserByUsername gives one by what they type; nil if there is none.
func (p people) GetUserByUsername(name string) *storage.User {
	for _, u := range p {
		if u.Username == name {
			return u
		}
	}
	return nil
}

// ExampleClientID is the client of service accounts, which there are none of.
func (p people) ExampleClientID() string { return "service" }
