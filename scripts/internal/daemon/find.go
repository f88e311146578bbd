//go:build unix

package daemon

import (
	"cmp"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// FindPostgres gives the folder of PostgreSQL's programs: PATH's, else the newest
// of those that Debian keeps, else a NotInstalledError.
func FindPostgres() (bin string, err error) {
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	version := func(dir string) float64 {
		v, _ := strconv.ParseFloat(filepath.Base(filepath.Dir(dir)), 64)
		return v
	}
	slices.SortFunc(dirs, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	if p, err := exec.LookPath("postgres"); err == nil {
		dirs = slices.Insert(dirs, 0, filepath.Dir(p))
	}
	for _, dir := range dirs {
		_, err1 := exec.LookPath(filepath.Join(dir, "initdb"))
		_, err2 := exec.LookPath(filepath.Join(dir, "postgres"))
		if err1 == nil && err2 == nil {
			return dir, nil
		}
	}
	return "", &NotInstalledError{Program: "PostgreSQL"}
}

// User is whom PostgreSQL runs as: it refuses to run as root.
type User struct{ credential *syscall.Credential } // nil: who we are

// Unprivileged finds a user for PostgreSQL.
func Unprivileged() (User, error) {
	if os.Geteuid() != 0 {
		return User{}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return User{}, err
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return User{}, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return User{}, err
	}
	return User{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// Attr gives what a command of the user is started with.
func (u User) Attr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Credential: u.credential} }

// Own makes the user the owner of paths.
func (u User) Own(paths ...string) error {
	if u.credential == nil {
		return nil
	}
	for _, path := range paths {
		if err := os.Chown(path, int(u.credential.Uid), int(u.credential.Gid)); err != nil {
			return err
		}
	}
	return nil
}
