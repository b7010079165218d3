package api

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

func TestAWorkbookSaysOnEveryPageWhoTookItOutAndWhy(t *testing.T) {
	m := watermark{
		id: "0198", who: "高建国", what: "待办列表", purpose: "督办", reason: "=HYPERLINK(\"x\") & 季度汇报" + strings.Repeat("长", 300),
		at: time.Date(2026, 11, 24, 1, 2, 0, 0, time.UTC), say: chinese,
	}
	rows := make([][]any, 60)
	for i := range rows {
		rows[i] = []any{"强报〔2026〕1", 7, m.at, "=1+1"}
	}
	body, err := workbook([]sheet{{name: "待办", header: []string{"甲", "乙", "丙", "丁"}, rows: rows}, {name: "空", header: []string{"甲"}}}, m)
	require.NoError(t, err)
	f, err := excelize.OpenReader(bytes.NewReader(body))
	require.NoError(t, err)
	require.Equal(t, []string{"待办", "空"}, f.GetSheetList())
	for _, name := range f.GetSheetList() {
		at := func(cell string) string {
			v, err := f.GetCellValue(name, cell)
			require.NoError(t, err)
			return v
		}
		require.Contains(t, at("A2"), "高建国")
		require.Contains(t, at("A2"), "2026-11-24 09:02")
		require.Contains(t, at("A2"), "0198")
		require.Contains(t, at("A3"), "季度汇报")
		require.Equal(t, "甲", at("A4"))
		page, err := f.GetHeaderFooter(name)
		require.NoError(t, err)
		require.Contains(t, page.OddHeader, "高建国")
		require.Contains(t, page.OddFooter, "&& 季度汇报")
		require.LessOrEqual(t, len([]rune(page.OddFooter)), mostInHeader)
	}
	got, err := f.GetRows("待办")
	require.NoError(t, err)
	marks, formulas := 0, 0
	for i, r := range got[headRows:] {
		if strings.Contains(r[0], "高建国") {
			marks++
			continue
		}
		require.Equal(t, []string{"强报〔2026〕1", "7", "2026-11-24 09:02", "'=1+1"}, r)
		if cell, _ := f.GetCellFormula("待办", "D"+string(rune('0'+i%10))); cell != "" {
			formulas++
		}
	}
	require.Equal(t, 2, marks, "no screenful is without it")
	require.Zero(t, formulas)
}

func TestNoTextOfAWorkbookIsAFormula(t *testing.T) {
	for _, text := range []string{"=1", "+1", "-1", "@x", "\t=1", "\r=1", "|cmd"} {
		require.Equal(t, "'"+text, plain(text))
	}
	require.Equal(t, "强报〔2026〕1", plain("强报〔2026〕1"))
	require.Empty(t, plain(""))
}
