package api

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault/identifier"
	"tonghu/vault/password"
)

const (
	sessionCookie = "tonghu"
	markCookie    = "tonghu-browser" // tells sign-in that this browser has been here before
	sessionLife   = 12 * time.Hour   // a duty shift
	// seenEvery is how exactly a session's last use is known.
	seenEvery = time.Minute
)

// standing is how far somebody has come in signing in. Every one but signedIn is
// also the code of the refusal that everything else is answered with.
type standing = cases.Code

const signedIn standing = "signed_in"

type standings struct{}

func (standings) options() []string {
	return texts([]standing{signedIn, records.CodeSecondFactor, records.CodePasswordChange, records.CodeEnrolment})
}

type signInBody struct {
	Login    string `json:"login" minLength:"1" maxLength:"100"`
	Password string `json:"password" minLength:"1" maxLength:"1024"`
}

type signInInput struct{ Body signInBody }

type newPassword struct {
	Body struct {
		Old string `json:"old" maxLength:"1024"`
		New string `json:"new" maxLength:"1024" doc:"at least 12 characters, not what is tried first; no other rule"`
	}
}

// Me is who is signed in, or on the way to it.
type Me struct {
	State       choice[standings] `json:"state" doc:"signed_in, or what has to be done first: second_factor_needed: POST /api/v1/session/second-factor; password_change_needed: PUT /api/v1/me/password; second_factor_enrolment_needed: POST /api/v1/me/second-factor. Until then everything else answers 403 with this code."`
	Person      string            `json:"person" doc:"empty until the second factor is there, like name and login"`
	Name        string            `json:"name"`
	Login       string            `json:"login"`
	Posts       []Post            `json:"posts" doc:"held now, as holder or as deputy; empty before state is signed_in"`
	Unconfirmed bool              `json:"unconfirmed,omitempty" doc:"an administrator opened the account, and a second one has not confirmed it: no posts until then"`
	// SecondFactor and the times are for the page of one's own account.
	SecondFactor         bool      `json:"second_factor" doc:"an authenticator app is enrolled"`
	SecondFactorRequired bool      `json:"second_factor_required" doc:"one's posts ask for it in this installation"`
	IdleSeconds          int       `json:"idle_seconds" doc:"the session ends after so long without a request"`
	Ends                 time.Time `json:"ends" doc:"the session ends then, whatever happens"`
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

// SignInOptions is how one signs in here.
type SignInOptions struct {
	SecondFactor choice[secondFactors] `json:"second_factor" doc:"required: the city's roles and the administrators need one; offered: nobody does, as in a demonstration"`
	Providers    []ProviderOption      `json:"providers" doc:"where one can sign in instead of with a password"`
}

// ProviderOption is a button.
type ProviderOption struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

type secondFactors struct{}

func (secondFactors) options() []string {
	return texts([]SecondFactorPolicy{SecondFactorRequired, SecondFactorOffered})
}

// entered is an answer that may set the cookies of a session.
type entered struct {
	Cookies []http.Cookie `header:"Set-Cookie"`
	Body    Me
}

// left is an answer that ends them.
type left struct {
	Cookies []http.Cookie `header:"Set-Cookie"`
}

func (s *server) sessionRoutes() {
	register(s, operation{
		id: "get-sign-in", method: http.MethodGet, path: "/api/v1/sign-in", tag: "session", summary: "How one signs in here 登录方式", public: true,
	}, s.signInOptions)
	register(s, operation{
		id: "sign-in", method: http.MethodPost, path: "/api/v1/session", tag: "session", summary: "Sign in 登录",
		about:  "200 also where something more is needed: see state.",
		public: true, codes: []cases.Code{records.CodeCredentials, records.CodeThrottled},
	}, s.signIn)
	register(s, operation{
		id: "sign-out", method: http.MethodDelete, path: "/api/v1/session", tag: "session", summary: "Sign out 退出",
		public: true, status: http.StatusNoContent,
	}, s.signOut)
	register(s, operation{
		id: "get-me", method: http.MethodGet, path: "/api/v1/me", tag: "session", summary: "Who is signed in, in which posts 我的岗位",
		during: []standing{records.CodeSecondFactor, records.CodePasswordChange, records.CodeEnrolment},
	}, s.me)
	register(s, operation{
		id: "set-password", method: http.MethodPut, path: "/api/v1/me/password", tag: "session", summary: "Change one's password 修改密码",
		about: "Ends one's other sessions.", status: http.StatusNoContent, during: []standing{records.CodePasswordChange},
		codes: []cases.Code{records.CodeCredentials, records.CodeWeak, records.CodeThrottled},
	}, s.setPassword)
}

func (s *server) signInOptions(context.Context, *none) (*answer[SignInOptions], error) {
	out := SignInOptions{SecondFactor: choice[secondFactors](s.SecondFactor), Providers: []ProviderOption{}}
	for _, p := range s.Providers {
		out.Providers = append(out.Providers, ProviderOption{p.Name(), p.Title()})
	}
	return &answer[SignInOptions]{Body: out}, nil
}

func (s *server) signIn(ctx context.Context, in *signInInput) (*entered, error) {
	p, err := s.checked(ctx, in.Body.Login, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return s.enter(ctx, p.ID, records.ByPassword, false)
}

// checked gives the person of a login and password. Every wrong answer takes as
// long as a right one and says the same.
func (s *server) checked(ctx context.Context, login, pw string) (records.Person, error) {
	login = identifier.Login(login)
	attempt, err := s.try(ctx, "password", login, s.Limits.SignInPerDay)
	if err != nil {
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
	return p, attempt.right(ctx)
}

// wrong keeps a failed attempt and refuses it.
func (s *server) wrong(ctx context.Context, login, person, reason string) error {
	s.metrics.signIns.WithLabelValues(reason).Inc()
	if err := s.People.RecordSignIn(ctx, login, person, false, reason); err != nil {
		return err
	}
	return cases.Refuse(records.CodeCredentials)
}

// enter starts a session of a person who gave the first factor, in place of the one
// that the browser had.
func (s *server) enter(ctx context.Context, person string, method records.Method, proved bool) (*entered, error) {
	now, v, token := s.Now(), s.visitorOf(ctx), rand.Text()
	session := records.Session{
		ID: uuid.NewString(), Person: person, Method: method, Started: now, Seen: now, Ends: now.Add(sessionLife),
		Device: v.device, Browser: v.browser, Address: v.network,
	}
	if proved {
		session.Proved = now
	}
	if old := sessionOf(ctx); old != nil {
		if err := s.Sessions.EndSession(ctx, old.Person, old.ID); err != nil && !is(err, cases.CodeNotFound) {
			return nil, err
		}
	}
	if err := s.Sessions.StartSession(ctx, token, session); err != nil {
		return nil, err
	}
	in, err := s.Sessions.SessionByToken(ctx, token, now)
	if err != nil {
		return nil, err
	}
	entryOf(ctx).person = person
	out := &entered{Cookies: []http.Cookie{s.cookie(sessionCookie, token, 0, http.SameSiteLaxMode)}}
	if s.standing(in) == records.CodeSecondFactor {
		err = s.People.RecordSignIn(ctx, in.Login, person, true, "first_factor")
	} else {
		var mark http.Cookie
		mark, err = s.arrived(ctx, in)
		out.Cookies = append(out.Cookies, mark)
	}
	if err != nil {
		return nil, err
	}
	out.Body, err = s.meOf(ctx, in)
	return out, err
}

// arrived keeps that a person gave every factor there is, and by what they will be
// known the next time.
func (s *server) arrived(ctx context.Context, in records.SignedIn) (http.Cookie, error) {
	v := s.visitorOf(ctx)
	if v.mark == "" {
		v.mark = rand.Text()
	}
	mark := s.cookie(markCookie, v.mark, markLife, http.SameSiteLaxMode) // it comes back from a provider too
	if err := s.Throttle.Know(ctx, in.Person, s.Now(), v.marks()...); err != nil {
		return mark, err
	}
	s.metrics.signIns.WithLabelValues("ok").Inc()
	return mark, s.People.RecordSignIn(ctx, in.Login, in.Person, true, "")
}

func (s *server) signOut(ctx context.Context, _ *none) (*left, error) {
	if in := sessionOf(ctx); in != nil {
		if err := s.Sessions.EndSession(ctx, in.Person, in.ID); err != nil && !is(err, cases.CodeNotFound) {
			return nil, err
		}
	}
	return &left{Cookies: []http.Cookie{s.cookie(sessionCookie, "", -time.Second, http.SameSiteLaxMode)}}, nil
}

func (s *server) me(ctx context.Context, _ *none) (*answer[Me], error) {
	me, err := s.meOf(ctx, *sessionOf(ctx))
	return &answer[Me]{Body: me}, err
}

func (s *server) meOf(ctx context.Context, in records.SignedIn) (Me, error) {
	state := s.standing(in)
	me := Me{
		State: choice[standings](state), Posts: []Post{}, SecondFactor: in.Enrolled, SecondFactorRequired: s.demands(in),
		IdleSeconds: int(s.idle(in) / time.Second), Ends: in.Ends,
	}
	if state == records.CodeSecondFactor {
		return me, nil
	}
	p, err := s.People.PersonByID(ctx, in.Person, s.Now())
	if err != nil {
		return me, err
	}
	me.Person, me.Name, me.Login, me.Unconfirmed = p.ID, p.Name, p.Login, in.Unconfirmed
	if state == signedIn {
		for _, post := range p.Posts {
			me.Posts = append(me.Posts, postOf(post))
		}
	}
	return me, nil
}

func (s *server) setPassword(ctx context.Context, in *newPassword) (*none, error) {
	session := sessionOf(ctx)
	me, err := s.People.PersonByID(ctx, session.Person, s.Now())
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
	return nil, s.Accounts.ChangePassword(ctx, records.Access{Person: me.ID}, hash, session.ID)
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

// SecondFactorPolicy tells whom an installation asks for a second factor.
type SecondFactorPolicy string

// The policies. Whoever has enrolled a second factor is asked for it under both.
const (
	SecondFactorRequired SecondFactorPolicy = "required" // the city's roles and the three administrators must have one (等保三级)
	SecondFactorOffered  SecondFactorPolicy = "offered"  // nobody must: for a demonstration
)

// demanding are the roles that need a second factor where the policy requires it:
// those that see the whole city, and the administrators.
var demanding = []cases.Role{
	cases.RoleDesk, cases.RoleManager, cases.RoleHead, cases.RoleBureau, cases.RoleBody,
	cases.RoleSystemAdmin, cases.RoleSecAdmin, cases.RoleAuditAdmin,
}

// powerful tells whether a person holds a demanding role, on duty or not.
func powerful(in records.SignedIn) bool {
	return slices.ContainsFunc(in.Roles, func(r cases.Role) bool { return slices.Contains(demanding, r) })
}

func (s *server) demands(in records.SignedIn) bool {
	return s.SecondFactor == SecondFactorRequired && powerful(in)
}

// standing tells how far a session has come.
func (s *server) standing(in records.SignedIn) standing {
	switch {
	case in.Enrolled && in.Proved.IsZero():
		return records.CodeSecondFactor
	case in.Temporary && in.Method == records.ByPassword:
		return records.CodePasswordChange
	case s.demands(in) && in.Proved.IsZero():
		return records.CodeEnrolment
	}
	return signedIn
}

// idle is how long a session may be left alone. A phone in somebody's pocket on a
// round may be longer, unless its person sees the whole city.
func (s *server) idle(in records.SignedIn) time.Duration {
	if (in.Device == "phone" || in.Device == "tablet") && !powerful(in) {
		return max(s.IdlePhone, s.Idle)
	}
	return s.Idle
}

// is tells whether an error carries a code.
func is(err error, code cases.Code) bool {
	var e *cases.Error
	return errors.As(err, &e) && e.Code == code
}
