//go:build e2e

package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The product's own story, told over HTTP against a drill.
func TestStory(t *testing.T) {
	t.Parallel()
	in := newInstance(t, "drill")
	in.start()
	out, err := in.tonghu("story", "--url", in.url())
	require.NoError(t, err, out)
	in.verify()
}
