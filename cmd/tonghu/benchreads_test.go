package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReadsAreJudgedByTheMedianOfOneCaller(t *testing.T) {
	b := benchReads{Most: 2}
	took := func(with, without time.Duration) [2][]time.Duration {
		slow := 100 * time.Millisecond // the tail is not judged
		return [2][]time.Duration{{with, with, with, slow}, {without, without, without, without}}
	}
	require.NoError(t, b.judge(took(2*time.Millisecond, time.Millisecond)))
	require.ErrorContains(t, b.judge(took(2100*time.Microsecond, time.Millisecond)), "2.10 times")
}
