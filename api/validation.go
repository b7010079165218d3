package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"tonghu/cases"
	"tonghu/records"
)

// Huma's texts become the reasons of field faults, "reason|what is wanted", which
// the locale files put into words. None repeats what was sent.
func init() {
	huma.ValidateStrictCasing = true
	huma.DefaultArrayNullable = false

	validation.MsgUnexpectedProperty = "unknown|"
	validation.MsgExpectedRequiredProperty = "required|%s"
	validation.MsgExpectedDependentRequiredProperty = "required|%s%.0s"
	validation.MsgExpectedOneOf = "enum|%s"
	validation.MsgExpectedMinLength = "too_few|%d"
	validation.MsgExpectedMaxLength = "too_long|%d"
	validation.MsgExpectedMinItems = "too_few|%d"
	validation.MsgExpectedMaxItems = "too_many|%d"
	validation.MsgExpectedMinProperties = "too_few|%d"
	validation.MsgExpectedMaxProperties = "too_many|%d"
	validation.MsgExpectedMinimumNumber = "range|>= %v"
	validation.MsgExpectedExclusiveMinimumNumber = "range|> %v"
	validation.MsgExpectedMaximumNumber = "range|<= %v"
	validation.MsgExpectedExclusiveMaximumNumber = "range|< %v"
	validation.MsgExpectedBePattern = "format|%s"
	validation.MsgExpectedMatchPattern = "format|%s"
	validation.MsgExpectedRFC3339DateTime = "time|RFC 3339"
	validation.MsgExpectedRFC3339Date = "time|YYYY-MM-DD"
	validation.MsgExpectedRFC4122UUID = "format|UUID%.0v"
	validation.MsgExpectedBoolean = "format|true,false"
	validation.MsgExpectedNumber = "format|number"
	validation.MsgExpectedInteger = "format|integer"
	validation.MsgExpectedString = "format|string"
	validation.MsgExpectedArray = "format|array"
	validation.MsgExpectedObject = "format|object"
}

// fromHuma turns what huma found into the product's error.
func fromHuma(status int, errs []error) error {
	var faults []cases.FieldError
	for _, err := range errs {
		var own *cases.Error
		if errors.As(err, &own) {
			return err
		}
		var detail *huma.ErrorDetail
		if errors.As(err, &detail) {
			faults = append(faults, faultOf(detail))
		}
	}
	var cause error
	if len(errs) > 0 && len(faults) == 0 {
		cause = errs[0]
	}
	var tooLarge *http.MaxBytesError
	switch {
	case status == http.StatusRequestEntityTooLarge || errors.As(cause, &tooLarge):
		return cases.Refuse(records.CodeTooLarge)
	case status == http.StatusUnsupportedMediaType:
		return cases.Refuse(records.CodeMedia)
	case status == http.StatusRequestTimeout:
		return cases.Refuse(codeSlow)
	case status == http.StatusBadRequest:
		return cases.Refuse(records.CodeBadJSON)
	case status == http.StatusUnprocessableEntity:
		return fromFaults(faults)
	case cause != nil:
		return cause
	}
	return cases.Refuse(cases.CodeInternal)
}

// fromFaults gives faults that have a code of their own that code: a path that
// cannot be is a thing that is not there, whatever else is wrong.
func fromFaults(faults []cases.FieldError) error {
	has := func(prefix string) bool {
		return slices.ContainsFunc(faults, func(f cases.FieldError) bool { return strings.HasPrefix(f.Field, prefix) })
	}
	switch {
	case has("path."):
		return cases.Refuse(cases.CodeNotFound)
	case has("header.Idempotency-Key"):
		return cases.Refuse(records.CodeKeyMissing, faults...)
	case has("query.cursor"):
		return cases.Refuse(records.CodeCursor)
	}
	return cases.Refuse(cases.CodeField, faults...)
}

// faultOf reads one of huma's findings. The path is that of the body's field.
func faultOf(d *huma.ErrorDetail) cases.FieldError {
	reason, want, known := strings.Cut(d.Message, "|")
	field := strings.TrimPrefix(strings.TrimPrefix(d.Location, "body"), ".")
	switch {
	case known && reason == "required":
		field, want = strings.TrimPrefix(field+"."+want, "."), ""
	case known:
	case strings.HasPrefix(d.Message, "required"):
		reason, want = "required", ""
	case strings.HasPrefix(d.Message, "unknown"):
		reason, want = "unknown", ""
	default:
		reason, want = "format", ""
	}
	if field == "" {
		field = "body"
	}
	return cases.FieldError{Field: field, Reason: reason, Want: want}
}
