package postgres_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

func toll(key string, most int) records.Toll {
	return records.Toll{Of: "test", Key: key, Most: most, Span: time.Minute}
}

func TestABucketTakesAsManyAsWerePromisedHoweverManyComeAtOnce(t *testing.T) {
	h := newHouse(t)
	var through atomic.Int64
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			took, err := h.Take(t.Context(), h.now, toll("a", 10))
			if err == nil && took.Wait == 0 {
				through.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 10, through.Load())
}

func TestABucketLeaksAndTakesBack(t *testing.T) {
	h := newHouse(t)
	take := func(at time.Duration, tolls ...records.Toll) records.Taken {
		took, err := h.Take(t.Context(), h.now.Add(at), tolls...)
		require.NoError(t, err)
		return took
	}
	for _, most := range []int{1, 3, 7, 30, 100} {
		key := uuid.NewString()
		for range most {
			require.Zero(t, take(0, toll(key, most)).Wait, most)
		}
		one := time.Minute / time.Duration(most)
		require.InDelta(t, one.Seconds(), take(0, toll(key, most)).Wait.Seconds(), 0.001)
		require.Zero(t, take(one, toll(key, most)).Wait)
		require.NotZero(t, take(one, toll(key, most)).Wait)
		require.NoError(t, h.GiveBack(t.Context(), toll(key, most)))
		require.Zero(t, take(one, toll(key, most)).Wait)
		for range most {
			require.Zero(t, take(5*time.Minute, toll(key, most)).Wait, "a bucket that has leaked is empty, and no emptier")
		}
		require.NotZero(t, take(5*time.Minute, toll(key, most)).Wait)
	}
}

func TestAnAttemptIsCountedEverywhereOrNowhere(t *testing.T) {
	h := newHouse(t)
	wide, narrow, far := toll("wide", 3), toll("narrow", 1), toll("far", 1)
	take := func(tolls ...records.Toll) records.Taken {
		took, err := h.Take(t.Context(), h.now, tolls...)
		require.NoError(t, err)
		return took
	}
	require.Equal(t, records.Taken{}, take(wide, narrow))
	for i := range 5 {
		took := take(wide, narrow, far)
		require.NotZero(t, took.Wait)
		require.Equal(t, i == 0, took.First, "the first refusal is told apart")
	}
	require.Zero(t, take(wide, far).Wait, "what was refused counted in none")
	require.Zero(t, take(wide).Wait)
	require.NotZero(t, take(wide).Wait)
	require.Equal(t, records.Taken{}, take())

	var rows int
	require.NoError(t, h.Pool().QueryRow(t.Context(), `SELECT count(*) FROM throttle`).Scan(&rows))
	require.Equal(t, 3, rows)
	take(wide, toll("never made", 1))
	require.NoError(t, h.Pool().QueryRow(t.Context(), `SELECT count(*) FROM throttle`).Scan(&rows))
	require.Equal(t, 3, rows, "a full bucket keeps those after it from being made")
	require.NoError(t, h.Prune(t.Context(), h.now.Add(2*time.Hour)))
	require.NoError(t, h.Pool().QueryRow(t.Context(), `SELECT count(*) FROM throttle`).Scan(&rows))
	require.Zero(t, rows)
}

func TestAPersonIsKnownByWhatTheySignedInWith(t *testing.T) {
	h := newHouse(t)
	known := func(login string) map[string]bool {
		got, err := h.KnownBy(t.Context(), login, "browser", "address")
		require.NoError(t, err)
		return got
	}
	require.NoError(t, h.Know(t.Context(), h.anna, h.now, "browser"))
	require.NoError(t, h.Know(t.Context(), h.bella, h.now, "address"))
	require.Equal(t, map[string]bool{"browser": true, "address": false}, known(" ANNA"))
	require.Equal(t, map[string]bool{"browser": false, "address": true}, known("bella"))
	require.Equal(t, map[string]bool{"browser": false, "address": false}, known("nobody"))

	require.NoError(t, h.Know(t.Context(), h.anna, h.now.AddDate(0, 0, 100), "browser"))
	require.NoError(t, h.Prune(t.Context(), h.now.AddDate(0, 0, 200)))
	require.True(t, known("anna")["browser"])
	require.False(t, known("bella")["address"], "not seen for half a year")
}

func TestASessionIsOfAPersonWhoMaySignIn(t *testing.T) {
	h := newHouse(t)
	h.hold(t, houseVillage, h.bella, false)
	h.hold(t, houseVillage, h.anna, true)
	start := records.Session{
		ID: uuid.NewString(), Person: h.anna, Method: records.ByProvider, Started: h.now, Proved: h.now, Ends: h.now.Add(time.Hour), Device: "phone", Browser: "edge", Address: "198.51.0.0/16",
	}
	require.NoError(t, h.StartSession(t.Context(), "a token", start))
	in, err := h.SessionByToken(t.Context(), "a token", h.now)
	require.NoError(t, err)
	start.Seen = start.Started
	require.Equal(t, records.SignedIn{Session: start, Login: "anna", Posts: []cases.Post{}, Roles: []cases.Role{cases.RoleDirector}}, in, "a deputy who is not called has the role and not the post")
	_, err = h.SessionByToken(t.Context(), "another", h.now)
	requireCode(t, cases.CodeNotFound, err)
	_, err = h.SessionByToken(t.Context(), "a token", h.now.Add(time.Hour))
	requireCode(t, cases.CodeNotFound, err)

	require.NoError(t, h.SeeSession(t.Context(), start.ID, h.now.Add(time.Minute)))
	require.NoError(t, h.SeeSession(t.Context(), start.ID, h.now), "an older use does not undo a newer one")
	in, err = h.SessionByToken(t.Context(), "a token", h.now)
	require.NoError(t, err)
	require.Equal(t, h.now.Add(time.Minute), in.Seen)

	require.NoError(t, h.SetActive(t.Context(), records.Access{}, h.anna, false))
	require.NoError(t, h.SetActive(t.Context(), records.Access{}, h.anna, true))
	_, err = h.SessionByToken(t.Context(), "a token", h.now)
	requireCode(t, cases.CodeNotFound, err)
}

func TestAnotherRoleReadsNothingOfHowPeopleSignIn(t *testing.T) {
	h := newHouse(t)
	for _, table := range []string{"session", "second_factor", "recovery_code", "provider_account", "known_mark", "throttle", "sign_in"} {
		err := h.WithActor(t.Context(), houseHead, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), "SELECT * FROM "+table)
			return err
		})
		require.ErrorContains(t, err, "42501", table)
	}
}
