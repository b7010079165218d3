package api

import (
	"context"
	"net/http"
	"time"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault/secondfactor"
)

// appName is what an authenticator app shows beside the login.
const appName = "童护"

// freshFor is how long after signing in one may change how one signs in: a screen
// left open is not enough for that.
const freshFor = 10 * time.Minute

// Session is one place where somebody is signed in.
type Session struct {
	ID           string    `json:"id"`
	Current      bool      `json:"current" doc:"the one that asks"`
	Started      time.Time `json:"started"`
	Seen         time.Time `json:"seen" doc:"last request, to the minute"`
	Ends         time.Time `json:"ends"`
	Method       string    `json:"method" enum:"password,provider"`
	SecondFactor bool      `json:"second_factor" doc:"a second factor was given"`
	Device       string    `json:"device" enum:"phone,tablet,computer,other"`
	Browser      string    `json:"browser" enum:"wechat,dingtalk,edge,firefox,chrome,safari,other"`
	Network      string    `json:"network" doc:"the network it came from, not the address"`
}

// Authenticator is what one's second factor is.
type Authenticator struct {
	Enrolled bool       `json:"enrolled"`
	Since    *time.Time `json:"since,omitempty"`
	Recovery int        `json:"recovery_codes" doc:"how many are left"`
}

// Enrolment is what an authenticator app is given.
type Enrolment struct {
	Secret string `json:"secret" doc:"base32, to be typed"`
	URI    string `json:"uri" doc:"otpauth://, to be shown as a QR code"`
}

// RecoveryCodes are shown this once.
type RecoveryCodes struct {
	Codes []string `json:"codes" doc:"each opens the door once; they are not shown again"`
}

type codeInput struct {
	Body struct {
		Code string `json:"code" minLength:"1" maxLength:"64" doc:"six digits of the app; to sign in also a recovery code"`
	}
}

type ofSession struct {
	ID string `path:"id" format:"uuid"`
}

func (s *server) accountRoutes() {
	register(s, operation{
		id: "give-second-factor", method: http.MethodPost, path: "/api/v1/session/second-factor", tag: "session",
		summary: "Give the second factor 两步验证", during: []standing{records.CodeSecondFactor},
		codes: []cases.Code{records.CodeWrongCode, cases.CodeConflict, records.CodeThrottled},
	}, s.giveSecondFactor)
	register(s, operation{
		id: "list-my-sessions", method: http.MethodGet, path: "/api/v1/me/sessions", tag: "account", summary: "Where one is signed in 我的登录",
	}, s.mySessions)
	register(s, operation{
		id: "end-my-session", method: http.MethodDelete, path: "/api/v1/me/sessions/{id}", tag: "account", summary: "Sign out there 下线一处登录",
		status: http.StatusNoContent, codes: []cases.Code{cases.CodeNotFound},
	}, s.endMySession)
	register(s, operation{
		id: "end-my-other-sessions", method: http.MethodDelete, path: "/api/v1/me/sessions", tag: "account",
		summary: "Sign out everywhere else 下线其他登录", status: http.StatusNoContent,
	}, s.endMyOtherSessions)
	register(s, operation{
		id: "get-my-second-factor", method: http.MethodGet, path: "/api/v1/me/second-factor", tag: "account",
		summary: "One's authenticator app 我的验证器", during: []standing{records.CodeEnrolment},
	}, s.mySecondFactor)
	register(s, operation{
		id: "prepare-second-factor", method: http.MethodPost, path: "/api/v1/me/second-factor", tag: "account",
		summary: "Begin to enrol an authenticator app 绑定验证器",
		about:   "Within ten minutes of signing in. Nothing changes until a code of it is given.",
		during:  []standing{records.CodeEnrolment}, codes: []cases.Code{records.CodeSignInAgain},
	}, s.prepareSecondFactor)
	register(s, operation{
		id: "enrol-second-factor", method: http.MethodPut, path: "/api/v1/me/second-factor", tag: "account",
		summary: "Enrol it, by its first code 完成绑定", about: "Ends one's other sessions, and gives ten recovery codes.",
		during: []standing{records.CodeEnrolment}, codes: []cases.Code{records.CodeWrongCode, records.CodeSignInAgain, cases.CodeConflict},
	}, s.enrolSecondFactor)
	register(s, operation{
		id: "drop-second-factor", method: http.MethodDelete, path: "/api/v1/me/second-factor", tag: "account",
		summary: "Sign in without one again 解除绑定", about: "Where one's posts do not ask for it.",
		status: http.StatusNoContent, codes: []cases.Code{records.CodeSignInAgain, cases.CodeConflict, cases.CodeNotFound},
	}, s.dropSecondFactor)
	register(s, operation{
		id: "renew-recovery-codes", method: http.MethodPost, path: "/api/v1/me/recovery-codes", tag: "account",
		summary: "New recovery codes in place of the old 重新生成备用码", codes: []cases.Code{records.CodeSignInAgain, cases.CodeNotFound},
	}, s.renewRecovery)
}

func (s *server) giveSecondFactor(ctx context.Context, in *codeInput) (*entered, error) {
	session := *sessionOf(ctx)
	if s.standing(session) != records.CodeSecondFactor {
		return nil, cases.Refuse(cases.CodeConflict)
	}
	if err := s.codeIsRight(ctx, session, in.Body.Code); err != nil {
		return nil, err
	}
	if err := s.Sessions.ProveSession(ctx, session.ID, s.Now()); err != nil {
		return nil, err
	}
	session.Proved = s.Now()
	mark, err := s.arrived(ctx, session)
	if err != nil {
		return nil, err
	}
	me, err := s.meOf(ctx, session)
	return &entered{Cookies: []http.Cookie{mark}, Body: me}, err
}

// codeIsRight uses a code of the person's app up, or a recovery code.
func (s *server) codeIsRight(ctx context.Context, in records.SignedIn, typed string) error {
	attempt, err := s.try(ctx, "code", in.Login, s.Limits.CodePerDay)
	if err != nil {
		return err
	}
	who := records.Access{Person: in.Person}
	if code := secondfactor.Recovery(typed); code != "" {
		_, err = s.Authenticators.UseRecovery(ctx, who, code)
	} else {
		err = s.useCode(ctx, in.Person, typed)
	}
	switch {
	case is(err, cases.CodeNotFound), is(err, cases.CodeConflict): // none such, or used before
		s.metrics.signIns.WithLabelValues("wrong_code").Inc()
		if err := s.People.RecordSignIn(ctx, in.Login, in.Person, false, "wrong_code"); err != nil {
			return err
		}
		return cases.Refuse(records.CodeWrongCode)
	case err != nil:
		return err
	}
	return attempt.right(ctx)
}

func (s *server) useCode(ctx context.Context, person, typed string) error {
	app, err := s.Authenticators.Authenticator(ctx, person)
	if err != nil {
		return err
	}
	step, ok := secondfactor.Match(app.Secret, typed, s.Now())
	if !ok || app.Since.IsZero() {
		return cases.Refuse(cases.CodeNotFound)
	}
	return s.Authenticators.UseStep(ctx, person, step)
}

// fresh refuses who signed in, or gave the second factor, too long ago for changing
// how they sign in.
func (s *server) fresh(ctx context.Context) error {
	in, since := sessionOf(ctx), s.Now().Add(-freshFor)
	if in.Started.Before(since) && in.Proved.Before(since) {
		return cases.Refuse(records.CodeSignInAgain)
	}
	return nil
}

func (s *server) mySessions(ctx context.Context, _ *none) (*answer[list[Session]], error) {
	in := sessionOf(ctx)
	rows, err := s.Sessions.SessionsOf(ctx, in.Person, s.Now())
	if err != nil {
		return nil, err
	}
	var out []Session
	for _, r := range rows {
		one := *in
		one.Session = r
		if s.Now().Sub(r.Seen) > s.idle(one) {
			continue
		}
		out = append(out, Session{
			ID: r.ID, Current: r.ID == in.ID, Started: r.Started, Seen: r.Seen, Ends: r.Ends, Method: string(r.Method),
			SecondFactor: !r.Proved.IsZero(), Device: r.Device, Browser: r.Browser, Network: r.Address,
		})
	}
	return listOf(out, ""), nil
}

func (s *server) endMySession(ctx context.Context, in *ofSession) (*none, error) {
	return nil, s.Sessions.EndSession(ctx, sessionOf(ctx).Person, in.ID)
}

func (s *server) endMyOtherSessions(ctx context.Context, _ *none) (*none, error) {
	in := sessionOf(ctx)
	_, err := s.Sessions.EndSessions(ctx, accessOf(ctx), in.Person, in.ID)
	return nil, err
}

func (s *server) mySecondFactor(ctx context.Context, _ *none) (*answer[Authenticator], error) {
	app, err := s.Authenticators.Authenticator(ctx, sessionOf(ctx).Person)
	if err != nil {
		return nil, err
	}
	return &answer[Authenticator]{Body: Authenticator{Enrolled: !app.Since.IsZero(), Since: moment(app.Since), Recovery: app.Recovery}}, nil
}

func (s *server) prepareSecondFactor(ctx context.Context, _ *none) (*answer[Enrolment], error) {
	if err := s.fresh(ctx); err != nil {
		return nil, err
	}
	in, secret := sessionOf(ctx), secondfactor.NewSecret()
	shown, err := secondfactor.Enrol(secret, appName, in.Login)
	if err != nil {
		return nil, err
	}
	if err := s.Authenticators.PrepareAuthenticator(ctx, in.Person, secret); err != nil {
		return nil, err
	}
	return &answer[Enrolment]{Body: Enrolment{Secret: shown.Secret, URI: shown.URI}}, nil
}

func (s *server) enrolSecondFactor(ctx context.Context, body *codeInput) (*answer[RecoveryCodes], error) {
	if err := s.fresh(ctx); err != nil {
		return nil, err
	}
	in := sessionOf(ctx)
	app, err := s.Authenticators.Authenticator(ctx, in.Person)
	if err != nil {
		return nil, err
	}
	if app.Pending == nil {
		return nil, cases.Refuse(cases.CodeConflict)
	}
	step, ok := secondfactor.Match(app.Pending, body.Body.Code, s.Now())
	if !ok {
		return nil, cases.Refuse(records.CodeWrongCode)
	}
	codes := secondfactor.NewRecoveryCodes()
	err = s.Authenticators.EnrolAuthenticator(ctx, records.Access{Person: in.Person}, in.ID, app.Pending, step, bare(codes))
	return &answer[RecoveryCodes]{Body: RecoveryCodes{Codes: codes}}, err
}

// bare gives recovery codes as they are compared.
func bare(codes []string) []string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = secondfactor.Recovery(c)
	}
	return out
}

func (s *server) dropSecondFactor(ctx context.Context, _ *none) (*none, error) {
	in := sessionOf(ctx)
	if s.demands(*in) {
		return nil, cases.Refuse(cases.CodeConflict)
	}
	if err := s.fresh(ctx); err != nil {
		return nil, err
	}
	return nil, s.Authenticators.DropAuthenticator(ctx, accessOf(ctx), in.Person, in.ID)
}

func (s *server) renewRecovery(ctx context.Context, _ *none) (*answer[RecoveryCodes], error) {
	if err := s.fresh(ctx); err != nil {
		return nil, err
	}
	codes := secondfactor.NewRecoveryCodes()
	err := s.Authenticators.RenewRecovery(ctx, accessOf(ctx), bare(codes))
	return &answer[RecoveryCodes]{Body: RecoveryCodes{Codes: codes}}, err
}
