package story

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tonghu/api"
	"tonghu/cases"
)

// check looks through both timelines for what is missing or doubled.
func (t *teller) check() error {
	for _, id := range []string{t.report, t.guard} {
		c, err := t.as["desk1"].Case(t.ctx, id)
		if err != nil {
			return err
		}
		t.expect(c.Stage == cases.Closed && len(c.Obligations) == 0 && c.NextDue == nil, "%s 已归档，不再有任何待办", c.Number)
		events, err := t.as["desk1"].Events(t.ctx, id)
		if err != nil {
			return err
		}
		for _, fault := range Faults(events) {
			t.expect(false, "%s：%s", c.Number, fault)
		}
		t.expect(len(events) > 20, "%s 的办理过程有 %d 条", c.Number, len(events))
		closed := slices.IndexFunc(events, func(e api.Event) bool {
			return e.Type == cases.EventStep && e.Step == "close" && e.Approver.Person != "" && e.Approver.Person != e.Actor.Person
		})
		t.expect(closed >= 0, "%s 由两人结案", c.Number)
	}
	return nil
}

// Faults finds in a timeline what can never be right: a rung, a step or a fact that
// stands in it twice, an obligation that was opened and neither done nor released
// once the case is closed, a rung that fired before its time or out of order.
func Faults(events []api.Event) []string {
	var faults []string
	seen := map[string]int{}
	open := map[string]bool{}
	rung := map[string]int{}
	closed := false
	for _, e := range events {
		key := fmt.Sprintf("%s/%d", e.Key, e.Occurrence)
		switch e.Type {
		case cases.EventOpened:
			seen["opened"]++
		case cases.EventRung:
			climb := fmt.Sprintf("%s/%d", key, e.Epoch)
			seen[fmt.Sprintf("rung %d of %s", e.Rung, climb)]++
			if last, ok := rung[climb]; ok && e.Rung <= last {
				faults = append(faults, fmt.Sprintf("rung %d of %s came after rung %d", e.Rung, climb, last))
			}
			rung[climb] = e.Rung
			if e.At.Before(e.Due) {
				faults = append(faults, fmt.Sprintf("rung %d of %s fired early", e.Rung, climb))
			}
			if !open[key] {
				faults = append(faults, fmt.Sprintf("rung %d of %s fired for what was not owed", e.Rung, climb))
			}
		case cases.EventStep, cases.EventProposed:
			seen[fmt.Sprintf("%s %s", e.Type, e.Command)]++
			if e.Type == cases.EventStep { // a proposal says where it would lead
				closed = e.To == cases.Closed
			}
		case cases.EventFact:
			seen["fact "+e.Fact]++
		case cases.EventOwed:
			if open[key] {
				faults = append(faults, key+" was opened twice")
			}
			open[key] = true
		case cases.EventMet, cases.EventReleased:
			if !open[key] {
				faults = append(faults, key+" ended without being owed")
			}
			delete(open, key)
		}
	}
	for what, n := range seen {
		if n > 1 {
			faults = append(faults, fmt.Sprintf("%s happened %d times", what, n))
		}
	}
	if closed {
		for key := range open {
			faults = append(faults, key+" was never done nor released")
		}
	}
	slices.Sort(faults)
	return faults
}

// timeline prints a case's timeline as a person would read it.
func (t *teller) timeline(title, id string) {
	t.say("\n—— %s ——", title)
	events, err := t.as["desk1"].Events(t.ctx, id)
	if err != nil {
		t.say("  %v", err)
		return
	}
	for _, e := range events {
		if line := t.line(e); line != "" {
			t.say("  %s  %s", clock(e.At), line)
		}
	}
}

func (t *teller) line(e api.Event) string {
	owed := t.word("obligation." + cases.KeyBase(e.Key))
	switch e.Type {
	case cases.EventOpened:
		return fmt.Sprintf("立案，%s，%s", t.word("colour."+string(e.Colour)), t.word("stage."+string(e.To)))
	case cases.EventStep:
		line := fmt.Sprintf("%s：%s", t.post(e.Actor.Post), t.word("step."+string(e.Step)))
		if e.From != e.To && e.To != "" {
			line += fmt.Sprintf("（%s → %s）", t.word("stage."+string(e.From)), t.word("stage."+string(e.To)))
		}
		if e.Owner != "" {
			line += "，代录 " + t.post(e.Owner)
		}
		if e.Approver.Post != "" {
			line += "，审批 " + t.post(e.Approver.Post)
		}
		return line
	case cases.EventProposed:
		return fmt.Sprintf("%s 提出 %s，待第二人", t.post(e.Actor.Post), t.word("step."+string(e.Step)))
	case cases.EventOwed:
		return fmt.Sprintf("  待办 %s：%s，%s 前", owed, t.post(e.Owner), clock(e.Due))
	case cases.EventMet:
		return "  完成 " + owed
	case cases.EventReleased:
		return "  不再需要 " + owed
	case cases.EventRung:
		return fmt.Sprintf("  ⚠ %s %s → %s", owed, t.word("rung."+e.RungName), t.posts(e.Posts))
	case cases.EventAck:
		return fmt.Sprintf("  %s 签收 %s", t.post(e.Owner), owed)
	case cases.EventOrder:
		return fmt.Sprintf("  拟督办单第 %d 号：%s", e.Order, owed)
	case cases.EventFact:
		return "  " + t.word("fact."+string(e.FactKind))
	case cases.EventColour:
		return "  颜色 → " + t.word("colour."+string(e.Colour))
	case cases.EventLinked:
		return "  关联个案"
	case cases.EventMoved:
		return fmt.Sprintf("  时限移到 %s：%s", clock(e.Due), owed)
	case cases.EventHandedOver:
		return fmt.Sprintf("  %s 移交 %s", owed, t.post(e.Owner))
	case cases.EventUnreached:
		return "  提醒无人收到，立即上一级：" + owed
	}
	return ""
}

func clock(at time.Time) string { return at.In(cases.Zone).Format("15:04:05") }

// word gives the Chinese for a key of the locale file.
func (t *teller) word(key string) string {
	if w := api.Word("zh-CN", key); w != "" {
		return w
	}
	_, last, _ := strings.Cut(key, ".")
	return last
}

func (t *teller) post(p cases.Post) string {
	if p == "" {
		return "报告人"
	}
	name := t.word("role." + string(p.Role()))
	if u := p.Unit(); u != "" && p.Role() == cases.RoleLiaison {
		name += "（" + u + "）"
	}
	return name
}

func (t *teller) posts(list []cases.Post) string {
	var names []string
	for _, p := range list {
		names = append(names, t.post(p))
	}
	return strings.Join(names, "、")
}
