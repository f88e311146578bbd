package rig

// What the tests of this package see of its inside.
var (
	CPUOf       = cpuOf
	CPUOfFamily = cpuOfFamily
)
