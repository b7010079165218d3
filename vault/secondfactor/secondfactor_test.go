package secondfactor

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The test vectors of RFC 6238, appendix B, for SHA-1, as six digits.
func TestTheVectorsOfTheStandardMatch(t *testing.T) {
	secret := []byte("12345678901234567890")
	for unix, code := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		step, ok := Match(secret, code, time.Unix(unix, 0))
		require.True(t, ok, unix)
		require.Equal(t, unix/30, step)
	}
}

func TestACodeIsGoodForItsStepAndTheOnesBeside(t *testing.T) {
	secret := []byte("12345678901234567890")
	at := time.Unix(1111111111, 0) // step 37037037
	for _, near := range []int{-30, 0, 30} {
		step, ok := Match(secret, "050471", at.Add(time.Duration(near)*time.Second))
		require.True(t, ok)
		require.EqualValues(t, 37037037, step, "the code's own step, whenever it is typed")
	}
	for _, far := range []int{-90, -60, 60, 90} {
		_, ok := Match(secret, "050471", at.Add(time.Duration(far)*time.Second))
		require.False(t, ok, far)
	}
}

func TestACodeIsFoundHoweverItIsTyped(t *testing.T) {
	secret, at := []byte("12345678901234567890"), time.Unix(1111111111, 0)
	for typed, want := range map[string]bool{
		"050471": true, " 050 471 ": true, "０５０４７１": true, "50471": false, "0050471": false, "": false, "abcdef": false, "050471\x00": false,
	} {
		_, ok := Match(secret, typed, at)
		require.Equal(t, want, ok, typed)
	}
	_, ok := Match([]byte("another secret......"), "050471", at)
	require.False(t, ok)
}

func TestAnAppIsGivenWhatItShows(t *testing.T) {
	a, b := NewSecret(), NewSecret()
	require.NotEqual(t, a, b)
	require.Len(t, a, 20)
	got, err := Enrol([]byte("12345678901234567890"), "童护", "desk1")
	require.NoError(t, err)
	require.Equal(t, "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ", got.Secret)
	uri, err := url.Parse(got.URI)
	require.NoError(t, err)
	require.Equal(t, "otpauth", uri.Scheme)
	require.Equal(t, "totp", uri.Host)
	require.Equal(t, "/童护:desk1", uri.Path)
	require.Equal(t, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", uri.Query().Get("secret"))
	require.Equal(t, "童护", uri.Query().Get("issuer"))
	require.Equal(t, "30", uri.Query().Get("period"))
	_, err = Enrol(a, "童护", "")
	require.Error(t, err)
}

func TestRecoveryCodesAreTenAndReadable(t *testing.T) {
	codes := NewRecoveryCodes()
	require.Len(t, codes, 10)
	seen := map[string]bool{}
	for _, c := range codes {
		require.Regexp(t, `^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`, c)
		require.Equal(t, strings.ReplaceAll(c, "-", ""), Recovery(c))
		seen[c] = true
	}
	require.Len(t, seen, 10)
}

func TestARecoveryCodeIsFoundHoweverItIsTyped(t *testing.T) {
	for typed, want := range map[string]string{
		"k7q2-m0xa-9trb": "K7Q2M0XA9TRB", "K7Q2 MOXA 9TRB": "K7Q2M0XA9TRB", "ｋ７ｑ２ｍ０ｘａ９ｔｒｂ": "K7Q2M0XA9TRB", "ilIL-0000-0000": "111100000000",
		"123456": "", "K7Q2-M0XA-9TR": "", "K7Q2-M0XA-9TRBB": "", "K7Q2-M0XA-9TRU": "", "": "", "K7Q2_M0XA_9TRB": "",
	} {
		require.Equal(t, want, Recovery(typed), typed)
	}
}

func FuzzTyped(f *testing.F) {
	f.Add("050471")
	f.Add("K7Q2-M0XA-9TRB")
	f.Fuzz(func(t *testing.T, typed string) {
		if c := Recovery(typed); c != "" {
			require.Equal(t, c, Recovery(c))
		}
		Match([]byte("12345678901234567890"), typed, time.Unix(1111111111, 0))
	})
}
