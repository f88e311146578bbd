package api

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/api/strictjson"
)

const (
	bearerScheme = "bearer"
	contractV1   = "1.0.0" // of the contract, not of the program
)

// humaConfig is huma with strict JSON and our errors, without its documents,
// schema links and documentation page, which loads its parts from a CDN.
func humaConfig() huma.Config {
	format := huma.Format{Marshal: strictjson.Marshal, Unmarshal: readJSON}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			Info: &huma.Info{
				Title: "Swiper", Version: contractV1,
				Description: "Swipe, match, rewind. Errors carry a stable `code`; 429 and 503 carry Retry-After. " +
					"Besides what is listed, `/v1/realtime` (WebSocket) and `/v1/realtime/sse` push events as they happen: `/docs/events` tells how.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					bearerScheme: {Type: "http", Scheme: "bearer", BearerFormat: "JWT"},
				},
			},
		},
		Formats:       map[string]huma.Format{jsonType: format, problem.ContentType: format},
		DefaultFormat: jsonType,
		Transformers:  []huma.Transformer{ourErrors},
	}
}

// serveOpenAPI renders the document once, as 3.1 and, for tools that read no
// more, as 3.0. huma's own routes would render it lazily and unsynchronised.
func serveOpenAPI(engine *gin.Engine, doc *huma.OpenAPI) error {
	schemas := doc.Components.Schemas.Map()
	delete(schemas, "ErrorModel") // huma's own errors are never sent
	delete(schemas, "ErrorDetail")
	v31, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	v30, err := doc.Downgrade()
	if err != nil {
		return err
	}
	// What huma adds to bytes for 3.1 is no word of 3.0, and it leaves it there.
	v30 = bytes.ReplaceAll(v30, []byte(`"contentMediaType":"application/octet-stream",`), nil)
	for path, body := range map[string][]byte{"/openapi.json": v31, "/openapi-3.0.json": v30} {
		engine.GET(path, func(c *gin.Context) { c.Data(http.StatusOK, "application/openapi+json", body) })
	}
	return nil
}
