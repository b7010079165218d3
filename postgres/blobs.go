package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tonghu/postgres/internal/db"
)

// Blobs keeps sealed bytes outside the database, under names that tell nothing.
// Package files/blobs implements it.
type Blobs interface {
	// Put keeps bytes under a new name; when it returns they are safe.
	Put(ctx context.Context, name string, sealed []byte) error
	Get(ctx context.Context, name string) ([]byte, error)
	// Delete takes a name away; that it is not there is no error.
	Delete(ctx context.Context, name string) error
	// Each gives the names of what was written before a time, until fn fails.
	Each(ctx context.Context, before time.Time, fn func(name string) error) error
}

// UseBlobs says where the bytes of files are. Like UseJobs it is called before the
// store is used by more than one goroutine.
func (s *Store) UseBlobs(b Blobs) { s.blobs = b }

// How old a blob without a file must be before it is swept: an upload's bytes are
// there before its row.
const orphanAge = 24 * time.Hour

// mostOrphans is how many blobs without a file are taken for what killed processes
// left behind, where they are more than those with one.
const mostOrphans = 20

// SweepFiles deletes the bytes of files whose data key was destroyed, and blobs that
// no file has since a day.
func (s *Store) SweepFiles(ctx context.Context) error {
	if s.blobs == nil {
		return nil
	}
	for done := false; !done; {
		const atOnce = 100
		var gone []string
		err := s.within(ctx, func(tx pgx.Tx) error {
			q := db.New(tx)
			files, err := q.EraseFiles(ctx, atOnce)
			if err != nil {
				return err
			}
			done = len(files) < atOnce
			gone, err = q.DropFileBlobs(ctx, files)
			return err
		})
		if err != nil {
			return err
		}
		s.dropBlobs(ctx, gone)
	}
	return s.sweepOrphans(ctx)
}

// sweepOrphans deletes blobs without a file; not where most have none, because then
// the folder is another database's.
func (s *Store) sweepOrphans(ctx context.Context) error {
	q := db.New(s.pool)
	var names, orphans []string
	ask := func() error {
		unknown, err := q.UnknownBlobs(ctx, names)
		orphans, names = append(orphans, unknown...), names[:0]
		return err
	}
	err := s.blobs.Each(ctx, s.now().Add(-orphanAge), func(name string) error {
		if names = append(names, name); len(names) < 500 {
			return nil
		}
		return ask()
	})
	if err == nil {
		err = ask()
	}
	if err != nil {
		return fault(err)
	}
	known, err := q.CountBlobs(ctx)
	if err != nil {
		return fault(err)
	}
	if len(orphans) > mostOrphans && int64(len(orphans)) > known {
		return fmt.Errorf("postgres: %d blobs belong to no file of this database and %d do: is it another one's folder? none was deleted", len(orphans), known)
	}
	for _, name := range orphans {
		if err := s.blobs.Delete(ctx, name); err != nil {
			return err
		}
	}
	return nil
}
