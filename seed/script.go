package seed

import (
	"time"

	"tonghu/cases"
)

// The ways that cases go. Each is a plain one; what is special in it is left to people who try the product.

// way is how a case goes from its opening to the archive.
type way struct {
	name   string
	weight int // of a hundred
	kind   cases.Kind
	play   func(*life)
}

var ways = []way{
	{"followed", 52, cases.MandatoryReport, (*life).followed},
	{"unfounded", 18, cases.MandatoryReport, (*life).unfounded},
	{"referred", 16, cases.MandatoryReport, (*life).referred},
	{"transferred", 6, cases.MandatoryReport, (*life).transferred},
	{"returned", 5, cases.Guardianship, (*life).returned},
	{"concluded", 3, cases.Guardianship, (*life).concluded},
}

// begin is what is common to every report: the police, the triage, the child.
func (l *life) begin() {
	l.pass(2*time.Minute, 40*time.Minute)
	if l.owes("police_report") {
		l.do("police_report", l.desk())
	}
	l.do("accept", l.desk())
	l.pass(time.Minute, 20*time.Minute)
	colour := cases.Blue
	if l.s.Colour == cases.Red || l.chance(30) {
		colour = cases.Yellow
		if l.s.Colour == cases.Red && l.chance(35) {
			colour = cases.Red
		}
	}
	l.both("triage", l.desk(), l.head(), form{"colour": string(colour), "jurisdiction": "own", "relation": "guardian", "manager": string(managers[l.rng.IntN(3)])})
	l.pass(15*time.Minute, 80*time.Minute)
	if l.owes("child_seen") {
		l.do("child_seen", l.supervisor(), form{"with": []any{"police", "supervisor"}, "place": "home", "suspect_absent": true})
	}
	if l.owes("on_scene") {
		l.do("on_scene", l.police(), form{"who": []any{"police", "town"}})
	}
	if l.owes("notify_authority") {
		l.do("notify_authority", l.desk())
	}
}

// policeEnd brings the police's part to its end, with their word to the reporter.
func (l *life) policeEnd(result string) {
	l.do("police_accept", l.police(), form{"sort": "administrative"})
	l.pass(6*time.Hour, 2*day)
	l.do("police_feedback", l.police())
	l.pass(6*time.Hour, 4*day)
	l.do("police_end", l.police(), form{"result": result})
}

// archive files the case away.
func (l *life) archive() {
	l.pass(2*time.Hour, 3*day)
	l.do("archive", l.desk())
}

func (l *life) followed() {
	l.begin()
	l.pass(4*time.Hour, 20*time.Hour)
	if l.owes("safety_assessment") {
		l.do("safety_assess", l.manager())
	}
	l.policeEnd(pick(l.rng, []string{"warned", "admonished", "penalty"}))
	l.do("assess", l.manager(), form{"child_heard": true, "guardian_capacity": "able_with_help", "needs": []any{pick(l.rng, measures)}})
	if l.owes("notice_decision") {
		l.do("notice_safe", l.manager())
	}
	for range l.rng.IntN(3) {
		l.do("task_assign", l.manager(), form{"post": string(pick(l.rng, departments)), "measure": pick(l.rng, measures)})
	}
	l.pass(day, 4*day)
	l.do("plan", l.manager(), form{"measures": []any{pick(l.rng, measures)}})
	l.follow()
	l.both("close", l.manager(), l.head())
	l.archive()
}

// follow visits the child for some weeks, until nothing keeps the case open.
func (l *life) follow() {
	l.pass(12*day, 30*day)
	if l.s.Colour.Above(cases.Blue) {
		l.both("recolour", l.manager(), l.head(), form{"colour": "blue"})
	}
	for range 12 {
		if l.stopped() || l.s.MetSincePlan && !l.tasksOpen() {
			break
		}
		l.pass(6*day, 9*day)
	}
	l.pass(10*day, 45*day)
	l.settle()
}

// settle answers what asks to be looked at once more: nothing is closed before.
func (l *life) settle() {
	if !l.stopped() && l.owes("review") {
		l.do("review", l.desk())
	}
}

func (l *life) tasksOpen() bool {
	for _, t := range l.s.Tasks {
		if t.Open() {
			return true
		}
	}
	return false
}

func (l *life) unfounded() {
	l.begin()
	l.policeEnd("no_offence")
	l.both("unfounded", l.desk(), l.head())
	l.archive()
}

func (l *life) referred() {
	l.begin()
	l.pass(time.Hour, day)
	l.both("refer", l.desk(), l.head())
	l.archive()
}

func (l *life) transferred() {
	l.begin()
	l.pass(time.Hour, 2*day)
	l.both("transfer", l.desk(), l.head())
	l.archive()
}

// intoCare takes a child in.
func (l *life) intoCare() {
	l.pass(10*time.Minute, time.Hour)
	l.do("verify", l.manager(), form{"ground": string(l.s.Ground)})
	l.pass(10*time.Minute, 2*time.Hour)
	l.both("decide", l.manager(), l.bureau(), form{"ground": string(l.s.Ground)})
	l.pass(10*time.Minute, time.Hour)
	l.do("receive", l.shelter())
	l.do("admit", l.shelter(), form{"shelter": string(l.shelter())})
	l.pass(time.Hour, 10*time.Hour)
	l.do("examine", l.shelter())
	l.do("notify_bodies", l.shelter())
	if l.owes("police_status") {
		l.do("police_status", l.police())
	}
	if l.owes("notice_decision") {
		l.do("notice_safe", l.manager())
	}
	l.do("place", l.manager(), form{"placement": "shelter", "carer_checked": true, "child_asked": true})
	l.pass(10*time.Hour, 2*day)
	l.do("initial_assess", l.shelter())
}

// home ends a guardianship after the child went home.
func (l *life) home() {
	l.pass(6*time.Hour, 2*day)
	l.do("collected", l.shelter())
	l.follow()
	l.both("close", l.manager(), l.bureau())
	l.archive()
}

func (l *life) returned() {
	l.intoCare()
	l.pass(5*day, 20*day)
	l.both("return_direct", l.manager(), l.bureau(), form{"identity_checked": true, "kinship_checked": true})
	l.home()
}

func (l *life) concluded() {
	l.intoCare()
	l.pass(3*day, 10*day)
	l.do("begin_assessment", l.manager(), form{"assessors": float64(3), "one_senior": true})
	l.pass(5*day, 15*day)
	l.do("full_assess", l.manager(), form{"assessors": float64(3), "guardian_capacity": "able_with_help"})
	l.pass(day, 5*day)
	l.do("convene", l.bureau(), form{"attendees": []any{"police", "village", "school"}})
	l.pass(day, 4*day)
	l.do("conclude", l.bureau(), form{"conclusion": "return", "child_heard": true})
	l.pass(day, 2*day)
	l.both("return", l.manager(), l.bureau())
	l.home()
}
