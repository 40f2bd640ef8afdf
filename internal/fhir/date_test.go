package fhir_test

import (
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

func TestValidDateTime(t *testing.T) {
	for s, want := range map[string]bool{
		"2018": true, "2018-09": true, "2018-09-17": true, "2016-02-29": true, "2018-12-31": true, "2018-09-17T13:00:00Z": true, "2018-09-17T24:00:00Z": true,
		"2018-09-17T13:00:60+14:59": true, "2018-09-17T13:00:00.123456789-05:00": true,
		"": false, "201a": false, "2018-13": false, "2018-00": false, "2018-9": false, "2018/09": false, "2018-09-00": false, "2018-09-31": false, "2017-02-29": false, "2018-09-1x": false,
		"2018-09-17T13:00:00": false, "2018-09-17T13:00Z": false, "2018-09-17 13:00:00Z": false, "2018-09-17T25:00:00Z": false, "2018-09-17T13:60:00Z": false,
		"2018-09-17T13:00:61Z": false, "2018-09-17T13:00:00z": false, "2018-09-17T13:00:00+15:00": false, "2018-09-17T13:00:00+0500": false, "2018-09-17T13:00:00.1x": false,
		"2018-09-17T13:00:00.123": false, "2018-09-17T13:00:00ZZ": false, "２０１８": false, "2018-09-17T13:00:00+1:300": false,
	} {
		if got := fhir.ValidDateTime(s); got != want {
			t.Errorf("ValidDateTime(%q) = %v, want %v", s, got, want)
		}
		if got := fhir.ValidDateTime([]byte(s)); got != want {
			t.Errorf("ValidDateTime([]byte(%q)) = %v, want %v", s, got, want)
		}
	}
}

func TestRepairDateTime(t *testing.T) {
	taipei := time.FixedZone("", 8*3600)
	for _, tc := range []struct{ in, want string }{
		{"1957", "1957"},
		{"1957-06", "1957-06"},
		{"1957-06-05", "1957-06-05"},
		{"2018-09-17T13:00:00Z", "2018-09-17T13:00:00Z"},
		{"2018-09-17T13:00:00.123+08:00", "2018-09-17T13:00:00.123+08:00"},
		{"09/17/2018 1:00:00 PM", "2018-09-17T13:00:00+08:00"},
		{"09/17/2018", "2018-09-17"},
		{"2018-09-17 13:00", "2018-09-17T13:00:00+08:00"},
		{"2018-09-17T13:00:00", "2018-09-17T13:00:00+08:00"},
		{"20180917", "2018-09-17"},
		{"201809171300", "2018-09-17T13:00:00+08:00"},
		{"20180917130000-0500", "2018-09-17T13:00:00-05:00"},
		{"1537160400000", "2018-09-17T13:00:00.000+08:00"},
	} {
		got, ok := fhir.RepairDateTime(tc.in, taipei)
		if !ok || got != tc.want {
			t.Errorf("RepairDateTime(%q) = %q, %v; want %q", tc.in, got, ok, tc.want)
		}
		if !fhir.ValidDateTime(got) {
			t.Errorf("RepairDateTime(%q) = %q, which is not a FHIR dateTime", tc.in, got)
		}
	}
	for _, in := range []string{"", "yesterday", "17/09/2018 1:00 PM", "2018-13-40", "2018-02-30", "2018-09-17T25:00:00Z", "99999999999999"} {
		if got, ok := fhir.RepairDateTime(in, taipei); ok {
			t.Errorf("RepairDateTime(%q) = %q; want it refused", in, got)
		}
	}
}
