package api

import (
	"context"
	"strings"
	"time"

	"tonghu/cases"
	"tonghu/paper"
)

// All that goes onto paper as PDF is set here, one way: package paper knows how, the
// locale files what it says.

// frame is what stands on each page of a paper that the caller prints.
func (s *server) frame(ctx context.Context, t *tongue, title, number string) (paper.Frame, error) {
	me, err := s.People.PersonByID(ctx, accessOf(ctx).Person, s.Now())
	if err != nil {
		return paper.Frame{}, err
	}
	return paper.Frame{
		Title: title, Number: number, Mark: me.Name + " " + clock(s.Now()), Foot: t.put("paper.foot", "by", me.Name, "at", clock(s.Now())),
		Page: t.say("paper.page"), Missing: t.say("paper.missing"),
	}, nil
}

// asPDF sets a paper.
func (s *server) asPDF(name string, frame paper.Frame, body func(*paper.Sheet)) (*paperAnswer, error) {
	if s.Papers == nil {
		return nil, &cases.Error{Code: cases.CodeUnavailable, Err: paper.ErrNoFont}
	}
	out, err := s.Papers.Set(frame, body)
	if err != nil {
		return nil, &cases.Error{Code: cases.CodeUnavailable, Err: err}
	}
	return &paperAnswer{ContentType: "application/pdf", Policy: answerPolicy, Disposition: `inline; filename="` + name + `.pdf"`, Body: out}, nil
}

// put says a word with details in it: pairs of name and value.
func (t *tongue) put(key string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		pairs[i] = "{" + pairs[i] + "}"
	}
	return strings.NewReplacer(pairs...).Replace(t.say(key))
}

// clock is a time on paper to the second: who acted first is read from it.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(cases.Zone).Format("2006-01-02 15:04:05")
}

// postNames gives how posts are called: the place or unit, and the role.
func (s *server) postNames(ctx context.Context, t *tongue) (func(cases.Post) string, error) {
	places, err := s.Directory.Orgs(ctx, string(s.City)[:min(6, len(s.City))])
	if err != nil {
		return nil, err
	}
	units, err := s.Directory.Units(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, p := range places {
		names[string(p.Code)] = p.Name
	}
	for _, u := range units {
		names[u.Name] = u.Title
	}
	return func(p cases.Post) string {
		if p == "" {
			return ""
		}
		at := names[p.Unit()]
		if org := p.Org(); org != "" && org != s.City {
			at = names[string(org)]
			if org.IsVillage() {
				at = names[string(org.Town())] + at
			}
		}
		_, number, _ := strings.Cut(string(p), "#")
		return strings.TrimSpace(at + " " + t.say("role."+string(p.Role())) + number)
	}, nil
}

// set sets a 转办函 or a 督办单 with the slip that comes back.
func (l letterShown) set(sheet *paper.Sheet) {
	say := chinese.say
	sheet.Title(l.Addressed())
	if l.Draft {
		sheet.Title(say("paper.draft"))
	}
	sheet.Text(l.Says())
	sheet.Space(6)
	sheet.Pairs(
		[2]string{say("paper.chain.case"), l.CaseNo}, [2]string{say("paper.letter.subject"), l.Subject}, [2]string{say("paper.letter.text"), l.Text},
		[2]string{say("paper.letter.issued"), l.IssuedOn}, [2]string{say(l.Term()), l.DueOn},
	)
	sheet.Space(6)
	if l.Provisional {
		sheet.Note(say("paper.letter.provisionalWhy"))
	}
	sheet.Note(say("paper.secret"))
	sheet.Space(16)
	sheet.Text(say("paper.letter.seal"))
	sheet.Cut(say("paper.letter.cut"), 300)
	sheet.Title(say("paper.letter.slip") + " " + l.Number)
	sheet.Table([]float64{1, 3.4}, nil,
		paper.Row{Cells: []string{say("paper.chain.case"), l.CaseNo}}, paper.Row{Cells: []string{say("paper.letter.unit"), l.ToName}},
		paper.Row{Cells: []string{say("paper.letter.signed")}, Tall: 30}, paper.Row{Cells: []string{say("paper.letter.result")}, Tall: 80},
		paper.Row{Cells: []string{say("paper.letter.contact")}, Tall: 30}, paper.Row{Cells: []string{say("paper.letter.sealed")}, Tall: 40},
	)
}

// Says is the sentence of the certificate of a destroyed file.
func (e erasureShown) Says() string {
	text := chinese.put("paper.erasure.text", "on", e.On)
	if e.Merged {
		text += chinese.say("paper.erasure.merged")
	}
	return text
}

// Rows are what the certificate lists.
func (e erasureShown) Rows() [][2]string {
	say := chinese.say
	listed := e.ListedOn
	if listed == "" {
		listed = say("paper.erasure.listing")
	}
	keys := strings.Join(e.Keys, "\n")
	if keys == "" {
		keys = say("paper.none")
	}
	return [][2]string{
		{say("paper.chain.case"), e.Number + " " + e.KindName}, {say("paper.erasure.cause"), e.CauseName},
		{say("paper.erasure.by"), e.ByPost}, {say("paper.erasure.second"), e.SecondPost}, {say("paper.erasure.decision"), e.Decision},
		{say("paper.erasure.keys"), keys}, {say("paper.erasure.listed"), listed},
	}
}

// set sets the certificate.
func (e erasureShown) set(sheet *paper.Sheet) {
	say := chinese.say
	sheet.Text(e.Says())
	sheet.Space(6)
	sheet.Pairs(e.Rows()...)
	sheet.Space(6)
	sheet.Note(say("paper.erasure.notice"))
	sheet.Space(20)
	sheet.Text(say("paper.erasure.seal"))
}
