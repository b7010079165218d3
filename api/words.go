package api

import (
	"embed"
	"encoding/json"
	"strings"
	"unicode"

	"golang.org/x/text/language"

	"tonghu/cases"
)

//go:embed locales/*.json
var locales embed.FS

// tongue is a language of the answers: its words by key.
type tongue struct {
	tag   string
	words map[string]string
}

var (
	chinese = speak("zh-CN")
	english = speak("en")
	matcher = language.NewMatcher([]language.Tag{language.SimplifiedChinese, language.English})
)

func speak(tag string) *tongue {
	src, err := locales.ReadFile("locales/" + tag + ".json")
	if err != nil {
		panic(err)
	}
	t := &tongue{tag: tag}
	if err := json.Unmarshal(src, &t.words); err != nil {
		panic("locales/" + tag + ".json: " + err.Error())
	}
	return t
}

// tongueOf chooses by Accept-Language; Chinese where it says nothing that we speak.
func tongueOf(accept string) *tongue {
	if len(accept) > 256 {
		return chinese
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 {
		return chinese
	}
	if _, i, confidence := matcher.Match(wanted...); i == 1 && confidence > language.No {
		return english
	}
	return chinese
}

// mark says which language an answer is in.
func (t *tongue) mark(set func(name, value string)) {
	set("Content-Language", t.tag)
	set("Vary", "Accept-Language, Cookie")
}

// say gives the words of the first key that has any; "" if none has.
func (t *tongue) say(keys ...string) string {
	for _, k := range keys {
		if w, ok := t.words[k]; ok {
			return w
		}
	}
	return ""
}

// fill puts the details of a refusal, which are ids, enums and numbers, into its
// words.
func (t *tongue) fill(text string, details map[string]string) string {
	for name, value := range details {
		word := t.say("step."+value, "stage."+value, "obligation."+cases.KeyBase(value), "rule."+value, "enum."+value)
		if word == "" {
			word = value
		}
		text = strings.ReplaceAll(text, "{"+name+"}", word)
	}
	return text
}

// fault puts what is wrong with a field into words.
func (t *tongue) fault(f cases.FieldError) string {
	text := t.say("reason."+f.Reason, "reason.format")
	before, after, says := strings.Cut(text, "{want}")
	if !says {
		return text
	}
	want := t.wanted(f.Want)
	if want == "" {
		return strings.TrimRightFunc(before, func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSpace(r) }) + after
	}
	return before + want + after
}

// wanted says what a value should have been: "another post", ">= 1", "< 3 workday", "0..17", "yes,unsure,no". What has no word stands as it
// is, but a regular expression tells a reader nothing.
func (t *tongue) wanted(want string) string {
	if word := t.say("want." + want); word != "" || strings.HasPrefix(want, "^") {
		return word
	}
	op, n, _ := strings.Cut(want, " ")
	if bound := t.say("want." + op); n != "" && bound != "" {
		number, unit, _ := strings.Cut(n, " ")
		return strings.ReplaceAll(bound, "{n}", strings.TrimSpace(number+" "+t.say("unit."+unit)))
	}
	if from, to, between := strings.Cut(want, ".."); between {
		return strings.NewReplacer("{from}", from, "{to}", to).Replace(t.say("want..."))
	}
	choices := strings.Split(want, ",")
	for i, c := range choices {
		if choices[i] = t.say("enum." + strings.TrimSpace(c)); choices[i] == "" {
			return want
		}
	}
	return strings.Join(choices, t.say("want.or"))
}

// The keys of the step table's words. A key that is about one kind, step or field
// only stands before the one that is about all of them.

func stepKeys(s cases.Step) []string {
	return []string{"step." + string(s.Kind) + "." + string(s.Name), "step." + string(s.Name)}
}

func fieldKeys(s cases.Step, name string) []string {
	return []string{"field." + string(s.Name) + "." + name, "field." + name}
}

func optionKeys(s cases.Step, f cases.Field, value string) []string {
	if f.Name == cases.DocumentsField {
		return []string{"document." + value}
	}
	return []string{"enum." + string(s.Name) + "." + value, "enum." + f.Name + "." + value, "enum." + value}
}

// Label is a word in both languages.
type Label struct {
	Chinese string `json:"zh-CN"`
	English string `json:"en"`
}

// Word gives the word of a key of the locale files ("step.triage") in a language
// ("zh-CN", "en"); "" if there is none.
func Word(tag, key string) string {
	if tag == english.tag {
		return english.say(key)
	}
	return chinese.say(key)
}

func ruleName(id cases.RuleID) Label {
	base, _, _ := strings.Cut(string(id), "/")
	return label("rule."+base, "obligation."+base)
}

func label(keys ...string) Label { return Label{chinese.say(keys...), english.say(keys...)} }
