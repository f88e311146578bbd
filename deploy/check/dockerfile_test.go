package check_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/stretchr/testify/require"
)

// fromContext are what is copied from the repository, not from another stage.
func fromContext(t *testing.T, stage *instructions.Stage) (paths []string) {
	t.Helper()
	for _, command := range stage.Commands {
		if c, ok := command.(*instructions.CopyCommand); ok && c.From == "" {
			paths = append(paths, c.SourcePaths...)
		}
	}
	return paths
}

func TestDockerfile(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../Dockerfile")
	require.NoError(t, err)
	result, err := parser.Parse(bytes.NewReader(text))
	require.NoError(t, err)
	require.Empty(t, result.Warnings)
	var found []string
	lint := linter.New(&linter.Config{Warn: func(rule, description, _, message string, _ []parser.Range) {
		found = append(found, rule+": "+message+" ("+description+")")
	}})
	stages, _, err := instructions.Parse(result.AST, lint)
	require.NoError(t, err)
	require.Empty(t, found)
	require.Len(t, stages, 2)

	for _, path := range fromContext(t, &stages[0]) {
		_, err := os.Stat(filepath.Join("../..", path))
		require.NoError(t, err)
	}
	var build []string
	for _, command := range stages[0].Commands {
		if c, ok := command.(*instructions.RunCommand); ok {
			build = append(build, c.CmdLine...)
		}
	}
	require.Contains(t, strings.Join(build, " "), "CGO_ENABLED=0")

	final := stages[1]
	require.Equal(t, "scratch", final.BaseName)
	require.Empty(t, fromContext(t, &final), "the image holds nothing of the repository but what was built")
	var user, entry, cmd string
	for _, command := range final.Commands {
		switch c := command.(type) {
		case *instructions.UserCommand:
			user = c.User
		case *instructions.EntrypointCommand:
			require.False(t, c.PrependShell, "there is no shell")
			entry = strings.Join(c.CmdLine, " ")
		case *instructions.CmdCommand:
			require.False(t, c.PrependShell, "there is no shell")
			cmd = strings.Join(c.CmdLine, " ")
		case *instructions.RunCommand:
			t.Error("RUN needs a shell, which scratch has not")
		case *instructions.CopyCommand:
			require.Equal(t, stages[0].Name, c.From)
		}
	}
	require.Equal(t, "65532:65532", user)
	require.Equal(t, "/swiper", entry)
	require.Equal(t, "serve", cmd)
}
