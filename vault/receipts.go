package vault

import "tonghu/vault/receipt"

// Receipts makes the 查询码 of cases.
type Receipts struct{ vault *Vault }

// Receipts gives the maker of 查询码.
func (v *Vault) Receipts() Receipts { return Receipts{v} }

// For gives the 查询码 of a report by its case's id: the suite's HMAC under the index key, which is never replaced. A repeated filing is
// shown the same code again, though only its digest is kept; without the key file nobody can tell it from the id.
func (r Receipts) For(caseID string) receipt.Code {
	secret, err := r.vault.keys.Load().index.ComputePrimaryPRF(bind("tonghu/vault/receipt/1", caseID), 26)
	if err != nil {
		panic(err) // a 32-byte HMAC gives 26 bytes
	}
	return receipt.From([26]byte(secret))
}
