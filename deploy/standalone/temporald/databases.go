package temporald

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	persistencespb "go.temporal.io/server/api/persistence/v1"
	"go.temporal.io/server/common"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/persistence"
	"go.temporal.io/server/common/persistence/serialization"
	persistencesql "go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/resolver"
	"go.temporal.io/server/tools/common/schema"
	"go.temporal.io/server/tools/sql"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/types/known/durationpb"

	"tonghu/pgcluster"
)

const (
	mainDatabase       = "temporal"
	visibilityDatabase = "temporal_visibility"
	// schemaLock is the advisory lock under which processes of one cluster change the schema.
	schemaLock = 7_106_810_365
)

// ensureDatabases makes the databases, brings them to the schema that is embedded in the server, version by version, and
// puts Namespace into them. It does so before the server starts, which would learn of a new namespace only after seconds.
func ensureDatabases(ctx context.Context, pg *pgcluster.Cluster) error {
	conn, err := pgx.Connect(ctx, pg.DSN("postgres", pgcluster.Superuser))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // gives up the lock
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(schemaLock)); err != nil {
		return err
	}
	var g errgroup.Group
	for database, name := range map[string]string{
		mainDatabase:       "postgresql/v12/temporal",
		visibilityDatabase: "postgresql/v12/visibility",
	} {
		g.Go(func() error {
			if err := pg.CreateDatabase(ctx, database, pgcluster.Superuser); err != nil {
				return err
			}
			if err := update(pg, database, name); err != nil {
				return fmt.Errorf("schema of %s: %w", database, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := ensureNamespace(ctx, pg); err != nil {
		return fmt.Errorf("namespace: %w", err)
	}
	return nil
}

// update takes a database to this version's schema, from nothing or from an older version's.
func update(pg *pgcluster.Cluster, database, name string) error {
	store := store(pg, database)
	// A crash may lose the last statements, never one before another: the next start goes on from there.
	store.ConnectAttributes["synchronous_commit"] = "off"
	db, err := sql.NewConnection(store, log.NewNoopLogger())
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ReadSchemaVersion(); err != nil {
		if err := schema.NewSetupSchemaTask(db, &schema.SetupConfig{InitialVersion: "0.0"}, log.NewNoopLogger()).Run(); err != nil {
			return err
		}
	}
	return schema.NewUpdateSchemaTask(db, &schema.UpdateConfig{DBName: database, SchemaName: name}, log.NewNoopLogger()).Run()
}

func ensureNamespace(ctx context.Context, pg *pgcluster.Cluster) error {
	serializer := serialization.NewSerializer()
	factory := persistencesql.NewFactory(*store(pg, mainDatabase), resolver.NewNoopResolver(), clusterName, log.NewNoopLogger(), metrics.NoopMetricsHandler, serializer)
	defer factory.Close()
	rows, err := factory.NewMetadataStore()
	if err != nil {
		return err
	}
	_, err = persistence.NewMetadataManagerImpl(rows, serializer, log.NewNoopLogger(), clusterName).
		CreateNamespace(ctx, &persistence.CreateNamespaceRequest{Namespace: &persistencespb.NamespaceDetail{
			Info: &persistencespb.NamespaceInfo{
				Id: uuid.NewString(), Name: Namespace, State: enumspb.NAMESPACE_STATE_REGISTERED, Description: "Tonghu's cases",
			},
			Config: &persistencespb.NamespaceConfig{
				Retention:               durationpb.New(Retention),
				HistoryArchivalState:    enumspb.ARCHIVAL_STATE_DISABLED,
				VisibilityArchivalState: enumspb.ARCHIVAL_STATE_DISABLED,
			},
			ReplicationConfig:           &persistencespb.NamespaceReplicationConfig{ActiveClusterName: clusterName, Clusters: []string{clusterName}},
			FailoverVersion:             common.EmptyVersion,
			FailoverNotificationVersion: -1,
		}})
	if exists := new(serviceerror.NamespaceAlreadyExists); errors.As(err, &exists) {
		return nil
	}
	return err
}
