package roster_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/records"
	"tonghu/roster"
)

const city cases.Org = "379999000000"

func words(key string) []string {
	out := []string{key, key}
	for i, tag := range []string{"zh-CN", "en"} {
		for _, k := range []string{key, "roster." + key} {
			if w := api.Word(tag, k); w != "" {
				out[i] = w
			}
		}
	}
	return out
}

// county is a small one: who is in what.
func county() records.Roster {
	anna, bella := uuid.NewString(), uuid.NewString()
	return records.Roster{
		Places: []records.Place{{Code: city, Name: "安和市"}, {Code: "379999101000", Name: "青石镇"}, {Code: "379999101203", Name: "李家庄村"}},
		Units:  []records.Unit{{Name: "education", Title: "市教育和体育局", Duty: "控辍保学", Department: true}},
		Posts:  []cases.Post{"city:379999000000/system_admin", "town:379999101000/supervisor", "unit:education/liaison", "village:379999101203/director"},
		People: []records.Person{
			{ID: anna, Name: "安娜", Phone: "13900000001", Login: "anna", Email: "anna@anhe.example", Active: true},
			{ID: bella, Name: "贝拉", Phone: "13900000002", Active: true},
		},
		Holdings: []records.Holding{
			{Post: "town:379999101000/supervisor", Person: anna}, {Post: "village:379999101203/director", Person: bella},
			{Post: "village:379999101203/director", Person: anna, Deputy: true},
		},
	}
}

func options() roster.Options { return roster.Options{City: city} }

func table(t *testing.T, lines ...string) roster.Table {
	t.Helper()
	out, faults, err := roster.Read([]byte("所在编码,所在名称,岗位,序号,任职方式,姓名,手机,邮箱,登录名,人员编号\n"+strings.Join(lines, "\n")), words)
	require.NoError(t, err)
	require.Empty(t, faults)
	return out
}

func TestWhatIsWrittenChangesNothingWhenItIsReadBack(t *testing.T) {
	now := county()
	for name, write := range map[string]func(*bytes.Buffer) error{
		"xlsx": func(b *bytes.Buffer) error { return roster.WriteXLSX(b, now, words) },
		"csv":  func(b *bytes.Buffer) error { return roster.WriteCSV(b, now, words) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			require.NoError(t, write(&b))
			read, faults, err := roster.Read(b.Bytes(), words)
			require.NoError(t, err)
			require.Empty(t, faults)
			o := options()
			o.Whole = true
			c := roster.Compare(read, now, words, o)
			require.Empty(t, c.Faults)
			require.Equal(t, 5, c.Rows, "four holdings and a vacancy, and one post that nobody is in")
			require.True(t, c.Empty(), "%+v", c.RosterPlan)
			require.Empty(t, c.Gone.Posts)
		})
	}
}

func TestASheetBringsAVillageItsPostAndItsDirector(t *testing.T) {
	c := roster.Compare(table(t, "379999101204,王家沟村,村（居）儿童主任,,任职人,蔡丽,139 0000 0003,,,"), county(), words, options())
	require.Empty(t, c.Faults)
	require.Equal(t, []records.Place{{Code: "379999101204", Name: "王家沟村"}}, c.NewPlaces)
	require.Equal(t, []cases.Post{"village:379999101204/director"}, c.NewPosts)
	require.Len(t, c.NewPeople, 1)
	require.Equal(t, "13900000003", c.NewPeople[0].Phone)
	require.Equal(t, []records.Holding{{Post: "village:379999101204/director", Person: c.NewPeople[0].ID, Name: "蔡丽"}}, c.Start)
	require.Empty(t, c.End, "who is not in the sheet stays")
}

func TestASheetSpeaksOfItsOwnPostsUnlessItIsTheWhole(t *testing.T) {
	now := county()
	sheet := table(t, "379999101203,,director,,holder,蔡丽,13900000003,,,")
	c := roster.Compare(sheet, now, words, options())
	require.Empty(t, c.Faults)
	require.Equal(t, []records.Holding{{Post: "village:379999101203/director", Person: now.People[1].ID, Name: "贝拉"}}, c.End, "the deputy stays: no row says who is")
	o := options()
	o.Whole = true
	c = roster.Compare(sheet, now, words, o)
	require.Len(t, c.End, 3)
	o.Asker = now.People[0].ID
	require.Len(t, roster.Compare(sheet, now, words, o).End, 1, "who brings the sheet does not put themselves out")
}

func TestAPersonIsKnownByWhatTheRowSays(t *testing.T) {
	now := county()
	bella := now.People[1]
	for name, row := range map[string]string{
		"by the number":             "贝拉娜,13900000009,,," + bella.ID,
		"by name and telephone":     "贝拉,13900000002,,,",
		"by being there, by name":   "贝拉,,,,",
		"and a new login is theirs": "贝拉,13900000002,,bella,",
	} {
		t.Run(name, func(t *testing.T) {
			c := roster.Compare(table(t, "379999101203,李家庄村,director,,,"+row), now, words, options())
			require.Empty(t, c.Faults)
			require.Empty(t, c.NewPeople)
			require.Empty(t, c.Start)
			require.Empty(t, c.End)
		})
	}
}

func TestFaultsNameTheCellAndWhatWouldBeRight(t *testing.T) {
	for name, test := range map[string]struct{ row, letter, reason, want string }{
		"code of eleven digits":  {"37999910120,李家庄村,director,,,蔡丽,13900000003,,,", "A", "place_code", "379999000000"},
		"another county":         {"370784101203,某村,director,,,蔡丽,13900000003,,,", "A", "place_county", "379999"},
		"unknown without a name": {"379999101299,,director,,,蔡丽,13900000003,,,", "B", "place_unknown", ""},
		"name of another place":  {"379999101203,王家沟村,director,,,蔡丽,13900000003,,,", "B", "place_name", "李家庄村"},
		"no such post":           {"379999101203,,村长,,,蔡丽,13900000003,,,", "C", "role", ""},
		"post of a town":         {"379999101203,,镇儿童督导员,,,蔡丽,13900000003,,,", "A", "role_place", "town"},
		"number":                 {"379999000000,,manager,零,,蔡丽,13900000003,,,", "D", "number", "1"},
		"neither holder nor B":   {"379999101203,,director,,C角,蔡丽,13900000003,,,", "E", "kind", "任职人 / B角"},
		"nameless":               {"379999101203,,director,,,,13900000003,,,", "F", "required", ""},
		"telephone":              {"379999101203,,director,,,蔡丽,1390000000,,,", "G", "phone", "13900000000"},
		"new without telephone":  {"379999101203,,director,,,蔡丽,,,,", "G", "required", "13900000000"},
		"e-mail":                 {"379999101203,,director,,,蔡丽,13900000003,cai,,", "H", "email", "name@example.cn"},
		"login of another":       {"379999101203,,director,,,蔡丽,13900000003,,anna,", "I", "login_taken", "安娜"},
		"login is a telephone":   {"379999101203,,director,,,蔡丽,13900000003,,13900000003,", "I", "login_number", "zhangsan"},
		"login is an ID number":  {"379999101203,,director,,,蔡丽,13900000003,,379999197806010019,", "I", "login_number", "zhangsan"},
		"unknown number":         {"379999101203,,director,,,蔡丽,13900000003,,," + uuid.NewString(), "J", "person_unknown", ""},
		"administrator too":      {"379999000000,,system_admin,,,安娜,13900000001,,,", "C", "separation", "town:379999101000/supervisor"},
	} {
		t.Run(name, func(t *testing.T) {
			c := roster.Compare(table(t, "", test.row), county(), words, options())
			require.Len(t, c.Faults, 1)
			f := c.Faults[0]
			require.Equal(t, []any{3, test.letter, test.reason}, []any{f.Row, f.Letter, f.Reason})
			if test.want != "" {
				require.Equal(t, test.want, f.Want)
			}
			require.NotEmpty(t, api.Word("zh-CN", "roster.fault."+f.Reason)+api.Word("zh-CN", "roster.fault."+f.Reason+"."+f.Want), "there are words for it")
		})
	}
}

func TestTwoRowsSayOneThingOfOnePerson(t *testing.T) {
	row := "379999101203,,director,,%s,蔡丽,13900000003,%s,,"
	c := roster.Compare(table(t, fmt.Sprintf(row, "", ""), fmt.Sprintf(row, "", "")), county(), words, options())
	require.Equal(t, "twice", c.Faults[0].Reason)
	c = roster.Compare(table(t, fmt.Sprintf(row, "", ""), fmt.Sprintf(row, "B角", "")), county(), words, options())
	require.Equal(t, "both", c.Faults[0].Reason)
	c = roster.Compare(table(t, fmt.Sprintf(row, "", ""), "379999101000,,supervisor,,,蔡丽,13900000003,cai@anhe.example,,"), county(), words, options())
	require.Equal(t, []any{"person_differs", "2"}, []any{c.Faults[0].Reason, c.Faults[0].Want})
}

func TestASheetWithoutItsColumnsSaysWhich(t *testing.T) {
	_, faults, err := roster.Read([]byte("编码,岗位,姓名\n379999101203,director,蔡丽"), words)
	require.NoError(t, err)
	require.Len(t, faults, 1)
	require.Equal(t, []any{"header", "所在编码", 1}, []any{faults[0].Reason, faults[0].Want, faults[0].Row})
}

func TestCSVAsChineseSpreadsheetsSaveIt(t *testing.T) {
	src, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte("所在编码,岗位,姓名,手机\n379999101203,村（居）儿童主任,蔡丽,13900000003\n"))
	require.NoError(t, err)
	read, faults, err := roster.Read(src, words)
	require.NoError(t, err)
	require.Empty(t, faults)
	c := roster.Compare(read, county(), words, options())
	require.Empty(t, c.Faults)
	require.Equal(t, "蔡丽", c.Start[0].Name)
}

func TestNumbersInAWorkbookKeepTheirDigits(t *testing.T) {
	read, faults, err := roster.Read(ownWorkbook(t), words)
	require.NoError(t, err)
	require.Empty(t, faults)
	c := roster.Compare(read, county(), words, options())
	require.Empty(t, c.Faults)
	require.Equal(t, "13900000003", c.NewPeople[0].Phone)
}

func TestWhatIsNoSheetIsRefused(t *testing.T) {
	for _, src := range []string{"PK\x03\x04 and no more", "\x00\x01\x02\x03", "\xff\xfe\xff"} {
		_, _, err := roster.Read([]byte(src), words)
		require.ErrorIs(t, err, roster.ErrFormat)
	}
}

func TestAWorkbookWithALineOrColumnFarAwayIsReadInBounds(t *testing.T) {
	read := func(was, now string) (roster.Table, []roster.Fault) {
		parts := unpacked(t, ownWorkbook(t))
		sheet := string(parts["xl/worksheets/sheet1.xml"])
		require.Contains(t, sheet, was)
		got, faults, err := roster.Read(packed(t, parts, "xl/worksheets/sheet1.xml", []byte(strings.ReplaceAll(sheet, was, now))), words)
		require.NoError(t, err)
		return got, faults
	}
	for _, line := range []string{"100000", "2000000000"} {
		got, faults := read(`<row r="2"`, `<row r="`+line+`"`)
		require.Len(t, faults, 1)
		require.Equal(t, "too_many", faults[0].Reason)
		require.Empty(t, got.Rows[roster.Posts])
	}
	got, faults := read(`r="D1"`, `r="XFD1"`)
	require.Empty(t, faults)
	require.NotContains(t, got.Letters[roster.Posts], "phone")
	got, faults = read(`<row r="2"`, `<row r="30"`)
	require.Empty(t, faults)
	require.Equal(t, 30, got.Rows[roster.Posts][0].Line)
}
