package identifier

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The first is the standard's own example; 379999 is an area that was never assigned, so no real child is hit.
func TestIDNumbersOfTheStandardAndOfTheDemoAreAccepted(t *testing.T) {
	for number, want := range map[string]struct {
		birth string
		male  bool
	}{
		"11010519491231002X": {"1949-12-31", false},
		"379999201506010016": {"2015-06-01", true},
		"379999201803150023": {"2018-03-15", false},
		"379999201211050037": {"2012-11-05", true},
	} {
		n, err := ParseID(number)
		require.NoError(t, err, number)
		require.Equal(t, number, n.Reveal())
		require.Equal(t, number[:6], n.Area())
		require.Equal(t, want.birth, n.Birth().Format(time.DateOnly))
		require.Equal(t, want.male, n.Male())
	}
}

func TestAnIDNumberIsReadAsTyped(t *testing.T) {
	for _, typed := range []string{
		"11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ", "１１０１０５１９４９１２３１００２ｘ", "110105-19491231-002X", "\u200b11010519491231002X",
	} {
		n, err := ParseID(typed)
		require.NoError(t, err, typed)
		require.Equal(t, "11010519491231002X", n.Reveal())
	}
}

func TestAWrongIDNumberIsRefusedWithAReason(t *testing.T) {
	for number, want := range map[string]error{
		"":                    ErrIDLength,
		"110105491231002":     ErrIDLength, // 15 digits, out of use since 2013
		"1101051949123100200": ErrIDLength,
		"11010519491231A02X":  ErrIDDigits,
		"X1010519491231002X":  ErrIDDigits,
		"11010519491231002Y":  ErrIDDigits,
		"379999201502290010":  ErrIDDate, // no leap year
		"379999201513010010":  ErrIDDate,
		"379999000001010010":  ErrIDDate,
		"110105194912310021":  ErrIDCheck,
		"379999201506010061":  ErrIDCheck, // two digits swapped
	} {
		_, err := ParseID(number)
		require.ErrorIs(t, err, want, number)
	}
}

func TestEverySingleWrongDigitIsNoticed(t *testing.T) {
	const good = "379999201506010016"
	for i := range 17 {
		for d := byte('0'); d <= '9'; d++ {
			if d == good[i] {
				continue
			}
			_, err := ParseID(good[:i] + string(d) + good[i+1:])
			require.Error(t, err, "%d %c", i, d)
		}
	}
}

func TestAYearOfAgeIsCompletedOnTheDayAfterTheBirthday(t *testing.T) {
	n, err := ParseID("379999201211050037")
	require.NoError(t, err)
	for day, want := range map[string]int{"2012-01-01": 0, "2012-11-05": 0, "2012-11-06": 0, "2026-11-05": 13, "2026-11-06": 14, "2026-12-01": 14, "2030-01-01": 17} {
		at, err := time.Parse(time.DateOnly, day)
		require.NoError(t, err)
		require.Equal(t, want, n.Age(at), day)
	}
}

func TestTelephonesAreToldByKind(t *testing.T) {
	for typed, want := range map[string]Phone{
		"13900000001":       {"13900000001", Mobile},
		"139 0000 0001":     {"13900000001", Mobile},
		"+86 139-0000-0001": {"13900000001", Mobile},
		"008613900000001":   {"13900000001", Mobile},
		"8613900000001":     {"13900000001", Mobile},
		"１３９０００００００１":       {"13900000001", Mobile},
		"0536-4220000":      {"05364220000", Landline},
		"(0536)4220000":     {"05364220000", Landline},
		"05364220000":       {"05364220000", Landline},
		"010-65550000":      {"01065550000", Landline},
		"110":               {"110", ShortCode},
		"12345":             {"12345", ShortCode},
	} {
		p, err := ParsePhone(typed)
		require.NoError(t, err, typed)
		require.Equal(t, want, p, typed)
	}
	for _, typed := range []string{"", "1390000000", "139000000012", "12900000001", "0536-42200001", "4220000", "119999", "电话", "1390000000a", "+1 202 555 0100"} {
		_, err := ParsePhone(typed)
		require.ErrorIs(t, err, ErrPhone, typed)
	}
}

func TestWhatIsShownIsMasked(t *testing.T) {
	require.Equal(t, "3799************16", MaskID("379999201506010016"))
	require.Equal(t, "*******", MaskID("3799992"))
	require.Equal(t, "139******01", MaskPhone("139 0000 0001"))
	require.Equal(t, "***", MaskPhone("110"))
	require.Equal(t, "张**", MaskName("张三"))
	require.Equal(t, "欧**", MaskName("欧阳娜娜"))
	require.Equal(t, "*", MaskName("张"))
	require.Empty(t, MaskName(" "))

	n, err := ParseID("379999201506010016")
	require.NoError(t, err)
	p, err := ParsePhone("13900000001")
	require.NoError(t, err)
	require.Equal(t, "3799************16 139******01", fmt.Sprint(n, " ", p))
}
