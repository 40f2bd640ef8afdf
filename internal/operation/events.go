package operation

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// sendTime is how long a reader may take over one event.
const sendTime = 15 * time.Second

// Events writes server-sent events. It is for one goroutine.
type Events struct {
	w       http.ResponseWriter
	control *http.ResponseController
	begun   bool
	buf     bytes.Buffer
}

// NewEvents makes a writer of events. Nothing is sent before Begin or the first
// Send, so that a failure until then is answered as a problem.
func NewEvents(w http.ResponseWriter) *Events {
	return &Events{w: w, control: http.NewResponseController(w)}
}

// Begin sends the head of the answer.
func (e *Events) Begin() error {
	if e.begun {
		return nil
	}
	e.begun = true
	// The server limits the time of a whole exchange; here it is each event
	// that is limited.
	if err := errors.Join(e.control.SetReadDeadline(time.Time{}), e.control.SetWriteDeadline(time.Time{})); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	h := e.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would collect the events
	e.w.WriteHeader(http.StatusOK)
	return e.flush()
}

// Send sends one event at once. id 0 is none.
func (e *Events) Send(id int64, v any) error {
	if err := e.Begin(); err != nil {
		return err
	}
	e.buf.Reset()
	if id != 0 {
		e.buf.WriteString("id: " + strconv.FormatInt(id, 10) + "\n")
	}
	e.buf.WriteString("data: ")
	if err := encode(&e.buf, v); err != nil {
		return err
	}
	e.buf.WriteString("\n\n")
	return e.flush()
}

// flush writes what is in the buffer and pushes it out, in time.
func (e *Events) flush() error {
	if err := e.deadline(time.Now().Add(sendTime)); err != nil {
		return err
	}
	if e.buf.Len() > 0 {
		if _, err := e.w.Write(e.buf.Bytes()); err != nil {
			return err
		}
	}
	if err := e.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return e.deadline(time.Time{}) // HTTP/2 ends a stream whose deadline passes while it rests
}

func (e *Events) deadline(t time.Time) error {
	if err := e.control.SetWriteDeadline(t); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}
