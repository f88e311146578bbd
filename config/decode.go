package config

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/v2"
)

// decode fills s from the layers. What cannot be read keeps its default, so
// that the other settings can still be checked.
func (l *layers) decode(s *Settings) {
	err := l.k.UnmarshalWithConf("", s, koanf.UnmarshalConf{
		Tag:           "koanf",
		DecoderConfig: &mapstructure.DecoderConfig{DecodeHook: fromText, Result: s, TagName: "koanf"},
	})
	if err != nil {
		l.errs = append(l.errs, err)
	}
}

var durationType = reflect.TypeFor[time.Duration]()

// fromText reads what variables and files spell as text, and refuses numbers
// that would be taken for something else: a bare 5 for a duration would be 5 ns,
// 4.7 for a whole number would be 4.
func fromText(from, to reflect.Type, value any) (any, error) {
	text, isText := value.(string)
	switch {
	case to == durationType && isText:
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no duration such as 5s or 10m", text)
		}
		return d, nil
	case to == durationType && from != durationType:
		return nil, errors.New("a duration needs its unit, such as 5s or 10m")
	case to.Kind() == reflect.Int && isText:
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no whole number", text)
		}
		return n, nil
	case to.Kind() == reflect.Int && from.Kind() == reflect.Float64:
		if f := reflect.ValueOf(value).Float(); f != math.Trunc(f) {
			return nil, fmt.Errorf("%v is no whole number", value)
		}
	case to.Kind() == reflect.Float64 && isText:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number", text)
		}
		return f, nil
	case to.Kind() == reflect.Bool && isText:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fmt.Errorf("%q is neither true nor false", text)
		}
		return b, nil
	case to.Kind() == reflect.Slice && isText:
		return list(text), nil
	}
	return value, nil
}

// list reads a, b, c.
func list(text string) []string {
	out := []string{}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}
