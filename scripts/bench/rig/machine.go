package rig

import (
	"bufio"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Machine is what figures depend on.
type Machine struct {
	CPUs     int    `json:"cpus"`
	CPU      string `json:"cpu"`
	MemoryMB int    `json:"memory_mb"`
	Kernel   string `json:"kernel"`
	System   string `json:"system"`
	Go       string `json:"go"`
	Load     string `json:"load_average"` // 1, 5 and 15 minutes, when asked
}

// ThisMachine describes the machine as it is now; what cannot be read stays empty.
func ThisMachine() Machine {
	m := Machine{CPUs: runtime.NumCPU(), Go: runtime.Version()}
	m.CPU = valueOf("/proc/cpuinfo", "model name", ":")
	m.System = strings.Trim(valueOf("/etc/os-release", "PRETTY_NAME", "="), `"`)
	m.MemoryMB = Memory() >> 20
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = strings.TrimSpace(string(text))
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load = strings.Join(strings.Fields(string(text))[:3], " ")
	}
	return m
}

// Memory gives the size of the machine's memory in bytes, 0 if unknown.
func Memory() int {
	kb, err := strconv.Atoi(strings.TrimSuffix(valueOf("/proc/meminfo", "MemTotal", ":"), " kB"))
	if err != nil {
		return 0
	}
	return kb << 10
}

// valueOf finds the first line "name separator value" of a file.
func valueOf(path, name, separator string) string {
	f, err := os.Open(path) //nolint:gosec // a path of our own
	if err != nil {
		return ""
	}
	defer f.Close() //nolint:errcheck // only read
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), separator); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
