package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault/password"
)

const (
	cookieName    = "tonghu"
	sessionPerson = "person"
	sessionLife   = 12 * time.Hour // a duty shift
)

// newSessions keeps sessions in the store; the cookie holds only a random token.
func newSessions(store scs.Store, secure bool) *scs.SessionManager {
	m := scs.New()
	if store != nil {
		m.Store = store
	} else {
		m.Store = memstore.NewWithCleanupInterval(0)
	}
	m.Lifetime = sessionLife
	m.HashTokenInStore = true
	m.Cookie.Name, m.Cookie.Path, m.Cookie.HttpOnly, m.Cookie.SameSite = cookieName, "/", true, http.SameSiteLaxMode
	if secure {
		m.Cookie.Name, m.Cookie.Secure = "__Host-"+cookieName, true
	}
	return m
}

type signIn struct {
	Body struct {
		Login    string `json:"login" minLength:"1" maxLength:"100"`
		Password string `json:"password" minLength:"1" maxLength:"1024"`
	}
}

type newPassword struct {
	Body struct {
		Old string `json:"old" maxLength:"1024"`
		New string `json:"new" maxLength:"1024" doc:"at least 12 characters, not what is tried first; no other rule"`
	}
}

// Me is who is signed in.
type Me struct {
	Person string `json:"person"`
	Name   string `json:"name"`
	Login  string `json:"login"`
	Posts  []Post `json:"posts" doc:"held now, as holder or as deputy"`
}

// Post is a post and its parts.
type Post struct {
	Post cases.Post `json:"post"`
	Role cases.Role `json:"role"`
	Org  cases.Org  `json:"org,omitempty"`
	Unit string     `json:"unit,omitempty"`
	Name Label      `json:"role_name"`
}

func postOf(p cases.Post) Post {
	return Post{Post: p, Role: p.Role(), Org: p.Org(), Unit: p.Unit(), Name: label("role." + string(p.Role()))}
}

func (s *server) sessionRoutes() {
	register(s, operation{
		id: "sign-in", method: http.MethodPost, path: "/api/v1/session", tag: "session", summary: "Sign in 登录",
		public: true, limit: func(l limiters) *limiter { return l.signIn }, codes: []cases.Code{records.CodeCredentials},
	}, s.signIn)
	register(s, operation{
		id: "sign-out", method: http.MethodDelete, path: "/api/v1/session", tag: "session", summary: "Sign out 退出",
		public: true, status: http.StatusNoContent,
	}, s.signOut)
	register(s, operation{
		id: "get-me", method: http.MethodGet, path: "/api/v1/me", tag: "session", summary: "Who is signed in, in which posts 我的岗位",
	}, s.me)
	register(s, operation{
		id: "set-password", method: http.MethodPut, path: "/api/v1/me/password", tag: "session", summary: "Change one's password 修改密码",
		status: http.StatusNoContent, limit: func(l limiters) *limiter { return l.signIn },
		codes: []cases.Code{records.CodeCredentials, records.CodeWeak},
	}, s.setPassword)
}

func (s *server) signIn(ctx context.Context, in *signIn) (*answer[Me], error) {
	login := strings.TrimSpace(in.Body.Login)
	p, err := s.checked(ctx, login, in.Body.Password)
	if err != nil {
		return nil, err
	}
	if err := s.sessions.RenewToken(ctx); err != nil { // nobody's old token becomes a signed-in one
		return nil, &cases.Error{Code: cases.CodeUnavailable, Err: err}
	}
	s.sessions.Put(ctx, sessionPerson, p.ID)
	entryOf(ctx).person = p.ID
	if p, err = s.People.PersonByID(ctx, p.ID, s.Now()); err != nil { // with the posts of today
		return nil, err
	}
	return &answer[Me]{Body: meOf(p)}, nil
}

// checked gives the person of a login and password. Every wrong answer takes as
// long as a right one and says the same.
func (s *server) checked(ctx context.Context, login, pw string) (records.Person, error) {
	if err := s.limits.account.full(strings.ToLower(login)); err != nil {
		return records.Person{}, err
	}
	p, hash, err := s.People.Credentials(ctx, login)
	if err != nil {
		password.CheckNobody(pw)
		if !is(err, records.CodeCredentials) && !is(err, cases.CodeNotFound) {
			return records.Person{}, err
		}
		return records.Person{}, s.wrong(ctx, login, "", "unknown_login")
	}
	ok, rehash, err := password.Check(pw, hash)
	switch {
	case errors.Is(err, password.ErrFormat):
		return records.Person{}, err
	case err != nil || !ok:
		return records.Person{}, s.wrong(ctx, login, p.ID, "wrong_password")
	case !p.Active:
		return records.Person{}, s.wrong(ctx, login, p.ID, "inactive")
	}
	if rehash {
		if hash, err := password.Hash(pw); err == nil {
			_ = s.People.SetPassword(ctx, p.ID, hash) // a later sign-in tries again
		}
	}
	return p, s.People.RecordSignIn(ctx, login, p.ID, true, "")
}

// wrong keeps a failed attempt and refuses it.
func (s *server) wrong(ctx context.Context, login, person, reason string) error {
	if err := s.limits.account.take(strings.ToLower(login)); err != nil {
		return err
	}
	if err := s.People.RecordSignIn(ctx, login, person, false, reason); err != nil {
		return err
	}
	return cases.Refuse(records.CodeCredentials)
}

func (s *server) signOut(ctx context.Context, _ *none) (*none, error) {
	if err := s.sessions.Destroy(ctx); err != nil {
		return nil, &cases.Error{Code: cases.CodeUnavailable, Err: err}
	}
	return nil, nil //nolint:nilnil // huma: no body
}

func (s *server) me(ctx context.Context, _ *none) (*answer[Me], error) {
	p, err := s.People.PersonByID(ctx, accessOf(ctx).Person, s.Now())
	if err != nil {
		return nil, err
	}
	return &answer[Me]{Body: meOf(p)}, nil
}

func meOf(p records.Person) Me {
	me := Me{Person: p.ID, Name: p.Name, Login: p.Login, Posts: []Post{}}
	for _, post := range p.Posts {
		me.Posts = append(me.Posts, postOf(post))
	}
	return me
}

func (s *server) setPassword(ctx context.Context, in *newPassword) (*none, error) {
	me, err := s.People.PersonByID(ctx, accessOf(ctx).Person, s.Now())
	if err != nil {
		return nil, err
	}
	if _, err := s.checked(ctx, me.Login, in.Body.Old); err != nil {
		return nil, err
	}
	if in.Body.New == in.Body.Old {
		return nil, cases.Refuse(records.CodeWeak, cases.FieldError{Field: "new", Reason: "same"})
	}
	hash, err := hashed(in.Body.New, me)
	if err != nil {
		return nil, err
	}
	return nil, s.People.SetPassword(ctx, me.ID, hash)
}

// hashed gives the hash of a new password that meets the rules.
func hashed(pw string, of records.Person) (string, error) {
	reason := password.Weak(pw, of.Login, of.Name, of.Phone)
	hash, err := password.Hash(pw)
	if reason == "" && err == nil {
		return hash, nil
	}
	fault := cases.FieldError{Field: "new", Reason: reason}
	if reason == password.TooShort {
		fault.Want = strconv.Itoa(password.MinChars)
	}
	return "", cases.Refuse(records.CodeWeak, fault)
}

// is tells whether an error carries a code.
func is(err error, code cases.Code) bool {
	var e *cases.Error
	return errors.As(err, &e) && e.Code == code
}
