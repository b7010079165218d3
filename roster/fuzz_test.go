package roster_test

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"tonghu/roster"
)

// readable requires of a file what is required of every file that somebody may upload: that it is refused, or read to its end.
func readable(src []byte) {
	read, faults, err := roster.Read(src, words)
	if err == nil && len(faults) == 0 {
		roster.Compare(read, county(), words, options())
	}
}

// FuzzRead looks for a file that breaks what reads a roster.
func FuzzRead(f *testing.F) {
	f.Add([]byte("所在编码,岗位,姓名\n379999101203,director,蔡丽"))
	f.Add(workbook(f))
	f.Add(workbook(f)[:500])
	f.Fuzz(func(_ *testing.T, src []byte) { readable(src) })
}

// FuzzReadWorkbook is FuzzRead inside of a workbook: what is packed into it is spoilt, and packed again.
func FuzzReadWorkbook(f *testing.F) {
	parts := unpacked(f, ownWorkbook(f))
	names := []string{"xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"}
	for i, name := range names {
		require.NotEmpty(f, parts[name], name)
		f.Add(uint8(i), parts[name])
	}
	f.Fuzz(func(t *testing.T, which uint8, part []byte) {
		readable(packed(t, parts, names[int(which)%len(names)], part))
	})
}

// workbook is a small roster.
func workbook(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, roster.WriteXLSX(&b, county(), words))
	return b.Bytes()
}

// ownWorkbook is one as spreadsheets write it, with its texts apart.
func ownWorkbook(t testing.TB) []byte {
	t.Helper()
	book := excelize.NewFile()
	require.NoError(t, book.SetSheetRow("Sheet1", "A1", &[]any{"所在编码*", "岗位*", "姓名*", "手机"}))
	require.NoError(t, book.SetSheetRow("Sheet1", "A2", &[]any{379999101203, "村（居）儿童主任", "蔡丽", 13900000003}))
	b, err := book.WriteToBuffer()
	require.NoError(t, err)
	return b.Bytes()
}

// unpacked gives what is in a workbook, by name.
func unpacked(t testing.TB, src []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(src), int64(len(src)))
	require.NoError(t, err)
	out := map[string][]byte{}
	for _, file := range z.File {
		r, err := file.Open()
		require.NoError(t, err)
		out[file.Name], err = io.ReadAll(r)
		require.NoError(t, err)
	}
	return out
}

// packed gives a workbook of parts with one of them replaced.
func packed(t testing.TB, parts map[string][]byte, name string, part []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for n, content := range parts {
		if n == name {
			content = part
		}
		w, err := z.Create(n)
		require.NoError(t, err)
		_, err = w.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}
