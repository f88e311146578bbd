package strictjson

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth is how deep arrays and objects may nest: far beyond any body of the
// contract, and cheap to recurse into.
const MaxDepth = 32

// The ways in which a value is refused.
var (
	ErrSyntax    = errors.New("not valid JSON in UTF-8")
	ErrTooDeep   = errors.New("nested too deeply")
	ErrDuplicate = errors.New("a member is named twice")
	ErrUnknown   = errors.New("a member is unknown; names are case-sensitive")
	ErrType      = errors.New("a value has the wrong type or is out of range")
)

// Unmarshal reads the one JSON value that data holds into v and returns one of
// the errors above. As in all of Go, null leaves a zero value: whoever must
// tell null from absent uses a pointer or a jsontext.Value.
func Unmarshal(data []byte, v any) error {
	if tooDeep(data) {
		return ErrTooDeep
	}
	err := json.Unmarshal(data, v, json.RejectUnknownMembers(true))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jsontext.ErrDuplicateName):
		return ErrDuplicate
	case errors.Is(err, json.ErrUnknownName):
		return ErrUnknown
	}
	if _, ok := errors.AsType[*json.SemanticError](err); ok {
		return ErrType
	}
	return ErrSyntax
}

// Marshal writes v as JSON, members of maps in order; nil slices become empty
// arrays. <, > and & are escaped: what people write is nobody's markup, even
// for a browser that takes the answer for a page.
func Marshal(w io.Writer, v any) error {
	return json.MarshalWrite(w, v, json.Deterministic(true), jsontext.EscapeForHTML(true))
}

// tooDeep walks the tokens only of what has enough brackets to be too deep.
func tooDeep(data []byte) bool {
	if bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) <= MaxDepth {
		return false
	}
	d := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true))
	for {
		if _, err := d.ReadToken(); err != nil {
			return false // the end, or a syntax error that Unmarshal reports
		}
		if d.StackDepth() > MaxDepth {
			return true
		}
	}
}
