package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault/identifier"
	"tonghu/vault/password"
)

// Two administrators are needed to enter as somebody else (三权分立): the system's gives
// the password, the security's takes the second factor away. Both see who signs in,
// and neither anything that is anybody's business.
var (
	keeping  = cases.RolesThat(cases.KeepAccounts)
	securing = cases.RolesThat(cases.SecureAccounts)
)

// Account is how a person signs in.
type Account struct {
	Person       string     `json:"person"`
	Login        string     `json:"login"`
	Name         string     `json:"name"`
	Active       bool       `json:"active"`
	Password     bool       `json:"password" doc:"signs in by password"`
	Temporary    *time.Time `json:"temporary,omitempty" doc:"the password was given by an administrator and opens the door until then"`
	SecondFactor bool       `json:"second_factor"`
	Providers    []string   `json:"providers" doc:"where an account of the person is linked"`
	LastSignIn   *time.Time `json:"last_sign_in,omitempty"`

	Unconfirmed *Unconfirmed `json:"unconfirmed,omitempty" doc:"a second administrator has to confirm the account; its posts are not in force until then"`
}

// Unconfirmed says how one administrator gave a way into an account.
type Unconfirmed struct {
	ByName string         `json:"by_name"`
	At     time.Time      `json:"at"`
	How    choice[givens] `json:"how" doc:"account: a new one; password: a temporary one; link: an account at a provider"`
	Posts  []Post         `json:"posts" doc:"that are not in force until then"`
	Ready  bool           `json:"ready" doc:"its person has taken it over: the password that was given opens the door no more"`
}

type givens struct{}

func (givens) options() []string {
	return texts([]records.Given{records.GivenAccount, records.GivenPassword, records.GivenLink})
}

// Confirmation names accounts that are their persons' own.
type Confirmation struct {
	Persons []string `json:"persons" minItems:"1" maxItems:"200" doc:"ids"`
}

type confirmationInput struct{ Body Confirmation }

type peopleInput struct {
	Page
	Unconfirmed bool `query:"unconfirmed" doc:"only those that a second administrator has to confirm"`
}

// PersonBody is a new person.
type PersonBody struct {
	Login string `json:"login" minLength:"2" maxLength:"64" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$"`
	Name  string `json:"name" minLength:"1" maxLength:"64"`
	Phone string `json:"phone,omitempty" maxLength:"20"`
	Email string `json:"email,omitempty" maxLength:"200"`
}

// TemporaryPassword is shown this once.
type TemporaryPassword struct {
	Person   string    `json:"person"`
	Password string    `json:"password" doc:"to be handed over in person; it is not shown again, and must be changed at the first sign-in"`
	Until    time.Time `json:"until"`
}

type personInput struct{ Body PersonBody }

// OfPerson names a person.
type OfPerson struct {
	ID string `path:"id" format:"uuid"`
}

// LinkBody says who a person is at a provider.
type LinkBody struct {
	Provider string `json:"provider" maxLength:"31" pattern:"^[a-z][a-z0-9-]*$"`
	Subject  string `json:"subject" minLength:"1" maxLength:"255" doc:"what the provider calls the person (its claim sub, or the one configured); kept as a blind index only"`
}

type linkInput struct {
	OfPerson
	Body LinkBody
}

type unlinkInput struct {
	OfPerson
	Provider string `path:"provider" maxLength:"31" pattern:"^[a-z][a-z0-9-]*$"`
}

type activeInput struct {
	OfPerson
	Body struct {
		Active bool `json:"active"`
	}
}

func (s *server) peopleRoutes() {
	register(s, operation{
		id: "list-people", method: http.MethodGet, path: "/api/v1/people", tag: "people", summary: "Who can sign in, and how 账号列表",
		roles: cases.RolesThat(cases.KeepAccounts, cases.SecureAccounts), codes: []cases.Code{records.CodeCursor},
	}, s.accounts)
	register(s, operation{
		id: "add-person", method: http.MethodPost, path: "/api/v1/people", tag: "people", summary: "Add a person 新建账号",
		about: "409: the login is taken.", roles: keeping, status: http.StatusCreated, codes: []cases.Code{cases.CodeConflict},
	}, s.addPerson)
	register(s, operation{
		id: "reset-password", method: http.MethodPost, path: "/api/v1/people/{id}/password-reset", tag: "people",
		summary: "Give a person a temporary password 重置密码", about: "Ends the person's sessions.",
		roles: keeping, codes: []cases.Code{cases.CodeNotFound, records.CodeOwnAccount},
	}, s.resetPassword)
	register(s, operation{
		id: "reset-second-factor", method: http.MethodDelete, path: "/api/v1/people/{id}/second-factor", tag: "people",
		summary: "Take a person's lost authenticator away 重置验证器", about: "Ends the person's sessions.",
		roles: securing, status: http.StatusNoContent, codes: []cases.Code{cases.CodeNotFound, records.CodeOwnAccount},
	}, s.resetSecondFactor)
	register(s, operation{
		id: "confirm-accounts", method: http.MethodPost, path: "/api/v1/people/confirmations", tag: "people",
		summary: "Confirm accounts that another administrator opened 核实账号",
		about:   "Their posts come into force. 422: its person has not changed the given password yet.",
		roles:   securing, status: http.StatusNoContent, codes: []cases.Code{cases.CodeNotFound, cases.CodeSecond, records.CodeOwnAccount},
	}, s.confirmAccounts)
	register(s, operation{
		id: "set-active", method: http.MethodPut, path: "/api/v1/people/{id}/active", tag: "people",
		summary: "Let a person sign in, or no longer 启用或停用账号", roles: keeping, status: http.StatusNoContent,
		codes: []cases.Code{cases.CodeNotFound, records.CodeOwnAccount},
	}, s.setActive)
	register(s, operation{
		id: "end-sessions", method: http.MethodDelete, path: "/api/v1/people/{id}/sessions", tag: "people",
		summary: "Sign a person out everywhere 强制下线", roles: cases.RolesThat(cases.KeepAccounts, cases.SecureAccounts), status: http.StatusNoContent,
		codes: []cases.Code{cases.CodeNotFound},
	}, s.endSessions)
	register(s, operation{
		id: "link-account", method: http.MethodPost, path: "/api/v1/people/{id}/accounts", tag: "people",
		summary: "Link a person's account at a provider 绑定单位统一认证账号", about: "409: it is somebody else's, or the person has another there.",
		roles: keeping, status: http.StatusNoContent, codes: []cases.Code{cases.CodeNotFound, cases.CodeConflict, records.CodeOwnAccount},
	}, s.link)
	register(s, operation{
		id: "unlink-account", method: http.MethodDelete, path: "/api/v1/people/{id}/accounts/{provider}", tag: "people",
		summary: "Unlink it 解除绑定", about: "Ends the person's sessions.", roles: keeping, status: http.StatusNoContent,
		codes: []cases.Code{cases.CodeNotFound},
	}, s.unlink)
}

func (s *server) accounts(ctx context.Context, in *peopleInput) (*answer[list[Account]], error) {
	rows, next, err := s.Accounts.Accounts(ctx, accessOf(ctx), in.Unconfirmed, records.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]Account, len(rows))
	for i, r := range rows {
		out[i] = Account{
			Person: r.ID, Login: r.Login, Name: r.Name, Active: r.Active, Password: r.Password, Temporary: moment(r.Temporary),
			SecondFactor: r.SecondFactor, Providers: whole(r.Providers), LastSignIn: moment(r.LastSeen),
		}
		if u := r.Unconfirmed; u != nil {
			wait := Unconfirmed{ByName: u.ByName, At: u.At, How: choice[givens](u.How), Posts: []Post{}, Ready: !r.Temporary.After(s.Now())}
			for _, p := range u.Posts {
				wait.Posts = append(wait.Posts, postOf(p))
			}
			out[i].Unconfirmed = &wait
		}
	}
	return listOf(out, next), nil
}

func (s *server) addPerson(ctx context.Context, in *personInput) (*answer[TemporaryPassword], error) {
	b := in.Body
	p := records.Person{ID: uuid.NewString(), Login: identifier.Login(b.Login), Name: strings.TrimSpace(b.Name), Phone: identifier.NormalisePhone(b.Phone), Email: strings.TrimSpace(b.Email)}
	if p.Name == "" {
		return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "name", Reason: "required"})
	}
	if identifier.IsNumber(p.Login) {
		return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "login", Reason: "format", Want: "a name and no number of a person"})
	}
	given, hash, err := s.temporary(p.ID)
	if err != nil {
		return nil, err
	}
	return &answer[TemporaryPassword]{Body: given}, s.Accounts.AddPerson(ctx, accessOf(ctx), p, hash, given.Until)
}

func (s *server) resetPassword(ctx context.Context, in *OfPerson) (*answer[TemporaryPassword], error) {
	if err := another(ctx, in.ID); err != nil {
		return nil, err
	}
	given, hash, err := s.temporary(in.ID)
	if err != nil {
		return nil, err
	}
	return &answer[TemporaryPassword]{Body: given}, s.Accounts.ResetPassword(ctx, accessOf(ctx), in.ID, hash, given.Until)
}

// temporary makes a password to hand over.
func (s *server) temporary(person string) (TemporaryPassword, string, error) {
	given := TemporaryPassword{Person: person, Password: password.Temporary(), Until: s.Now().Add(password.TemporaryFor)}
	hash, err := password.Hash(given.Password)
	return given, hash, err
}

// another refuses administrators to themselves: they sign in like everybody else.
func another(ctx context.Context, person string) error {
	if accessOf(ctx).Person == person {
		return cases.Refuse(records.CodeOwnAccount)
	}
	return nil
}

func (s *server) resetSecondFactor(ctx context.Context, in *OfPerson) (*none, error) {
	if err := another(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, s.Authenticators.DropAuthenticator(ctx, accessOf(ctx), in.ID, "")
}

func (s *server) confirmAccounts(ctx context.Context, in *confirmationInput) (*none, error) {
	return nil, s.Accounts.ConfirmAccounts(ctx, accessOf(ctx), in.Body.Persons)
}

func (s *server) setActive(ctx context.Context, in *activeInput) (*none, error) {
	if err := another(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, s.Accounts.SetActive(ctx, accessOf(ctx), in.ID, in.Body.Active)
}

func (s *server) endSessions(ctx context.Context, in *OfPerson) (*none, error) {
	if _, err := s.Accounts.AccountOf(ctx, accessOf(ctx), in.ID); err != nil {
		return nil, err
	}
	_, err := s.Sessions.EndSessions(ctx, accessOf(ctx), in.ID, "")
	return nil, err
}

func (s *server) link(ctx context.Context, in *linkInput) (*none, error) {
	if err := another(ctx, in.ID); err != nil {
		return nil, err
	}
	if s.provider(in.Body.Provider) == nil {
		return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "provider", Reason: "unknown"})
	}
	return nil, s.Accounts.Link(ctx, accessOf(ctx), in.ID, in.Body.Provider, in.Body.Subject)
}

func (s *server) unlink(ctx context.Context, in *unlinkInput) (*none, error) {
	return nil, s.Accounts.Unlink(ctx, accessOf(ctx), in.ID, in.Provider)
}
