package records

import (
	"slices"
	"time"

	"tonghu/cases"
)

// Access is who asks and in which posts: every read and write names it.
type Access struct {
	Person string       // person id; "" for the public
	Posts  []cases.Post // posts held now, deputies' included
	At     time.Time    // when they ask
	// Purpose says what somebody looks for, as a code that the audit log keeps:
	// step, print, glass:<id of the 紧急调阅>. "" where none was given.
	Purpose string
	// Glass are the asker's emergency readings in force of the case at hand. Stores
	// fill it in, and every look under it names them in the audit log.
	Glass []Opening
}

// Opens tells whether an emergency reading in force opens a part of the case at hand.
func (a Access) Opens(part cases.Compartment) bool {
	return slices.ContainsFunc(a.Glass, func(o Opening) bool { return slices.Contains(o.Compartments, part) })
}

// Has tells whether one of the posts has a role.
func (a Access) Has(roles ...cases.Role) bool {
	for _, p := range a.Posts {
		for _, r := range roles {
			if p.Role() == r {
				return true
			}
		}
	}
	return false
}

// Holds tells whether a post is among those held.
func (a Access) Holds(post cases.Post) bool {
	for _, p := range a.Posts {
		if p == post {
			return true
		}
	}
	return false
}

// Codes of refusals that the stores and the API add to those of cases.
const (
	CodeKeyReused    cases.Code = "idempotency_key_reused" // same key, other body: 422
	CodeInFlight     cases.Code = "request_in_flight"      // same key, still being worked on: 409
	CodeKeyMissing   cases.Code = "idempotency_key_missing"
	CodeSignIn       cases.Code = "sign_in_needed"
	CodeCredentials  cases.Code = "wrong_credentials" //nolint:gosec // a code
	CodeThrottled    cases.Code = "too_many_attempts"
	CodeReceiptWrong cases.Code = "receipt_unknown"
	CodeReceiptEnded cases.Code = "receipt_ended" // nothing more can be written by it
	CodeBadJSON      cases.Code = "malformed_json"
	CodeForbidden    cases.Code = "forbidden"
	CodeTooLarge     cases.Code = "too_large"
	CodeCursor       cases.Code = "bad_cursor"
	CodeMethod       cases.Code = "method_not_allowed"
	CodeMedia        cases.Code = "unsupported_media_type"
	CodePrecondition cases.Code = "precondition_failed"
	CodeSeparation   cases.Code = "separation_of_duties" // posts that must not be one person's (三权分立), or one's own: 409
	CodeWeak         cases.Code = "password_too_weak"

	CodeFileType       cases.Code = "file_type_refused"
	CodeFileHEIC       cases.Code = "file_is_heic"
	CodeFileTooLarge   cases.Code = "file_too_large"
	CodeFilePixels     cases.Code = "image_too_large"
	CodeFileDamaged    cases.Code = "file_damaged"
	CodePDFActive      cases.Code = "pdf_active"
	CodePDFLocked      cases.Code = "pdf_locked"
	CodeFilesTooMany   cases.Code = "files_too_many"
	CodeFileLink       cases.Code = "file_link_over" // unknown, too old, or somebody else's: 404
	CodeExportTooLarge cases.Code = "export_too_large"
	CodePhotosOver     cases.Code = "photos_over" // a reporter, a day after filing and unasked

	// Signed in, but not all the way.
	CodeSecondFactor   cases.Code = "second_factor_needed"
	CodePasswordChange cases.Code = "password_change_needed"
	CodeEnrolment      cases.Code = "second_factor_enrolment_needed"

	CodeWrongCode   cases.Code = "wrong_code"           // of the second factor
	CodeSignInAgain cases.Code = "sign_in_again_needed" // signed in too long ago for this
	CodeOwnAccount  cases.Code = "own_account"          // an administrator's own, which another one keeps

	// Of signing in at an office's provider.
	CodeSignInExpired  cases.Code = "sign_in_expired"    // begun elsewhere, or too long ago
	CodeRefusedThere   cases.Code = "provider_refused"   // by the provider, or by the person there
	CodeProviderFailed cases.Code = "provider_failed"    // out of reach, or not to be trusted
	CodeNotLinked      cases.Code = "account_not_linked" // nobody's here
)

// Once carries an Idempotency-Key: the same key and body act once and answer the
// same; kept 90 days.
type Once struct {
	Key   string
	Route string   // route pattern
	Actor string   // person id, receipt's case id or "public"
	Body  [32]byte // SHA-256 of the canonical body
	// Refusal is given where the key is new: what was done under it before is answered
	// again, though it could no longer be done now. nil where nothing is in the way.
	Refusal *cases.Error
}

// Cursor is an opaque place in a keyset-paged list; "" is the start or, in an
// answer, the end.
type Cursor string
