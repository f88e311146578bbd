package api

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/social"
)

// operation describes a route that needs an access token. codes are the
// refusals of its own; those that any route may answer with are added.
func (s *service) operation(id, method, path, summary string, codes ...social.Code) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary,
		Security:  []map[string][]string{{bearerScheme: {}}},
		Responses: refusals(s.huma.OpenAPI().Components.Schemas, codes),
		// The body is in memory before huma sees it (middleware.Body): its own
		// deadline would only end the context of a slow request early.
		BodyReadTimeout: -1, MaxBodyBytes: maxBody + 1,
		RejectUnknownQueryParameters: true,
	}
}

// register adds a route whose handler returns any error of ours.
func register[I, O any](s *service, op huma.Operation, handle func(context.Context, *I) (*O, error)) {
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, problem.Report(ctx, s.Logger, err)
		}
		return out, nil
	})
}

// refusals documents, by status, what an operation may refuse with.
func refusals(schemas huma.Registry, own []social.Code) map[string]*huma.Response {
	byStatus := map[int][]string{
		http.StatusBadRequest:            {string(social.CodeInvalidRequest)},
		http.StatusRequestTimeout:        {string(social.CodeInvalidRequest)},
		http.StatusRequestEntityTooLarge: {string(social.CodeInvalidRequest)},
	}
	for _, c := range append(own, social.CodeInvalidRequest, social.CodeUnauthenticated, social.CodeRateLimited,
		social.CodeOverloaded, social.CodeUnavailable, social.CodeTimeout, social.CodeInternal) {
		byStatus[problem.Status(c)] = append(byStatus[problem.Status(c)], string(c))
	}
	schema := schemas.Schema(reflect.TypeFor[problem.Problem](), true, "Problem")
	out := map[string]*huma.Response{}
	for status, codes := range byStatus {
		slices.Sort(codes)
		r := &huma.Response{
			Description: http.StatusText(status) + ": " + strings.Join(codes, ", "),
			Content:     map[string]*huma.MediaType{problem.ContentType: {Schema: schema}},
		}
		switch status {
		case http.StatusUnauthorized:
			r.Headers = map[string]*huma.Param{"WWW-Authenticate": {Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			one := 1.0
			r.Headers = map[string]*huma.Param{"Retry-After": {
				Required: true, Description: "Seconds until trying again may help.",
				Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: &one},
			}}
		}
		out[strconv.Itoa(status)] = r
	}
	return out
}
