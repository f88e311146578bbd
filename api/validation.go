package api

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/swiperhq/swiper/api/middleware"
	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/api/strictjson"
	"github.com/swiperhq/swiper/social"
)

const jsonType = "application/json"

// checkQuery refuses what huma and gin would pass over in silence: a query that
// does not parse, a parameter given twice or without a value.
func checkQuery(ctx huma.Context, next func(huma.Context)) {
	c := humagin.Unwrap(ctx)
	if c.Request.URL.RawQuery == "" {
		next(ctx)
		return
	}
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		problem.Write(c.Writer, problem.Unreadable("The query cannot be read."))
		return
	}
	for name, values := range query {
		// Clients that page in a loop begin with an empty cursor.
		if len(values) != 1 || (values[0] == "" && name != "cursor") {
			problem.Write(c.Writer, problem.Unreadable("A query parameter must be given once and have a value."))
			return
		}
	}
	next(ctx)
}

// checkBody refuses a body that is not JSON, and on a route that takes none
// anything but an empty object, which many clients send of themselves. It also
// drops Accept: JSON is all there is to negotiate.
func checkBody(ctx huma.Context, next func(huma.Context)) {
	c := humagin.Unwrap(ctx)
	c.Request.Header.Del("Accept")
	if _, raw := ctx.Operation().Metadata[rawBody]; raw {
		next(huma.WithValue(ctx, sentRequest{}, c.Request))
		return
	}
	if c.Request.ContentLength == 0 {
		next(ctx)
		return
	}
	if !middleware.IsJSON(c.Request.Header) {
		problem.Write(c.Writer, problem.Unreadable("The body must be sent with Content-Type: application/json."))
		return
	}
	if h := c.Request.Header; h.Get("Content-Type") != jsonType { // which huma compares letter by letter
		h.Set("Content-Type", jsonType)
	}
	if ctx.Operation().RequestBody == nil {
		body, err := c.GetRawData()
		if err == nil {
			err = strictjson.Unmarshal(body, &struct{}{})
		}
		if err != nil {
			problem.Write(c.Writer, problem.Unreadable("This call takes no body."))
			return
		}
	}
	next(ctx)
}

var errNull = errors.New("null is not a value of any member")

// readJSON is strictjson without null: no request of the contract takes it, and
// huma lets it stand for an optional member. huma reads a body twice, first
// into an any, to validate it.
func readJSON(data []byte, v any) error {
	err := strictjson.Unmarshal(data, v)
	if tree, ok := v.(*any); ok && err == nil && hasNull(*tree) {
		return errNull
	}
	return err
}

func hasNull(tree any) bool {
	switch v := tree.(type) {
	case nil:
		return true
	case []any:
		return slices.ContainsFunc(v, hasNull)
	case map[string]any:
		for _, member := range v {
			if hasNull(member) {
				return true
			}
		}
	}
	return false
}

// ourErrors turns the errors that huma finds into problems. huma's carry the
// value that was sent, which stays unrepeated.
func ourErrors(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	if m.Status >= http.StatusInternalServerError {
		return problem.New(social.CodeInternal, "Something went wrong on our side."), nil
	}
	p := problem.Refused(m.Status, sentence(m.Detail))
	for _, d := range m.Errors {
		p.Errors = append(p.Errors, problem.Detail{Location: knownLocation(d), Message: d.Message})
	}
	return p, nil
}

// knownLocation cuts a name that the client made up off the location.
func knownLocation(d *huma.ErrorDetail) string {
	if d.Message == validation.MsgUnexpectedProperty || d.Message == "unknown query parameter" {
		top, _, _ := strings.Cut(d.Location, ".")
		return top
	}
	return d.Location
}

func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:] + "."
}
