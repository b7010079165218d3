package cases

import (
	"strconv"
	"strings"
	"time"
)

// Actor is who acts: the person by id, in the post that they hold or stand in for.
type Actor struct {
	Person string `json:"person,omitempty"`
	Post   Post   `json:"post,omitempty"`
}

// Command is a decision asked of the case: one step with its engine fields. What
// an officer wrote in words is stored sealed under the command's id beforehand.
type Command struct {
	ID   string   `json:"id"` // UUID; asking twice with one id acts once
	Case string   `json:"case"`
	Step StepName `json:"step"`
	By   Actor    `json:"by"`
	// Base is the DecisionSeq that the form was filled at; negative for the
	// product's own commands, which no other decision makes stale.
	Base int64 `json:"base"`
	// AfterFact is the newest fact that the author had committed, "" for none.
	AfterFact string `json:"after_fact,omitempty"`
	// For is the post on whose behalf the desk records (代录); Via how it came:
	// phone, letter, onsite.
	For Post   `json:"for,omitempty"`
	Via string `json:"via,omitempty"`
	// Occurred is when it really happened, if not now. Never in the future.
	Occurred time.Time `json:"occurred,omitzero"`
	Fields   Fields    `json:"fields,omitempty"`
	// Rules replaces the case's rules (step recalculate only).
	Rules *Rules `json:"rules,omitempty"`
}

// Fields are a form's engine fields in canonical text: enums and ids as they are,
// times as RFC 3339, booleans as true or false, lists joined by commas.
type Fields map[string]string

// Bool reads a yes or no.
func (f Fields) Bool(name string) bool { return f[name] == "true" }

// Int reads a whole number, 0 if there is none.
func (f Fields) Int(name string) int {
	n, err := strconv.Atoi(f[name])
	if err != nil {
		return 0
	}
	return n
}

// Time reads a time, zero if there is none.
func (f Fields) Time(name string) time.Time {
	t, err := time.Parse(time.RFC3339, f[name])
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// List reads a list.
func (f Fields) List(name string) []string {
	if f[name] == "" {
		return nil
	}
	return strings.Split(f[name], ",")
}
