package pgcluster

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// writeSettings writes tonghu.conf, which the server reads at its start and when it is adopted.
func writeSettings(p place, o Options) error {
	set := settings(p, o, memory())
	maps.Copy(set, o.Settings)
	var b strings.Builder
	b.WriteString("# Written at each start. Put your own settings in custom.conf, which wins.\n")
	for _, name := range slices.Sorted(maps.Keys(set)) {
		fmt.Fprintf(&b, "%s = '%s'\n", name, strings.ReplaceAll(set[name], "'", "''"))
	}
	return p.write(filepath.Join(p.data, "tonghu.conf"), b.String())
}

// settings for a machine of some cores that it shares with the product; memory is in MiB.
func settings(p place, o Options, memory int) map[string]string {
	connections := o.MaxConnections
	if connections == 0 {
		connections = 200
	}
	set := map[string]string{
		"listen_addresses":        "",
		"port":                    fmt.Sprint(Port),
		"unix_socket_directories": p.socket,
		"unix_socket_permissions": "0700",
		"max_connections":         fmt.Sprint(connections),
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		"jit":                     "off",
		"random_page_cost":        "1.1",
		"work_mem":                "16MB",
		// A client that was killed must not keep its locks until its statement ends.
		"client_connection_check_interval": "1s",
		// The text of an error may quote the data. The program that caused it has it; the server's log does without.
		"log_min_messages":        "log",
		"log_min_error_statement": "panic",
		"log_error_verbosity":     "terse",
	}
	if o.Throwaway {
		maps.Copy(set, map[string]string{
			"fsync":              "off",
			"synchronous_commit": "off",
			"full_page_writes":   "off",
			"wal_level":          "minimal",
			"max_wal_senders":    "0",
			"shared_buffers":     "128MB",
			"max_wal_size":       "4GB",
			"checkpoint_timeout": "1h",
			"log_min_messages":   "warning",
			"work_mem":           "4MB",
		})
		return set
	}
	maps.Copy(set, map[string]string{
		"fsync":                        "on",
		"synchronous_commit":           "on",
		"shared_buffers":               fmt.Sprintf("%dMB", min(max(memory/16, 128), 2048)),
		"effective_cache_size":         fmt.Sprintf("%dMB", max(memory/2, 512)),
		"maintenance_work_mem":         fmt.Sprintf("%dMB", min(max(memory/64, 64), 256)),
		"max_wal_size":                 "2GB",
		"min_wal_size":                 "256MB",
		"checkpoint_timeout":           "10min",
		"logging_collector":            "on",
		"log_directory":                filepath.Join(p.home, "log"),
		"log_filename":                 "postgres-%a.log",
		"log_truncate_on_rotation":     "on",
		"log_rotation_age":             "1d",
		"log_rotation_size":            "0",
		"log_line_prefix":              "%m [%p] %d ",
		"log_autovacuum_min_duration":  "10s",
		"log_lock_waits":               "on",
		"autovacuum_vacuum_cost_limit": "1000",
	})
	return set
}

// memory is the machine's, in MiB; a guess where there is no /proc.
func memory() int {
	b, _ := os.ReadFile("/proc/meminfo")
	var kib int
	if _, err := fmt.Sscanf(string(b), "MemTotal: %d kB", &kib); err != nil {
		return 4096
	}
	return kib >> 10
}
