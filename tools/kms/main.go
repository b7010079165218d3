// Command kms serves the transit engine of HashiCorp Vault over HTTPS, for tests of the key service's client against the engine itself:
// a whole server has no build of its own in the module proxy. It keeps everything in memory, makes one key, writes the token and the
// certificate into a folder, and prints the key's URI. It is never part of the product (the engine is under the Business Source
// License); OpenBao, which is free software, speaks the same.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/vault/builtin/logical/transit"
	"github.com/hashicorp/vault/sdk/logical"
)

const keyName = "tonghu"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: kms FOLDER")
		os.Exit(2)
	}
	if err := serve(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "kms:", err)
		os.Exit(1)
	}
}

func serve(folder string) error {
	engine, err := newEngine()
	if err != nil {
		return err
	}
	certificate, authority, err := selfSigned()
	if err != nil {
		return err
	}
	err = errors.Join(
		os.WriteFile(filepath.Join(folder, "token"), []byte(engine.token+"\n"), 0o600),
		os.WriteFile(filepath.Join(folder, "ca.pem"), authority, 0o600))
	if err != nil {
		return err
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	if err != nil {
		return err
	}
	fmt.Printf("hcvault://%s/transit/keys/%s\n", listener.Addr(), keyName)
	return (&http.Server{Handler: engine, ReadHeaderTimeout: 10 * time.Second}).Serve(listener)
}

// engine is the transit engine, mounted at transit/, for whoever has the token.
type engine struct {
	backend logical.Backend
	storage logical.Storage
	token   string
}

func newEngine() (*engine, error) {
	config := logical.TestBackendConfig()
	config.StorageView = &logical.InmemStorage{}
	backend, err := transit.Factory(context.Background(), config)
	if err != nil {
		return nil, err
	}
	e := &engine{backend: backend, storage: config.StorageView, token: "hvs." + rand.Text()}
	answer, err := e.ask(context.Background(), logical.UpdateOperation, "keys/"+keyName, nil)
	if err == nil && answer.IsError() {
		err = answer.Error()
	}
	return e, err
}

func (e *engine) ask(ctx context.Context, op logical.Operation, path string, data map[string]any) (*logical.Response, error) {
	return e.backend.HandleRequest(ctx, &logical.Request{Operation: op, Path: path, Storage: e.storage, Data: data})
}

// ServeHTTP hands a request to the engine, as the server's own front does.
func (e *engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, mounted := strings.CutPrefix(r.URL.Path, "/v1/transit/")
	switch {
	case subtle.ConstantTimeCompare([]byte(r.Header.Get("X-Vault-Token")), []byte(e.token)) != 1:
		refuse(w, http.StatusForbidden, errors.New("permission denied"))
		return
	case !mounted || r.Method != http.MethodPut && r.Method != http.MethodPost:
		refuse(w, http.StatusNotFound, errors.New("no handler for route"))
		return
	}
	var data map[string]any
	if err := json.NewDecoder(r.Body).Decode(&data); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	answer, err := e.ask(r.Context(), logical.UpdateOperation, path, data)
	if err == nil && answer.IsError() {
		err = answer.Error()
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": answer.Data})
}

func refuse(w http.ResponseWriter, status int, err error) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []string{err.Error()}})
}

// selfSigned makes a certificate for this machine that is its own authority.
func selfSigned() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 0, 1),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
