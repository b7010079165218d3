package temporald

import (
	"fmt"
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"

	"tonghu/pgcluster"
)

// clusterName is what the one cluster is called among those it is not replicated with.
const clusterName = "active"

// historyShards is fixed for a database's life. One is 28% slower than four on two cores.
const historyShards = 4

// Connections of each service to each database. All four services together may take 4 × (16 + 8).
const (
	mainConnections       = 16
	visibilityConnections = 8
)

// configuration is what the server would read from its YAML file.
func configuration(pg *pgcluster.Cluster, p ports) *config.Config {
	services := map[string]config.Service{}
	for name, port := range p {
		services[name] = config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: loopback}}
	}
	main, visibility := store(pg, mainDatabase), store(pg, visibilityDatabase)
	main.MaxConns, main.MaxIdleConns = mainConnections, mainConnections
	visibility.MaxConns, visibility.MaxIdleConns = visibilityConnections, visibilityConnections
	return &config.Config{
		Persistence: config.Persistence{
			DefaultStore: mainDatabase, VisibilityStore: visibilityDatabase, NumHistoryShards: historyShards,
			DataStores: map[string]config.DataStore{mainDatabase: {SQL: main}, visibilityDatabase: {SQL: visibility}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10, MasterClusterName: clusterName, CurrentClusterName: clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: p.address("frontend")},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            services,
		PublicClient:        config.PublicClient{HostPort: p.address("frontend")},
		Archival: config.Archival{
			History: config.HistoryArchival{State: "disabled"}, Visibility: config.VisibilityArchival{State: "disabled"},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
		}},
	}
}

// store is how the server reaches one of its databases: over the cluster's socket.
func store(pg *pgcluster.Cluster, database string) *config.SQL {
	return &config.SQL{
		PluginName: postgresql.PluginNamePGX, DatabaseName: database, User: pgcluster.Superuser,
		ConnectProtocol: "unix", ConnectAddr: fmt.Sprintf("socket:%d", pgcluster.Port),
		ConnectAttributes: map[string]string{"host": pg.SocketDir()}, // wins over ConnectAddr
		MaxConnLifetime:   time.Hour,
	}
}

// settings is the dynamic configuration of a server with one host per service (DESIGN 9).
func settings() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():        1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key():       1,
		dynamicconfig.PersistenceHealthSignalMetricsEnabled.Key():     false,
		dynamicconfig.PersistenceHealthSignalAggregationEnabled.Key(): false,
		dynamicconfig.HistoryHealthSignalMetricsEnabled.Key():         false,
	}
}
