package vault

import (
	"bytes"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/signature"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// AuditVerifierFrom makes a verifier of an AuditPublicKey: for an auditor who has no key file.
func AuditVerifierFrom(public []byte) (tink.Verifier, error) {
	handle, err := keyset.ReadWithNoSecrets(keyset.NewJSONReader(bytes.NewReader(public)))
	if err != nil {
		return nil, fmt.Errorf("vault: no public key of audit signatures: %w", err)
	}
	return signature.NewVerifier(handle)
}
