package admin

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/social"
)

type setting struct {
	Key       string         `json:"key"`
	Value     jsontext.Value `json:"value"` // in force
	Default   jsontext.Value `json:"default"`
	Version   int64          `json:"version"` // 0: never set
	UpdatedAt *time.Time     `json:"updated_at"`
	UpdatedBy *string        `json:"updated_by"`
}

type settingsAnswer struct {
	Settings []setting `json:"settings"`
}

type settingRequest struct {
	Value jsontext.Value `json:"value"`
}

func (s *service) listSettings(*gin.Context) (any, error) {
	var out settingsAnswer
	for _, t := range s.Settings.List() {
		out.Settings = append(out.Settings, settingOf(t))
	}
	return out, nil
}

func (s *service) putSetting(c *gin.Context) (any, error) {
	var req settingRequest
	if err := read(c, &req); err != nil {
		return nil, err
	}
	if req.Value == nil {
		return nil, &social.Error{Code: social.CodeInvalidRequest, Message: "value is required; it may be null.", Field: "value"}
	}
	t, err := s.Settings.Set(c.Request.Context(), c.Param("key"), json.RawMessage(req.Value), nameOf(c))
	if err != nil {
		return nil, err
	}
	return settingOf(t), nil
}

type settingChange struct {
	Value     jsontext.Value `json:"value"`
	Version   int64          `json:"version"`
	UpdatedAt time.Time      `json:"updated_at"`
	UpdatedBy string         `json:"updated_by"`
}

type settingLogAnswer struct {
	Changes []settingChange `json:"changes"` // latest first
}

// maxChanges is how many changes of a setting are shown at most.
const maxChanges = 200

// settingLog shows the latest changes of a setting.
func (s *service) settingLog(c *gin.Context) (any, error) {
	key := c.Param("key")
	if !slices.ContainsFunc(s.Settings.List(), func(t config.Tunable) bool { return t.Key == key }) {
		return nil, social.Errorf(social.CodeNotFound, "There is no such setting.")
	}
	limit, err := number(c, "limit", 20, 1, maxChanges)
	if err != nil {
		return nil, err
	}
	changes, err := s.Store.SettingLog(c.Request.Context(), key, int(limit))
	if err != nil {
		return nil, err
	}
	out := settingLogAnswer{Changes: make([]settingChange, len(changes))}
	for i, ch := range changes {
		out.Changes[i] = settingChange{jsontext.Value(ch.Value), ch.Version, ch.UpdatedAt.UTC(), ch.UpdatedBy}
	}
	return out, nil
}

func settingOf(t config.Tunable) setting {
	out := setting{Key: t.Key, Value: jsontext.Value(t.Value), Default: jsontext.Value(t.Default), Version: t.Version}
	if t.Version > 0 {
		at := t.UpdatedAt.UTC()
		out.UpdatedAt, out.UpdatedBy = &at, &t.UpdatedBy
	}
	return out
}
