// Package demo holds the people who can sign in to a demonstration and the
// departments of its county. The county, the people and their numbers are
// invented; the passwords are public and must never guard anything real.
package demo

import (
	"bytes"
	_ "embed" // the tables
	"encoding/csv"
	"fmt"
	"slices"
	"strings"

	"tonghu/cases"
)

//go:embed people.csv
var people []byte

//go:embed departments.csv
var departments []byte

// Person is a row of people.csv: somebody who can sign in.
type Person struct {
	Login, Password, Name, Phone string
	Posts                        []cases.Post // held
	DeputyOf                     []cases.Post // stood in for
	Title                        string       // what the person is, zh-CN
}

// Unit is a row of departments.csv: a department or institution.
type Unit struct {
	Name       string // short name, as in a post: "education"
	Title      string // zh-CN
	Duty       string // zh-CN
	Department bool   // one of the fifteen member units (DOMAIN 8)
}

// People gives the people who can sign in, in the file's order. The error names
// the line.
func People() ([]Person, error) {
	rows, err := read(people, "login", "password", "name", "phone", "posts", "deputy_of", "title")
	if err != nil {
		return nil, fmt.Errorf("people.csv: %w", err)
	}
	out := make([]Person, len(rows))
	for i, r := range rows {
		posts, err := readPosts(r[4])
		if err != nil {
			return nil, fmt.Errorf("people.csv: line %d: %w", i+2, err)
		}
		deputy, err := readPosts(r[5])
		if err != nil {
			return nil, fmt.Errorf("people.csv: line %d: %w", i+2, err)
		}
		out[i] = Person{Login: r[0], Password: r[1], Name: r[2], Phone: r[3], Posts: posts, DeputyOf: deputy, Title: r[6]}
	}
	return out, nil
}

// Units gives the departments and institutions in the file's order.
func Units() ([]Unit, error) {
	rows, err := read(departments, "unit", "title", "duty", "department")
	if err != nil {
		return nil, fmt.Errorf("departments.csv: %w", err)
	}
	out := make([]Unit, len(rows))
	for i, r := range rows {
		out[i] = Unit{Name: r[0], Title: r[1], Duty: r[2], Department: r[3] == "true"}
	}
	return out, nil
}

// read gives the rows under a header that must be as named.
func read(file []byte, header ...string) ([][]string, error) {
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || !slices.Equal(rows[0], header) {
		return nil, fmt.Errorf("line 1: want %s", strings.Join(header, ","))
	}
	return rows[1:], nil
}

func readPosts(list string) ([]cases.Post, error) {
	var out []cases.Post
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return r == ';' }) {
		if !cases.Post(name).Valid() {
			return nil, fmt.Errorf("no post: %q", name)
		}
		out = append(out, cases.Post(name))
	}
	return out, nil
}
