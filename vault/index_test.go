package vault

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/vault/suite"
)

func TestANameIsFoundHoweverItIsTyped(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		v := open(t, Options{Suite: s, KeyFile: keyFile(t)})
		for _, c := range []struct {
			kind          Kind
			stored, typed string
			found         bool
		}{
			{Name, "张三", "张三", true},
			{Name, "张三", " 张　三 ", true},
			{Name, "张三", "张三丰", false},
			{Name, "张三", "章三", false},
			{Name, "阿里木·买买提", "阿里木买买提", true},
			{Name, "阿里木·买买提", "阿里木•买买提", true},
			{Name, "Ａｎｎａ", "anna", true},
			{Pinyin, "张三", "zhangsan", true},
			{Pinyin, "张三", "Zhāng Sān", true},
			{Pinyin, "张三", "ＺＨＡＮＧ　ｓａｎ", true},
			{Pinyin, "章三", "张三", true},
			{Pinyin, "张三", "zhangshan", false},
			{Pinyin, "吕布", "lvbu", true},
			{Pinyin, "吕布", "Lǚ Bù", true},
			{Pinyin, "吕布", "lyubu", true},
			{Pinyin, "西安", "xi'an", true},
			// polyphonic surnames: the reading heard and the dictionary's first
			{Pinyin, "单小明", "shanxiaoming", true},
			{Pinyin, "单小明", "danxiaoming", true},
			{Pinyin, "曾小明", "zengxiaoming", true},
			{Pinyin, "仇小明", "qiuxiaoming", true},
			{Pinyin, "解小明", "xiexiaoming", true},
			{Pinyin, "区小明", "ouxiaoming", true},
			{Pinyin, "查小明", "zhaxiaoming", true},
			{Pinyin, "朴小明", "piaoxiaoming", true},
			{Pinyin, "盖小明", "gexiaoming", true},
			{Pinyin, "任小明", "renxiaoming", true},
			{Pinyin, "翟小明", "zhaixiaoming", true},
			{Pinyin, "逄小明", "pangxiaoming", true},
			{Pinyin, "黑小明", "hexiaoming", true},
			{Pinyin, "谌小明", "shenxiaoming", true},
			{Pinyin, "谌小明", "chenxiaoming", true},
			{Pinyin, "尉迟小明", "yuchixiaoming", true},
			{Pinyin, "万俟小明", "moqixiaoming", true},
			{Pinyin, "长孙小明", "zhangsunxiaoming", true},
			{Pinyin, "单小明", "tanxiaoming", false},
			{Initials, "张三", "zs", true},
			{Initials, "张三", "ZS", true},
			{Initials, "张三", "z s", true},
			{Initials, "单小明", "sxm", true},
			{Initials, "单小明", "dxm", true},
			{Initials, "欧阳小明", "oyxm", true},
			{Initials, "张三", "zhangsan", false},
			{IDNumber, "37999920150601001X", "37999920150601001x", true},
			{IDNumber, "379999201506010016", "３７９９９９ ２０１５０６０１ ００１６", true},
			{IDNumber, "379999201506010016", "379999201803150023", false},
			{Phone, "13900000001", "+86 139-0000-0001", true},
			{Phone, "05364220000", "0536-4220000", true},
			{Phone, "13900000001", "13900000002", false},
		} {
			require.Equal(t, c.found, meet(v.Tokens(c.kind, c.stored), v.Tokens(c.kind, c.typed)), "%d %s %s", c.kind, c.stored, c.typed)
		}
	})
}

func TestATokenTellsNothing(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		v := open(t, Options{Suite: s, KeyFile: keyFile(t)})
		tokens := v.Tokens(Name, "zs")
		require.Len(t, tokens, 1)
		require.Len(t, tokens[0], 16)
		require.False(t, meet(tokens, v.Tokens(Initials, "zs")), "kinds do not mix")
		require.False(t, meet(tokens, v.Tokens(Pinyin, "zs")), "kinds do not mix")
	})
}

func TestNothingToIndexGivesNoToken(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		v := open(t, Options{Suite: s, KeyFile: keyFile(t)})
		for _, kind := range []Kind{Name, Pinyin, Initials, IDNumber, Phone} {
			for _, value := range []string{"", "  ", "\u200b", "-"} {
				require.Empty(t, v.Tokens(kind, value), "%d %q", kind, value)
			}
		}
		require.Empty(t, v.Tokens(0, "张三"))
		require.Empty(t, v.Tokens(Pinyin, "𬶮"[:0]))
	})
}

func TestALongNameOfPolyphonesKeepsItsLikeliestReadings(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		v := open(t, Options{Suite: s, KeyFile: keyFile(t)})
		name := strings.Repeat("能那折单", 5)
		tokens := v.Tokens(Pinyin, name)
		require.NotEmpty(t, tokens)
		require.LessOrEqual(t, len(tokens), maxTokens)
		require.True(t, meet(tokens, v.Tokens(Pinyin, strings.Repeat("nengnazhedan", 5))))
	})
}

func meet(a, b [][]byte) bool {
	for _, x := range a {
		for _, y := range b {
			if bytes.Equal(x, y) {
				return true
			}
		}
	}
	return false
}

func BenchmarkTokens(b *testing.B) {
	v := open(b, Options{KeyFile: keyFile(b)})
	for b.Loop() {
		for _, kind := range []Kind{Name, Pinyin, Initials} {
			v.Tokens(kind, "单小明")
		}
	}
}
