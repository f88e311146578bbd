// Package report turns what was measured into a table, a chart and a file for
// programs, and says which goals are met. It measures nothing.
package report
