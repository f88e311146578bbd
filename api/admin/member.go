package admin

import "github.com/gin-gonic/gin"

// Member is a node of the cluster.
type Member struct {
	ID      string   `json:"id"`
	Address string   `json:"address"` // host:port that the other nodes reach it at
	Kinds   []string `json:"kinds"`   // of actors it takes
}

type membersAnswer struct {
	Members []Member `json:"members"`
}

func (s *service) listMembers(*gin.Context) (any, error) { return membersAnswer{s.Members()}, nil }
