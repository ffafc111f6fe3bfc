package process

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// TypeFired is the type of the message that a timer puts into its function's
// queue. It is never published to the bus.
const TypeFired event.Type = "timer.fired"

// Fired is the data of that message.
type Fired struct {
	Process string `json:"process"`
	Key     string `json:"key"`
	Timer   string `json:"timer"`
	// Version is that of the state that set the timer.
	Version int64 `json:"version"`
	// At is when the timer was to fire.
	At time.Time `json:"at"`
}

func (Fired) EventType() event.Type { return TypeFired }
func (Fired) SchemaVersion() int    { return 1 }

// Subject names the timer: it is the same for every setting of the same timer by
// the same version of the state, and differs for all others.
func (f Fired) Subject() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{f.Process, f.Key, f.Timer, strconv.FormatInt(f.Version, 10)}, "\x00")))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:subjectLength])
}

// subjectLength is how many characters of base 32 name a timer: 130 bits. With the
// full stop they are what catalog.MaxTimersName leaves of a schedule's name.
const subjectLength = 26

func (f Fired) Validate() error {
	switch {
	case f.Process == "":
		return fault.Field("data.process", "a non-empty string")
	case f.Key == "":
		return fault.Field("data.key", "a non-empty string")
	case f.Timer == "":
		return fault.Field("data.timer", "a non-empty string")
	case f.Version < 1:
		return fault.Field("data.version", "a whole number above 0")
	case f.At.IsZero():
		return fault.Field("data.at", "a time in RFC 3339")
	}
	return nil
}

// Source is what the messages of a function's timers name as their source.
func Source(function string) string { return "/signalbox/" + function }

// ScheduleName is the name of the one-time schedule of the timer whose message is
// fired. All schedules of a function begin with ScheduleName's first part, its
// name and a full stop, which no other function's name holds.
func ScheduleName(function string, fired event.Raw) string { return function + "." + fired.Subject }
