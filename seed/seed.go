// Package seed fills an empty installation with the fictional county of the
// demonstration: 安和市 (379999) with its 14 towns and 887 villages, the posts of
// the three-level network, the fifteen departments, and people in every post.
//
// All of it is invented and the same every time, ids included.
package seed

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"tonghu/cases"
	"tonghu/deploy/demo"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/vault/password"
)

// Store keeps what is seeded.
type Store interface {
	// Seed stores what is not there yet and leaves the rest as it is.
	Seed(ctx context.Context, c postgres.County) error
	// Seeded tells whether a person is there.
	Seeded(ctx context.Context, person string) (bool, error)
}

// cost is that of the demonstration's passwords. They are printed in the file that
// they come from; a costlier hash would only delay the first start. It is raised
// to the usual cost when a person signs in.
var cost = password.Params{MemoryKiB: 1 << 10, Time: 1, Threads: 1}

// Run seeds the county. Running it again changes nothing.
func Run(ctx context.Context, store Store) error {
	people, err := demo.People()
	if err != nil {
		return err
	}
	done, err := store.Seeded(ctx, PersonID(people[len(people)-1].Login))
	if err != nil || done {
		return err
	}
	county, err := County()
	if err != nil {
		return err
	}
	return store.Seed(ctx, county)
}

// ids is the name space of the ids of seeded people.
var ids = uuid.MustParse("8a4e3f52-6d0b-5c1e-9b7a-37999900f1c7")

// PersonID gives the id of a seeded person: by the login, or by the post of those
// who cannot sign in.
func PersonID(name string) string { return uuid.NewSHA1(ids, []byte(name)).String() }

// County gives the whole demonstration county.
func County() (postgres.County, error) {
	people, err := demo.People()
	if err != nil {
		return postgres.County{}, err
	}
	units, err := demo.Units()
	if err != nil {
		return postgres.County{}, err
	}
	c := &county{known: map[cases.Post]bool{}, held: map[cases.Post]string{}, deputised: map[cases.Post]bool{}}
	for _, p := range Places() {
		c.Orgs = append(c.Orgs, postgres.Org{Code: p.Org, Name: p.Name})
	}
	for _, u := range units {
		c.Units = append(c.Units, postgres.Unit{Name: u.Name, Title: u.Title, Duty: u.Duty, Department: u.Department})
	}
	for _, p := range people {
		if err := c.signIn(p); err != nil {
			return postgres.County{}, err
		}
	}
	c.fill(units)
	return c.County, nil
}

// county is the seed in the making.
type county struct {
	postgres.County
	known     map[cases.Post]bool
	held      map[cases.Post]string // a holder of each post
	deputised map[cases.Post]bool
}

// signIn adds one of the people who can sign in.
func (c *county) signIn(p demo.Person) error {
	hash, err := cost.Hash(p.Password)
	if err != nil {
		return fmt.Errorf("password of %s: %w", p.Login, err)
	}
	id := PersonID(p.Login)
	c.People = append(c.People, postgres.SeedPerson{
		Person: records.Person{ID: id, Login: p.Login, Name: p.Name, Phone: p.Phone, Email: p.Login + "@anhe.example"}, Password: hash,
	})
	for _, post := range p.Posts {
		c.hold(post, id, false)
	}
	for _, post := range p.DeputyOf {
		c.hold(post, id, true)
	}
	return nil
}

// fill adds every other post of the network with somebody in it, and the deputies.
func (c *county) fill(units []demo.Unit) {
	var before cases.Post // the village before this one, of the same town
	for _, o := range c.Orgs {
		switch {
		case o.Code.IsVillage():
			director := cases.NewPost(o.Code, cases.RoleDirector)
			c.holder(director)
			if before != "" && before.Org().Town() == o.Code.Town() {
				// Neighbours stand in for each other.
				c.deputy(before, c.held[director])
				c.deputy(director, c.held[before])
			}
			before = director
		case o.Code.IsTown():
			supervisor := cases.NewPost(o.Code, cases.RoleSupervisor)
			c.holder(supervisor)
			c.holder(cases.NewPost(o.Code, cases.RoleTownLeader))
			c.standIn(supervisor)
		}
	}
	for _, u := range units {
		if u.Department {
			c.holder(cases.UnitPost(u.Name, cases.RoleLiaison))
		}
	}
	for _, post := range []cases.Post{
		cases.UnitPost("police", cases.RolePolice), cases.UnitPost("procuratorate", cases.RoleProcurator),
		cases.UnitPost("shelter", cases.RoleShelter), cases.NewPost(City, cases.RoleBody),
	} {
		c.holder(post)
		c.standIn(post)
	}
}

// holder puts a person who cannot sign in into a post that nobody holds.
func (c *county) holder(post cases.Post) {
	if c.held[post] == "" {
		c.hold(post, c.person(string(post)), false)
	}
}

// standIn gives a post a deputy who does nothing else.
func (c *county) standIn(post cases.Post) {
	if !c.deputised[post] {
		c.hold(post, c.person(string(post)+"/B"), true)
	}
}

// deputy makes a person the deputy of a post that has none.
func (c *county) deputy(post cases.Post, person string) {
	if !c.deputised[post] {
		c.hold(post, person, true)
	}
}

func (c *county) hold(post cases.Post, person string, deputy bool) {
	if !c.known[post] {
		c.known[post] = true
		c.Posts = append(c.Posts, post)
	}
	if deputy {
		c.deputised[post] = true
	} else {
		c.held[post] = person
	}
	c.Holdings = append(c.Holdings, records.Holding{Post: post, Person: person, Deputy: deputy})
}

// person adds a person who cannot sign in.
func (c *county) person(name string) string {
	id, n := PersonID(name), len(c.People)
	c.People = append(c.People, postgres.SeedPerson{Person: records.Person{
		ID: id, Name: personName(n), Phone: fmt.Sprintf("1390000%04d", n+100), Email: strings.ReplaceAll(id, "-", "") + "@anhe.example",
	}})
	return id
}
