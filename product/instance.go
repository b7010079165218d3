package product

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// Instance is what a standalone process tells other processes on its machine: how
// to reach its parts. It holds no secret; the sockets that it names are open to
// their owner only.
type Instance struct {
	URL string `json:"url"`
	// Database is the product's database as the engine, App as the app, Owner as
	// the role that migrations run as.
	Database string `json:"database"`
	App      string `json:"database_app"`
	Owner    string `json:"database_owner"`
	Temporal string `json:"temporal"`
	KeyFile  string `json:"key_file"`
	// AuditHeads is where the audit log's heads are signed into.
	AuditHeads string `json:"audit_heads,omitempty"`
}

const instanceFile = "instance.json"

// ReadInstance reads what the instance of a data folder has written.
func ReadInstance(data string) (Instance, error) {
	var in Instance
	b, err := os.ReadFile(filepath.Join(data, instanceFile))
	if err != nil {
		return in, err
	}
	return in, json.Unmarshal(b, &in)
}

// Write leaves it in the data folder.
func (in Instance) Write(data string) error {
	b, err := json.MarshalIndent(in, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(data, instanceFile), append(b, '\n'), 0o600)
}
