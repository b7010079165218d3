package files

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/records"
)

func TestAPDFOfPagesIsKeptAsItIs(t *testing.T) {
	scan := string(jpegOf(t, corners(300, 200)))
	for name, body := range map[string][]byte{
		"text":                     plainPDF(),
		"a scan":                   pdfOf("<< /Type /Catalog >>", stream("<< /Subtype /Image /Filter /DCTDecode >>", scan)),
		"compressed objects":       pdfOf("<< /Type /Catalog >>", stream("<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >>", deflated("1 0 << /Type /Page >>"))),
		"pixels that spell a name": pdfOf("<< /Type /Catalog >>", stream("<< /Subtype /Image >>", "\x01/JS \x02/XFA ")),
		"words that spell a name":  pdfOf("<< /Type /Catalog >>", stream("<< /Length 20 /Filter /FlateDecode >>", deflated("BT (see /JS here) Tj ET"))),
		"a font in another filter": pdfOf("<< /Type /Catalog >>", stream("<< /Filter /ASCIIHexDecode >>", "00ff>")),
		"a blank end":              append(plainPDF(), "\r\n\x00 "...),
	} {
		a := accept(t, body)
		require.Equal(t, PDF, a.Media, name)
		require.Equal(t, body, a.Shown, name)
		require.Nil(t, a.Preview, name)
	}
}

func TestAPDFThatDoesMoreThanShowPagesIsRefused(t *testing.T) {
	action := "<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
	for name, body := range map[string][]byte{
		"script":                              pdfOf("<< /Type /Catalog /OpenAction " + action + " >>"),
		"script by an escaped name":           pdfOf("<< /Type /Catalog /OpenAction << /S /J#61va#53cript /J#53 (x) >> >>"),
		"program":                             pdfOf("<< /S /Launch /F (cmd.exe) >>"),
		"attachment":                          pdfOf("<< /Names << /EmbeddedFiles 2 0 R >> >>"),
		"form that sends":                     pdfOf("<< /S /SubmitForm >>"),
		"form with a language of its own":     pdfOf("<< /AcroForm << /XFA 2 0 R >> >>"),
		"film":                                pdfOf("<< /Subtype /RichMedia >>"),
		"script among compressed objects":     pdfOf("<< /Type /Catalog >>", stream("<< /Type /ObjStm /Filter /FlateDecode >>", deflated("1 0 "+action))),
		"short name among compressed objects": pdfOf("<< /Type /Catalog >>", stream("<< /Type /Obj#53tm /Subtype /Image >>", deflated("1 0 << /JS 3 0 R >>"))),
		"a word in the dictionary that looks like an object": pdfOf("<< /Type /Catalog >>",
			stream("<< /Type /ObjStm /X (obj) /Subtype /Image /Filter /FlateDecode >>", deflated("1 0 "+action))),
		"a comment in the dictionary that looks like an object": pdfOf("<< /Type /Catalog >>",
			stream("<< /Type /ObjStm % 7 0 obj\n /Subtype /Image /Filter /FlateDecode >>", deflated("1 0 << /JS 3 0 R >>"))),
		"script in a stream of no kind": pdfOf("<< /Type /Catalog >>", stream("<< >>", deflated(action))),
		"script inside a stream":        pdfOf("<< /Type /Catalog >>", stream("<< /Subtype /Image >>", "9 0 obj "+action+" endobj")),
		"script behind several streams": pdfOf("<< >>", stream("<< >>", "a"), stream("<< >>", "b"), "<< /JS 3 0 R >>"),
	} {
		require.Equal(t, records.CodePDFActive, refuse(t, body).Code, name)
	}
}

func TestAPDFThatCannotBeLookedIntoIsRefused(t *testing.T) {
	require.Equal(t, records.CodePDFLocked, refuse(t, pdfOf("<< /Encrypt 5 0 R >>")).Code)
	bomb := deflated(strings.Repeat("\x00", mostInflated+1))
	for name, body := range map[string][]byte{
		"cut off": plainPDF()[:60], "followed by an archive": append(plainPDF(), "PK\x03\x04archive"...), "followed by a page": append(plainPDF(), "<html>"...),
		"objects in another filter": pdfOf(stream("<< /Type /ObjStm /Filter /LZWDecode >>", "\x80\x0b\x60\x50")),
		"objects cut off":           pdfOf(stream("<< /Type /ObjStm /Filter /FlateDecode >>", deflated(strings.Repeat("abc", 100))[:9])),
		"objects behind a word that looks like a stream": pdfOf("<< /Type /Catalog >>",
			stream("<< /X (stream\n) /Type /ObjStm /Filter /FlateDecode >>", deflated("1 0 << /S /JavaScript /JS 3 0 R >>"))),
		"objects behind a word that looks like an image": pdfOf("<< /Type /Catalog >>",
			stream("<< /Subtype /Image /X (stream\n) /Type /ObjStm /Filter /FlateDecode >>", deflated("1 0 << /S /JavaScript /JS 3 0 R >>"))),
		"more than memory":          pdfOf(stream("<< /Type /ObjStm /Filter /FlateDecode >>", bomb)),
		"more than memory in parts": pdfOf(stream("<< >>", deflated(strings.Repeat("\x00", mostInflated/2+1))), stream("<< >>", bomb)),
	} {
		require.Equal(t, records.CodeFileDamaged, refuse(t, body).Code, name)
	}
}

func TestAFileOfTwoKindsIsTheOneThatItBeginsWith(t *testing.T) {
	both := append(jpegOf(t, corners(16, 16)), plainPDF()...)
	a := accept(t, both)
	require.Equal(t, JPEG, a.Media)
	require.NotContains(t, string(a.Shown), "%PDF")
	require.NotContains(t, string(a.Preview), "%PDF")
}
