package postgres

import (
	"context"
	"strconv"
	"strings"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault"
)

var _ records.Letters = (*Store)(nil)

// The kinds of letter, and the words before their numbers.
const (
	taskLetter  = "task"
	orderLetter = "order"
	taskWord    = "童护转"
	orderWord   = "童护督"
)

// putLetters numbers the papers that the change makes: a 转办函 for each new task, a
// 督办单 for each that was drafted. Numbers run through the year.
func (c change) putLetters(ctx context.Context) error {
	st := c.t.State
	if len(st.Tasks)+len(st.Orders) == 0 {
		return nil
	}
	rows, err := c.q.Letters(ctx, c.id)
	if err != nil {
		return err
	}
	have := map[db.LettersRow]bool{}
	for _, r := range rows {
		have[r] = true
	}
	for _, l := range c.letters(have) {
		word := taskWord
		if l.Kind == orderLetter {
			word = orderWord
		}
		if l.Number, err = c.number(ctx, "letter:"+l.Kind, l.Issued, word, 4); err != nil {
			return err
		}
		if err := c.q.InsertLetter(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// letters gives the papers that the change makes beside those that are there, without
// their numbers.
func (c change) letters(have map[db.LettersRow]bool) []db.InsertLetterParams {
	st := c.t.State
	var out []db.InsertLetterParams
	for _, task := range st.Tasks {
		if have[db.LettersRow{Kind: taskLetter, N: int32(task.N)}] {
			continue
		}
		p := db.InsertLetterParams{CaseID: c.id, Kind: taskLetter, N: int32(task.N), Post: string(task.Post), Measure: task.Measure, Issued: st.Clock}
		for _, e := range c.t.Events {
			if e.Type == cases.EventStep && e.Task == task.N {
				p.Command = e.Command
			}
		}
		if o, ok := st.Obligation("task:" + strconv.Itoa(task.N)); ok {
			p.Due = &o.Due
		}
		out = append(out, p)
	}
	for _, order := range st.Orders {
		if !have[db.LettersRow{Kind: orderLetter, N: int32(order.N)}] {
			out = append(out, db.InsertLetterParams{
				CaseID: c.id, Kind: orderLetter, N: int32(order.N), Post: string(order.To), Measure: order.Obligation, Issued: st.Clock,
			})
		}
	}
	return out
}

// TaskLetter gives a department's 转办函. Its words are for the post it is sent to
// and for those who may read the case's words.
func (s *Store) TaskLetter(ctx context.Context, a records.Access, id string, task int) (records.Letter, error) {
	return s.letter(ctx, a, id, taskLetter, task, func(l *records.Letter, st cases.State) {
		if o, ok := st.Obligation("task:" + strconv.Itoa(task)); ok {
			l.Due, l.Provisional = o.Due, o.Provisional
		}
	})
}

// OrderLetter gives a 督办单; Issued is its draft's time until it is signed.
func (s *Store) OrderLetter(ctx context.Context, a records.Access, id string, order int) (records.Letter, error) {
	return s.letter(ctx, a, id, orderLetter, order, func(l *records.Letter, st cases.State) {
		if order >= 1 && order <= len(st.Orders) {
			o := st.Orders[order-1]
			l.To = o.To
			if !o.Signed.IsZero() {
				l.Issued = o.Signed
			}
			l.Draft = o.Signed.IsZero()
		}
		if o, ok := st.Obligation("order_reply:" + strconv.Itoa(order)); ok {
			l.Due, l.Provisional = o.Due, o.Provisional
		}
	})
}

func (s *Store) letter(ctx context.Context, a records.Access, id, kind string, n int, complete func(*records.Letter, cases.State)) (records.Letter, error) {
	key, err := caseID(id)
	if err != nil {
		return records.Letter{}, err
	}
	var l records.Letter
	var parts []string
	err = s.as(ctx, a, func(q *db.Queries) error {
		_, st, err := visible(ctx, q, key)
		if err != nil {
			return err
		}
		if a, err = s.glassOn(ctx, q, a, key); err != nil {
			return err
		}
		row, err := q.VisibleLetter(ctx, key, kind, int32(n))
		if err != nil {
			return err
		}
		l = records.Letter{
			Kind: kind, Number: row.Number, Case: id, CaseNo: row.CaseNumber, To: cases.Post(row.Post), Issued: row.Issued.UTC(),
			Due: row.Due.UTC(), Provisional: row.Provisional, Measure: row.Measure,
		}
		complete(&l, st)
		if l.ToName, err = q.PostTitle(ctx, l.To.Unit(), string(l.To.Org())); err != nil {
			return err
		}
		parts = nil
		l.Text, err = s.letterText(ctx, q, a, st, row.Command, l.To, &parts)
		return err
	})
	if err == nil {
		err = s.Look(ctx, a, records.Look{Case: id, Action: "print:" + kind, Object: kind + ":" + strconv.Itoa(n), Parts: parts})
	}
	if err != nil {
		return records.Letter{}, err
	}
	return l, nil
}

// letterText joins the words of the step that made a letter; parts gets the
// compartments that they were in.
func (s *Store) letterText(ctx context.Context, q *db.Queries, a records.Access, st cases.State, command string, to cases.Post, parts *[]string) (string, error) {
	if command == "" {
		return "", nil
	}
	words, err := s.openWords(ctx, q, []string{command}, noting(parts, func(_ string, c vault.Compartment) bool {
		return a.Holds(to) && st.Sees(to) || s.mayReadWords(a, c, st)
	}))
	if err != nil {
		return "", err
	}
	var lines []string
	for _, field := range sortedFields(words[command]) {
		lines = append(lines, words[command][field])
	}
	return strings.Join(lines, "\n"), nil
}
