package seed

import (
	"fmt"

	"tonghu/cases"
)

// City is the fictional county-level city 安和市. Its area code is not assigned to
// any real place (DOMAIN 2.7).
const City cases.Org = "379999000000"

const cityName = "安和市"

// villages is how many villages the county has.
const villages = 887

// Place is a place with its name.
type Place struct {
	Org  cases.Org
	Name string
}

// towns are two subdistricts and twelve towns.
var towns = []Place{
	{"379999001000", "永宁街道"}, {"379999002000", "和顺街道"},
	{"379999101000", "青石镇"}, {"379999102000", "白塘镇"}, {"379999103000", "柳溪镇"}, {"379999104000", "云台镇"},
	{"379999105000", "双桥镇"}, {"379999106000", "石泉镇"}, {"379999107000", "梅岭镇"}, {"379999108000", "南浦镇"},
	{"379999109000", "东川镇"}, {"379999110000", "沙河口镇"}, {"379999111000", "松岗镇"}, {"379999112000", "长埠镇"},
}

// Places gives the city, its towns and their villages in the order of their codes.
// It is the same every time.
func Places() []Place {
	out := []Place{{City, cityName}}
	n := 0
	for i, t := range towns {
		out = append(out, t)
		// 887 = 14 × 63 + 5: the first five have one more.
		here := villages / len(towns)
		if i < villages%len(towns) {
			here++
		}
		for k := range here {
			code := cases.Org(fmt.Sprintf("%s%03d", t.Org[:9], 201+k))
			out = append(out, Place{code, villageName(n)})
			n++
		}
	}
	return out
}

var (
	clans   = []rune("李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕")
	grounds = []string{"庄", "屯", "沟", "洼", "埠", "岭", "店", "河", "坡", "疃"}
	sides   = []string{"", "东", "西", "南", "北", "前", "后"}
)

// villageName gives the n-th of 2,800 different names.
func villageName(n int) string {
	n = n * 1201 % (len(clans) * len(grounds) * len(sides)) // 1201 is prime to 2,800: no name comes twice
	clan := clans[n%len(clans)]
	n /= len(clans)
	ground := grounds[n%len(grounds)]
	return sides[n/len(grounds)] + string(clan) + "家" + ground + "村"
}

var given = []rune("桂秀玉春建国志文明华丽红军平海云霞永福林芳兰英梅凤龙山东亮波洁慧敏静强伟涛")

// personName gives the n-th invented name; some people have the same, as in life.
func personName(n int) string {
	k := n * 7919
	return string([]rune{clans[k%len(clans)], given[k/len(clans)%len(given)], given[(k/len(clans)/len(given)+n)%len(given)]})
}
