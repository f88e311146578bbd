package admin

import (
	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/api/admin/overview"
	"github.com/swiperhq/swiper/social"
)

type whoamiAnswer struct {
	Name string `json:"name"` // what changes are written down under
	Role role   `json:"role"`
	// Credentials tells that a token is asked for here.
	Credentials bool   `json:"credentials"`
	Node        string `json:"node"`
}

// whoami tells callers what they may do, and where they are.
func (s *service) whoami(c *gin.Context) (any, error) {
	return whoamiAnswer{Name: nameOf(c), Role: roleOf(c), Credentials: s.Token != "", Node: s.View().Self}, nil
}

type overviewAnswer struct {
	Node   string           `json:"node"`  // "": all of them
	Nodes  int              `json:"nodes"` // whose points are in it
	Every  float64          `json:"every"` // seconds between two points
	Keep   float64          `json:"keep"`  // seconds that points reach back
	Points []overview.Point `json:"points"`
}

// showOverview shows how this node did lately, or with of=all every member as one;
// after asks for newer points only.
func (s *service) showOverview(c *gin.Context) (any, error) {
	if s.Overview == nil {
		return nil, social.Errorf(social.CodeNotFound, "This node keeps no overview.")
	}
	after, err := number(c, "after", 0, 0, 1<<62)
	if err != nil {
		return nil, err
	}
	out := overviewAnswer{Node: s.View().Self, Nodes: 1, Every: s.Overview.Every().Seconds(), Keep: s.Overview.Keep().Seconds()}
	switch c.Query("of") {
	case "":
		out.Points = s.Overview.Since(after)
		return out, nil
	case "all":
	default:
		return nil, invalid("of", "of must be all, or left out for this node.")
	}
	if s.Everywhere == nil {
		return nil, social.Errorf(social.CodeNotFound, "The nodes do not show each other how they do.")
	}
	nodes, points, err := s.Everywhere(c.Request.Context(), after)
	if err != nil {
		return nil, err
	}
	out.Node, out.Nodes, out.Points = "", nodes, append([]overview.Point{}, points...)
	return out, nil
}
