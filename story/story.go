package story

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"tonghu/api"
	"tonghu/cases"
)

// Options say where the story is played.
type Options struct {
	URL string // of an instance under the drill policy
	Out io.Writer
}

// village is where the story's child lives: demo village and town of people.csv.
const village cases.Org = "379999101203"

const (
	deskPost    cases.Post = "city:379999000000/desk"
	managerPost cases.Post = "city:379999000000/manager#1"
	policePost  cases.Post = "unit:police/police"
	schoolPost  cases.Post = "unit:education/liaison"
)

// teller plays the story and keeps what went wrong.
type teller struct {
	ctx     context.Context //nolint:containedctx // one story, one context
	o       Options
	as      cast
	faults  []string
	report  string
	guard   string
	receipt string
}

// Tell plays the whole story. Its error says what should have happened and did
// not, or happened twice.
func Tell(ctx context.Context, o Options) error {
	t := &teller{ctx: ctx, o: o}
	chapters := []struct {
		title string
		play  func() error
	}{
		{"人物登录", t.signIn},
		{"一、老师报告", t.file},
		{"二、没有人研判：逐级提醒", t.ladder},
		{"三、研判分级", t.triage},
		{"四、公安处置与反馈", t.police},
		{"五、评估、计划、部门任务", t.support},
		{"六、临时监护", t.guardianship},
		{"七、回访与结案", t.close},
		{"八、查验", t.check},
	}
	for _, c := range chapters {
		t.say("\n== %s ==", c.title)
		if err := c.play(); err != nil {
			return fmt.Errorf("%s: %w", c.title, err)
		}
	}
	t.timeline("强制报告 "+t.report, t.report)
	t.timeline("临时监护 "+t.guard, t.guard)
	if len(t.faults) > 0 {
		return fmt.Errorf("%d things are not as they should be:\n  %s", len(t.faults), strings.Join(t.faults, "\n  "))
	}
	t.say("\n故事完整：该发生的都发生了，而且只发生一次。")
	return nil
}

func (t *teller) say(format string, args ...any) { _, _ = fmt.Fprintf(t.o.Out, format+"\n", args...) }

// expect keeps a fault and goes on, so that one run shows all of them.
func (t *teller) expect(ok bool, format string, args ...any) {
	if ok {
		t.say("  ✓ "+format, args...)
		return
	}
	t.say("  ✗ "+format, args...)
	t.faults = append(t.faults, fmt.Sprintf(format, args...))
}

func (t *teller) signIn() (err error) {
	t.as, err = SignInAll(t.ctx, t.o.URL, "teacher", "desk1", "desk2", "manager1", "head", "bureau", "body", "police", "education", "shelter", "town", "village")
	if err != nil {
		return err
	}
	var rules struct {
		Policy string `json:"policy"`
	}
	if _, err := t.as["desk1"].Do(t.ctx, http.MethodGet, "/api/v1/rules", "", nil, &rules); err != nil {
		return err
	}
	if rules.Policy != "drill" {
		return fmt.Errorf("the instance runs policy %q: the story lasts a year there; start it with TONGHU_POLICY=drill", rules.Policy)
	}
	t.say("  %d 人已登录，演练规则", len(t.as))
	return nil
}

func (t *teller) file() error {
	in := map[string]any{
		"org": village, "situations": []string{"MR04"}, "danger": "yes", "relation": "guardian", "duty_unit": true, "unit": "experimental_school",
		"child":     map[string]any{"name": "林小满", "sex": "female", "age": 9, "id_number": "379999201506010016"},
		"reporter":  map[string]any{"name": "苏文静", "phone": "13900000001", "unit": "实验小学", "contact": "via_school"},
		"narrative": map[string]any{"text": "孩子手臂有多处淤青，说回家会挨打。", "place": "学校"},
		"police":    map[string]any{"reason": "先报未保办"},
	}
	key := NewKey()
	var filed, again api.Filed
	began := time.Now()
	if _, err := t.as["teacher"].Do(t.ctx, http.MethodPost, "/api/v1/reports", key, in, &filed); err != nil {
		return err
	}
	t.say("  老师提交报告：%s，查询码 %s（%d 毫秒）", filed.Number, filed.Receipt, time.Since(began).Milliseconds())
	if _, err := t.as["teacher"].Do(t.ctx, http.MethodPost, "/api/v1/reports", key, in, &again); err != nil {
		return err
	}
	t.expect(again.Number == filed.Number && again.Receipt == filed.Receipt, "同一次提交重发，得到同一编号和查询码")
	in["danger"] = "no"
	_, err := t.as["teacher"].Do(t.ctx, http.MethodPost, "/api/v1/reports", key, in, nil)
	t.expect(CodeOf(err) == "idempotency_key_reused", "同一键换了内容，被拒绝（%v）", CodeOf(err))
	t.receipt = filed.Receipt

	id, err := t.find(filed.Number)
	if err != nil {
		return err
	}
	t.report = id
	c, err := t.as["desk1"].Case(t.ctx, id)
	if err != nil {
		return err
	}
	t.expect(c.Colour == cases.Red && c.Provisional, "暂定红色，等待人工研判")
	for _, key := range []string{"triage", "child_seen", "police_report", "on_scene"} {
		t.expect(owes(c, key), "第一分钟起就有待办：%s", t.word("obligation."+key))
	}
	_, err = t.as["teacher"].Case(t.ctx, id)
	t.expect(CodeOf(err) == "not_found", "报告人看不到个案，只凭查询码")
	t.progress("received")

	now := time.Now()
	if err := t.step("desk1", id, "police_report", Step{Fields: map[string]any{"reported_at": now, "receipt": "110-0001"}}); err != nil {
		return err
	}
	if err := t.step("town", id, "child_seen", Step{Fields: map[string]any{
		"seen_at": now, "place": "school", "with": []string{"police", "supervisor"}, "suspect_absent": true, "condition": "手臂淤青，情绪稳定",
	}}); err != nil {
		return err
	}
	return t.step("town", id, "on_scene", Step{Fields: map[string]any{"at": now, "who": []string{"police", "town"}, "findings": "与派出所一同到校"}})
}

// find looks for a case by its number in the desk's list.
func (t *teller) find(number string) (string, error) {
	for cursor := ""; ; {
		var page struct {
			Items []api.CaseRow `json:"items"`
			Next  string        `json:"next"`
		}
		if _, err := t.as["desk1"].Do(t.ctx, http.MethodGet, "/api/v1/cases?limit=100&cursor="+cursor, "", nil, &page); err != nil {
			return "", err
		}
		for _, row := range page.Items {
			if row.Number == number {
				return row.ID, nil
			}
		}
		if cursor = page.Next; cursor == "" {
			return "", fmt.Errorf("case %s is not in the desk's list", number)
		}
	}
}

// ladder lets the triage lapse, and watches the alert climb.
func (t *teller) ladder() error {
	rungs := []struct{ name, login string }{{"remind", "desk1"}, {"due", "desk1"}, {"level1", "manager1"}, {"level2", "head"}, {"level3", "body"}}
	for k, want := range rungs {
		e, err := t.await(t.report, 90*time.Second, func(e api.Event) bool {
			return e.Type == cases.EventRung && e.Key == "triage" && e.Rung == k
		})
		if err != nil {
			return fmt.Errorf("rung %s of triage: %w", want.name, err)
		}
		t.expect(e.RungName == want.name && len(e.Posts) > 0, "%s %s：通知 %s（应于 %s，实于 %s）", t.word("rung."+e.RungName), t.word("obligation.triage"),
			t.posts(e.Posts), clock(e.Due), clock(e.At))
		t.expect(!e.At.Before(e.Due), "没有提前")
		t.noticed(want.login, k)
	}
	order, err := t.await(t.report, 20*time.Second, func(e api.Event) bool { return e.Type == cases.EventOrder && e.Key == "triage" })
	if err != nil {
		return fmt.Errorf("a 督办单 for triage: %w", err)
	}
	t.say("  第三级：督办单第 %d 号已拟，待签发", order.Order)

	var todo struct {
		Items []api.Obligation `json:"items"`
	}
	if _, err := t.as["body"].Do(t.ctx, http.MethodGet, "/api/v1/obligations?whose=area&key=triage&case="+t.report, "", nil, &todo); err != nil {
		return err
	}
	if len(todo.Items) != 1 {
		return fmt.Errorf("the coordination body sees %d triage obligations, want 1", len(todo.Items))
	}
	ack := map[string]any{"who": "郭正清", "by": time.Now().Add(30 * time.Second)}
	if _, err := t.as["body"].Do(t.ctx, http.MethodPost, "/api/v1/obligations/"+todo.Items[0].ID+"/ack", NewKey(), ack, nil); err != nil {
		return err
	}
	acked, err := t.await(t.report, 20*time.Second, func(e api.Event) bool { return e.Type == cases.EventAck && e.Key == "triage" })
	if err != nil {
		return fmt.Errorf("the acknowledgement: %w", err)
	}
	t.expect(acked.Rung == 4, "协调机构签收，提醒停到 %s", clock(acked.Due))
	if err := t.step("body", t.report, "sign_order", Step{Fields: map[string]any{"order": order.Order}}); err != nil {
		return err
	}
	if html, err := t.page("body", fmt.Sprintf("/api/v1/cases/%s/orders/%d/letter", t.report, order.Order)); err != nil {
		t.expect(false, "督办单可打印：%v", err)
	} else {
		t.expect(strings.Contains(html, "督办"), "督办单可打印")
	}
	return t.step("desk1", t.report, "reply_order", Step{Fields: map[string]any{"order": order.Order, "reply": "值班交接遗漏，现已研判。"}})
}

// noticed expects a notice of a rung in somebody's inbox.
func (t *teller) noticed(login string, rung int) {
	until := time.Now().Add(15 * time.Second)
	for {
		var inbox struct {
			Items []api.Notice `json:"items"`
		}
		_, err := t.as[login].Do(t.ctx, http.MethodGet, "/api/v1/notices?limit=100", "", nil, &inbox)
		if err == nil && slices.ContainsFunc(inbox.Items, func(n api.Notice) bool { return n.Case == t.report && n.Key == "triage" && n.Rung == rung }) {
			t.expect(true, "%s 的收件箱里有这条提醒", login)
			return
		}
		if time.Now().After(until) || t.ctx.Err() != nil {
			t.expect(false, "%s 的收件箱里应有第 %d 级提醒（%v）", login, rung, err)
			return
		}
		t.sleep(300 * time.Millisecond)
	}
}

func (t *teller) triage() error {
	stale, err := t.as["desk2"].Case(t.ctx, t.report) // a second officer opens the form at the same time
	if err != nil {
		return err
	}
	form := Step{Base: stale.Base, Fields: map[string]any{
		"colour": "red", "reason": "多处损伤，监护人为嫌疑人", "duplicate": false, "jurisdiction": "own", "guardianship_needed": true,
		"compartment": false, "relation": "guardian", "manager": managerPost,
	}}
	key := NewKey()
	if _, err := t.as["desk1"].Send(t.ctx, t.report, "triage", key, form); err != nil {
		return err
	}
	if _, err := t.as["desk1"].Send(t.ctx, t.report, "triage", key, form); err != nil {
		return fmt.Errorf("the same form sent again: %w", err)
	}
	t.expect(t.count(t.report, func(e api.Event) bool { return e.Type == cases.EventStep && e.Step == "triage" }) == 1, "重发的研判只办一次")
	_, err = t.as["desk2"].Send(t.ctx, t.report, "triage", NewKey(), form)
	t.expect(CodeOf(err) == "case_moved_on", "另一人按旧表单提交：个案已有变化（%s），内容留作草稿", CodeOf(err))
	c, err := t.as["manager1"].Case(t.ctx, t.report)
	if err != nil {
		return err
	}
	t.expect(c.Owner == managerPost && c.Stage == cases.ReportAssessment, "个案主管接手，进入评估")
	t.expect(!owes(c, "triage"), "研判待办已结束")
	t.progress("checking")
	return nil
}

func (t *teller) police() error {
	c, err := t.as["desk1"].Case(t.ctx, t.report)
	if err != nil {
		return err
	}
	t.expect(!owes(c, "feedback"), "受案之前没有反馈时限")
	accepted := time.Now().Truncate(time.Second)
	if err := t.step("desk1", t.report, "police_accept", Step{
		For: policePost, Via: "phone", Fields: map[string]any{"accepted_at": accepted, "sort": "criminal", "document_no": "安公受字1号"},
	}); err != nil {
		return err
	}
	if c, err = t.as["desk1"].Case(t.ctx, t.report); err != nil {
		return err
	}
	i := slices.IndexFunc(c.Obligations, func(o api.Obligation) bool { return o.Key == "feedback" })
	t.expect(i >= 0 && c.Obligations[max(i, 0)].Start.Equal(accepted), "反馈时限从受案起算，不从报告起算")
	j := slices.IndexFunc(c.Proxies, func(p cases.Proxy) bool { return p.Step == "police_accept" && !p.Confirmed })
	t.expect(j >= 0, "电话告知的受案显示为代录")
	if j >= 0 {
		if err := t.step("police", t.report, "confirm", Step{Fields: map[string]any{"record": c.Proxies[j].Command}}); err != nil {
			return err
		}
	}
	if err := t.step("police", t.report, "police_file", Step{Fields: map[string]any{"filed_at": time.Now()}}); err != nil {
		return err
	}
	if err := t.step("police", t.report, "police_feedback", Step{Fields: map[string]any{"at": time.Now(), "content": "已立案，正在侦查。"}}); err != nil {
		return err
	}
	if _, err := t.as["desk1"].Do(t.ctx, http.MethodPost, "/api/v1/cases/"+t.report+"/messages", NewKey(), map[string]any{"text": "您的报告已有专人处理，谢谢您。"}, nil); err != nil {
		return fmt.Errorf("writing to the reporter: %w", err)
	}
	seen := t.lookup()
	t.expect(len(seen.Messages) == 1 && seen.Messages[0].From == "office", "报告人凭查询码看到办公室的话")
	t.expect(seen.Progress == "please_tell" || seen.Progress == "checking", "查询码只显示固定的几种状态：%s", seen.Text)
	public := NewClient(t.o.URL)
	if _, err := public.Do(t.ctx, http.MethodPost, "/api/v1/receipts/messages", NewKey(), map[string]any{"code": t.receipt, "text": "孩子今天来上学了。"}, nil); err != nil {
		return fmt.Errorf("the reporter writes: %w", err)
	}
	if _, err := t.await(t.report, 20*time.Second, func(e api.Event) bool { return e.Type == cases.EventOwed && e.Key == "message_reply" }); err != nil {
		return fmt.Errorf("an answer to the reporter's message is owed: %w", err)
	}
	if _, err := t.as["desk1"].Do(t.ctx, http.MethodPost, "/api/v1/cases/"+t.report+"/messages", NewKey(), map[string]any{"text": "收到，谢谢。"}, nil); err != nil {
		return err
	}
	if _, err := t.await(t.report, 20*time.Second, func(e api.Event) bool { return e.Type == cases.EventMet && e.Key == "message_reply" }); err != nil {
		return fmt.Errorf("the answer ends what was owed: %w", err)
	}
	return t.step("police", t.report, "police_end", Step{Fields: map[string]any{"at": time.Now(), "result": "judged"}})
}

func (t *teller) support() error {
	if err := t.step("manager1", t.report, "safety_assess", Step{Fields: map[string]any{"safety": "unsafe", "summary": "不宜回家"}}); err != nil {
		return err
	}
	if err := t.step("manager1", t.report, "assess", Step{Fields: map[string]any{
		"needs": []string{"psychology", "schooling"}, "child_heard": true, "guardian_capacity": "harmful", "summary": "需要临时监护",
		"documents": []string{"risk_assessment", "needs_list", "child_opinion"},
	}}); err != nil {
		return err
	}
	if err := t.step("manager1", t.report, "open_guardianship", Step{Fields: map[string]any{"ground": "TG6", "facts": "监护人殴打"}}); err != nil {
		return err
	}
	if err := t.step("manager1", t.report, "plan", Step{Fields: map[string]any{"measures": []string{"psychology", "schooling"}, "goals": "安全、就学、心理恢复", "documents": []string{"case_plan"}}}); err != nil {
		return err
	}
	if err := t.step("manager1", t.report, "notice_safe", Step{Fields: map[string]any{"told": "child", "manner": "由社工当面告知"}}); err != nil {
		return err
	}
	if err := t.step("manager1", t.report, "task_assign", Step{Fields: map[string]any{"post": schoolPost, "measure": "schooling", "content": "落实转学安置，保密。"}}); err != nil {
		return err
	}
	if html, err := t.page("manager1", "/api/v1/cases/"+t.report+"/tasks/1/letter"); err != nil {
		t.expect(false, "转办函可打印：%v", err)
	} else {
		t.expect(strings.Contains(html, "转办函") && strings.Contains(html, "回执"), "转办函带回执联，可打印")
	}
	for _, s := range []struct {
		step   cases.StepName
		fields map[string]any
	}{
		{"task_sign", map[string]any{"task": 1}},
		{"task_work", map[string]any{"task": 1, "progress": "已联系学校"}},
		{"task_report", map[string]any{"task": 1, "result": "done", "content": "已安置"}},
	} {
		if err := t.step("education", t.report, s.step, Step{Fields: s.fields}); err != nil {
			return err
		}
	}
	t.progress("referred")
	return t.step("manager1", t.report, "task_accept", Step{Fields: map[string]any{"task": 1}})
}

func (t *teller) guardianship() error {
	c, err := t.as["manager1"].Case(t.ctx, t.report)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(c.Links, func(l cases.Link) bool { return l.Relation == "opened" })
	if i < 0 {
		return fmt.Errorf("the report has no link to the guardianship that it opened")
	}
	t.guard = c.Links[i].Case
	now := func() time.Time { return time.Now() }
	steps := []struct {
		login  string
		step   cases.StepName
		fields map[string]any
	}{
		{"manager1", "verify", map[string]any{"source": "report", "ground": "TG6", "child_with_suspect": true, "facts": "核实属实"}},
		{"police", "rescue", map[string]any{"at": now(), "ground": "TG6", "injured": true, "condition": "轻伤"}},
		{"shelter", "receive", map[string]any{"received_at": now(), "injured": true, "child_view": "愿意", "documents": []string{"handover_form"}}},
	}
	for _, s := range steps {
		if err := t.step(s.login, t.guard, s.step, Step{Fields: s.fields}); err != nil {
			return err
		}
	}
	if err := t.proposed("manager1", "bureau", t.guard, "decide", map[string]any{"ground": "TG6", "oral": false, "reason": "紧急安置"}); err != nil {
		return err
	}
	if err := t.step("shelter", t.guard, "admit", Step{Fields: map[string]any{"identity_known": true, "documents": []string{"admission_register"}}}); err != nil {
		return err
	}
	_, err = t.as["manager1"].Take(t.ctx, t.guard, "return_direct", Step{Fields: map[string]any{
		"identity_checked": true, "kinship_checked": true, "any_doubt": false, "assessment": "监护人要求领回", "documents": []string{"return_notice"},
	}})
	t.expect(CodeOf(err) == "conference_needed", "监护人有过错，会商结论之前不能送回（%s）", CodeOf(err))
	for _, s := range []struct {
		login  string
		step   cases.StepName
		fields map[string]any
	}{
		{"shelter", "examine", map[string]any{"at": now(), "record": "体检正常", "documents": []string{"exam_record"}}},
		{"shelter", "notify_bodies", map[string]any{"bodies": []string{"police", "school", "village"}, "at": now()}},
		{"police", "police_status", map[string]any{"at": now(), "status": "filed", "documents": []string{"status_note"}}},
		{"shelter", "place", map[string]any{"placement": "shelter", "carer_checked": true, "child_asked": true, "carer": "未保中心"}},
		{"shelter", "initial_assess", map[string]any{"safety": "safe_with_plan", "summary": "初评"}},
		{"manager1", "begin_assessment", map[string]any{"assessors": 3, "one_senior": true}},
		{"manager1", "full_assess", map[string]any{
			"guardian_capacity": "able_with_help", "remorse": true, "assessors": 3, "summary": "监护人接受教育",
			"documents": []string{"background_report", "capacity_assessment"},
		}},
		{"manager1", "convene", map[string]any{"attendees": []string{"police", "village", "school", "kin"}, "at": now()}},
		{"manager1", "conclude", map[string]any{"conclusion": "return", "child_heard": true, "minutes": "危险已消除", "documents": []string{"conference_minutes"}}},
	} {
		if err := t.step(s.login, t.guard, s.step, Step{Fields: s.fields}); err != nil {
			return err
		}
	}
	if err := t.proposed("manager1", "bureau", t.guard, "return", map[string]any{"conditions": "每周回访", "documents": []string{"return_notice"}}); err != nil {
		return err
	}
	if err := t.step("shelter", t.guard, "collected", Step{Fields: map[string]any{
		"at": now(), "told": []string{"school", "police_station", "village"}, "documents": []string{"handover_form"},
	}}); err != nil {
		return err
	}
	if err := t.proposed("manager1", "head", t.guard, "recolour", map[string]any{"colour": "blue", "reason": "危险消除"}); err != nil {
		return err
	}
	if err := t.visit("village", t.guard); err != nil {
		return err
	}
	_, err = t.as["manager1"].Take(t.ctx, t.report, "close", Step{Fields: closing})
	t.expect(CodeOf(err) == "guardianship_open", "临时监护未了，报告不能结案（%s）", CodeOf(err))
	if err := t.proposed("manager1", "bureau", t.guard, "close", map[string]any{"summary": "回访正常", "documents": []string{"ending_decision"}}); err != nil {
		return err
	}
	if err := t.step("desk1", t.guard, "archive", Step{Fields: map[string]any{"volume": "监护卷1", "documents": []string{"catalogue"}}}); err != nil {
		return err
	}
	_, err = t.await(t.report, 20*time.Second, func(e api.Event) bool {
		return e.Type == cases.EventLinked && e.Link != nil && e.Link.Case == t.guard && !e.Link.Open
	})
	if err != nil {
		return fmt.Errorf("the report learns that the guardianship has ended: %w", err)
	}
	return nil
}

var closing = map[string]any{"interim": false, "summary": "已回归家庭，持续关爱", "documents": []string{"closing_report"}}

func (t *teller) close() error {
	if err := t.proposed("manager1", "head", t.report, "recolour", map[string]any{"colour": "blue", "reason": "风险下降"}); err != nil {
		return err
	}
	_, err := t.as["manager1"].Take(t.ctx, t.report, "close", Step{Fields: closing})
	t.expect(CodeOf(err) == "visit_missing", "计划之后没有见过孩子，不能结案（%s）", CodeOf(err))
	if err := t.visit("village", t.report); err != nil {
		return err
	}
	if err := t.proposed("manager1", "head", t.report, "close", closing); err != nil {
		return err
	}
	if err := t.step("desk1", t.report, "archive", Step{Fields: map[string]any{"volume": "报告卷1", "documents": []string{"catalogue"}}}); err != nil {
		return err
	}
	t.progress("handled")
	return nil
}

// proposed takes a step that needs two: the first person cannot approve it, the
// second can.
func (t *teller) proposed(first, second, id string, step cases.StepName, fields map[string]any) error {
	cmd, err := t.as[first].Take(t.ctx, id, step, Step{Fields: fields})
	if err != nil {
		return fmt.Errorf("%s proposes %s: %w", first, step, err)
	}
	t.expect(cmd.Proposed, "%s：%s 提出，等第二人", t.word("step."+string(step)), first)
	_, err = t.as[first].Take(t.ctx, id, "approve", Step{Fields: map[string]any{"proposal": cmd.Command}})
	t.expect(err != nil, "%s 不能批自己的（%s）", first, CodeOf(err))
	if err := t.step(second, id, "approve", Step{Fields: map[string]any{"proposal": cmd.Command, "opinion": "同意"}}); err != nil {
		return err
	}
	return nil
}

func (t *teller) visit(login, id string) error {
	in := map[string]any{"outcome": "met", "colour": "blue", "alone": true, "text": "孩子精神好，按时上学。"}
	if _, err := t.as[login].Do(t.ctx, http.MethodPost, "/api/v1/cases/"+id+"/visits", NewKey(), in, nil); err != nil {
		return fmt.Errorf("%s visits: %w", login, err)
	}
	_, err := t.await(id, 20*time.Second, func(e api.Event) bool { return e.Type == cases.EventFact && e.FactKind == cases.FactVisit })
	return err
}

func (t *teller) step(login, id string, step cases.StepName, s Step) error {
	began := time.Now()
	if _, err := t.as[login].Take(t.ctx, id, step, s); err != nil {
		return fmt.Errorf("%s takes %s: %w", login, step, err)
	}
	t.say("  %s：%s（%d 毫秒）", login, t.word("step."+string(step)), time.Since(began).Milliseconds())
	return nil
}

func (t *teller) lookup() api.ReceiptAnswer {
	var out api.ReceiptAnswer
	if _, err := NewClient(t.o.URL).Do(t.ctx, http.MethodPost, "/api/v1/receipts/lookup", "", map[string]string{"code": t.receipt}, &out); err != nil {
		t.expect(false, "凭查询码查询：%v", err)
	}
	return out
}

func (t *teller) progress(want string) {
	got := t.lookup()
	t.expect(string(got.Progress) == want || got.Progress == "please_tell", "报告人看到：%s", got.Text)
}

// page fetches a printable page.
func (t *teller) page(login, path string) (string, error) {
	req, err := http.NewRequestWithContext(t.ctx, http.MethodGet, t.o.URL+path, nil)
	if err != nil {
		return "", err
	}
	res, err := t.as[login].http.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", res.StatusCode)
	}
	return string(b), err
}

func owes(c api.Case, key string) bool {
	return slices.ContainsFunc(c.Obligations, func(o api.Obligation) bool { return o.Key == key })
}

func (t *teller) sleep(d time.Duration) {
	select {
	case <-t.ctx.Done():
	case <-time.After(d):
	}
}

// await waits for an event in a case's timeline.
func (t *teller) await(id string, within time.Duration, is func(api.Event) bool) (api.Event, error) {
	until := time.Now().Add(within)
	for {
		events, err := t.as["desk1"].Events(t.ctx, id)
		if err != nil {
			return api.Event{}, err
		}
		if i := slices.IndexFunc(events, is); i >= 0 {
			return events[i], nil
		}
		if time.Now().After(until) {
			return api.Event{}, fmt.Errorf("did not happen within %s", within)
		}
		if t.ctx.Err() != nil {
			return api.Event{}, t.ctx.Err()
		}
		t.sleep(250 * time.Millisecond)
	}
}

func (t *teller) count(id string, is func(api.Event) bool) int {
	events, err := t.as["desk1"].Events(t.ctx, id)
	if err != nil {
		t.expect(false, "timeline: %v", err)
	}
	n := 0
	for _, e := range events {
		if is(e) {
			n++
		}
	}
	return n
}
