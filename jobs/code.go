package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"

	"tonghu/cases"
	"tonghu/notify"
)

// coded is an error whose text is its code: River stores the text of errors, and
// causes may hold what must not be stored (DESIGN 6).
type coded struct {
	code  string
	cause error
}

func (e *coded) Error() string { return e.code }

func (e *coded) Unwrap() error { return e.cause }

// code names an error.
func code(err error) string {
	var refusal *cases.Error
	var channel *notify.Error
	switch {
	case errors.As(err, &refusal):
		return string(refusal.Code)
	case errors.As(err, &channel):
		return string(channel.Code)
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return string(cases.CodeInternal)
}

// longestSnooze is how long a job waits at most for a part that is out of reach.
const longestSnooze = 30 * time.Second

// guard stands around every job: a part out of reach is waited for and never uses
// up attempts; what else fails is stored as a code and logged with its cause; a
// panic is a failure like any other.
func guard(log *zap.Logger) river.WorkerMiddlewareFunc {
	return func(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) (err error) {
		defer func() {
			if p := recover(); p != nil {
				log.Error("a job panicked", zap.String("job", job.Kind), zap.Int64("id", job.ID),
					zap.String("panic", fmt.Sprintf("%T", p)), zap.ByteString("stack", debug.Stack()))
				err = &coded{code: "panic"}
			}
		}()
		err = work(ctx)
		var snooze *river.JobSnoozeError
		switch {
		case err == nil, errors.As(err, &snooze):
			return err
		case code(err) == string(cases.CodeUnavailable) && job.MaxAttempts > 1:
			log.Warn("a job waits for a part that is out of reach", zap.String("job", job.Kind), zap.Int64("id", job.ID), zap.Error(err))
			return river.JobSnooze(patience(job, time.Second))
		}
		log.Error("a job failed", zap.String("job", job.Kind), zap.Int64("id", job.ID), zap.Int("attempt", job.Attempt), zap.Error(err))
		return &coded{code(err), err}
	}
}

// patience doubles from first on with every time that a job was put off.
func patience(job *rivertype.JobRow, first time.Duration) time.Duration {
	var meta struct {
		Snoozes int `json:"snoozes"`
	}
	_ = json.Unmarshal(job.Metadata, &meta) // without it, the first wait
	return min(first<<min(meta.Snoozes, 10), longestSnooze)
}
