package product

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"tonghu/vault"
	"tonghu/vault/suite"
)

// engineEnv names the program of tools/kms: with it these tests ask the transit engine itself (`make kms`).
const engineEnv = "TONGHU_TEST_KMS"

// keyService speaks what the client uses of the transit engine's HTTP API, or is where the engine itself runs.
type keyService struct {
	t         *testing.T
	key       tink.AEAD
	token     string
	asked     atomic.Int64
	URI       string
	TokenFile string
	CAFile    string
}

func newKeyService(t *testing.T) *keyService {
	t.Helper()
	if program := os.Getenv(engineEnv); program != "" {
		return startEngine(t, program)
	}
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	require.NoError(t, err)
	s := &keyService{t: t, token: "hvs." + rand.Text(), TokenFile: filepath.Join(t.TempDir(), "token"), CAFile: filepath.Join(t.TempDir(), "ca.pem")}
	s.key, err = aead.New(h)
	require.NoError(t, err)
	server := httptest.NewTLSServer(s)
	t.Cleanup(server.Close)
	s.URI = "hcvault://" + server.Listener.Addr().String() + "/transit/keys/tonghu"
	require.NoError(t, os.WriteFile(s.TokenFile, []byte(s.token+"\n"), 0o600))
	require.NoError(t, os.WriteFile(s.CAFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	return s
}

func startEngine(t *testing.T, program string) *keyService {
	t.Helper()
	folder := t.TempDir()
	engine := exec.Command(program, folder)
	engine.Stderr = os.Stderr
	out, err := engine.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, engine.Start())
	t.Cleanup(func() {
		_ = engine.Process.Kill()
		_ = engine.Wait()
	})
	uri, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	token, err := os.ReadFile(filepath.Join(folder, "token"))
	require.NoError(t, err)
	return &keyService{
		t: t, token: strings.TrimSpace(string(token)), URI: strings.TrimSpace(uri),
		TokenFile: filepath.Join(folder, "token"), CAFile: filepath.Join(folder, "ca.pem"),
	}
}

func (s *keyService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	if r.Header.Get("X-Vault-Token") != s.token {
		http.Error(w, `{"errors":["permission denied"]}`, http.StatusForbidden)
		return
	}
	var body map[string]string
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, `{"errors":["malformed"]}`, http.StatusBadRequest)
		return
	}
	bound, err := base64.StdEncoding.DecodeString(body["associated_data"])
	out := map[string]string{}
	switch {
	case err != nil:
	case r.Method == http.MethodPut && r.URL.Path == "/v1/transit/encrypt/tonghu":
		var plain, sealed []byte
		if plain, err = base64.StdEncoding.DecodeString(body["plaintext"]); err == nil {
			sealed, err = s.key.Encrypt(plain, bound)
			out["ciphertext"] = "vault:v1:" + base64.StdEncoding.EncodeToString(sealed)
		}
	case r.Method == http.MethodPut && r.URL.Path == "/v1/transit/decrypt/tonghu":
		var plain, sealed []byte
		if sealed, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(body["ciphertext"], "vault:v1:")); err == nil {
			plain, err = s.key.Decrypt(sealed, bound)
			out["plaintext"] = base64.StdEncoding.EncodeToString(plain)
		}
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, `{"errors":["invalid request"]}`, http.StatusBadRequest)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": out})
}

// under is the office's configuration with the key file under the service.
func (s *keyService) under(c Config) Config {
	c.KMSURI, c.KMSTokenFile, c.KMSCAFile = s.URI, s.TokenFile, s.CAFile
	return c
}

func TestAKeyServiceKeepsTheKeyOfTheKeyFile(t *testing.T) {
	for _, su := range suite.All {
		t.Run(string(su), func(t *testing.T) {
			o, service := newOffice(t, su), newKeyService(t)
			running := o.asleep()
			require.NoError(t, running.start(t.Context()))
			files := o.fileSome(running, 2)
			under := service.under(o.config())
			require.NoError(t, Protect(t.Context(), under))
			_, err := OpenKeys(t.Context(), o.config())
			require.ErrorContains(t, err, "no client for KMS key")

			// Who runs goes on with the keys that it has; who starts anew asks the service, once.
			files = append(files, o.fileSome(running, 1)...)
			running.stop()
			p, err := Open(t.Context(), under)
			require.NoError(t, err)
			asked := service.asked.Load()
			for _, f := range files {
				require.NoError(t, o.read(t.Context(), &process{vault: p.vault, store: p.store}, f))
			}
			require.Equal(t, asked, service.asked.Load(), "never for a data key")
			p.Close()

			o.options.KMSURI, o.options.KMS = under.KMSURI, under.kms()
			fresh := o.process()
			k, err := OpenKeys(t.Context(), under)
			require.NoError(t, err)
			defer k.Close()
			k.poll = 2 * time.Millisecond
			r, err := k.Rotate(t.Context(), vault.Master, silent)
			require.NoError(t, err)
			require.Equal(t, r.ID, fresh.vault.Sealing(vault.Master))
			s, err := k.Status(t.Context())
			require.NoError(t, err)
			require.Equal(t, service.URI, s.KMSURI)

			under.KMSURI = ""
			require.NoError(t, Protect(t.Context(), under))
			o.options.KMSURI, o.options.KMS = "", nil
			o.requireAllUnder(r.ID, 2, files)
		})
	}
}

func TestAKeyServiceThatRefusesIsNamed(t *testing.T) {
	o, service := newOffice(t, suite.Standard), newKeyService(t)
	require.NoError(t, Protect(t.Context(), service.under(o.config())))
	for name, c := range map[string]struct {
		change func(*Config)
		says   string
	}{
		"token": {func(c *Config) {
			c.KMSTokenFile = filepath.Join(t.TempDir(), "other")
			require.NoError(t, os.WriteFile(c.KMSTokenFile, []byte("hvs.stolen"), 0o600))
		}, "permission denied"},
		"no token file": {func(c *Config) { c.KMSTokenFile += ".gone" }, "no such file"},
		"no token":      {func(c *Config) { c.KMSTokenFile = "" }, "VAULT_TOKEN"},
		"authority":     {func(c *Config) { c.KMSCAFile = "" }, "certificate"},
		"another key":   {func(c *Config) { c.KMSURI += "2" }, "not by the KMS key asked for"},
		"no address":    {func(c *Config) { c.KMSURI = "hcvault:///transit/keys/tonghu" }, "not by the KMS key asked for"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("VAULT_SKIP_VERIFY", "true")
			t.Setenv("VAULT_TOKEN", "")
			config := service.under(o.config())
			c.change(&config)
			_, err := Open(t.Context(), config)
			require.ErrorIs(t, err, vault.ErrKeyFile)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), service.token)
		})
	}
	_, err := transit{}.GetAEAD("hcvault:///transit/keys/tonghu")
	require.ErrorContains(t, err, "is not of the form")
	_, err = transit{tokenFile: service.TokenFile}.GetAEAD("hcvault://127.0.0.1:1/tonghu")
	require.Error(t, err)
}

// A key file that names another service does not get the token sent there.
func TestTheTokenGoesToTheConfiguredServiceOnly(t *testing.T) {
	o, mine, theirs := newOffice(t, suite.Standard), newKeyService(t), newKeyService(t)
	require.NoError(t, Protect(t.Context(), theirs.under(o.config())))
	theirs.asked.Store(0)
	c := mine.under(o.config())
	_, err := Open(t.Context(), c)
	require.Error(t, err)
	v, err := vault.Open(vault.Options{KeyFile: c.KeyFile, KMS: c.kms()})
	require.Error(t, err)
	require.Nil(t, v)
	require.Zero(t, theirs.asked.Load())
}
