package patients

import (
	"strings"
	"time"
)

// words are the words of a file in one language. A test holds them to
// those of the pages' catalogue.
type words map[string]string

// wordsOf gives the words of a locale: English where there are none.
func wordsOf(locale string) words {
	if strings.HasPrefix(strings.ToLower(locale), "zh") {
		return chinese()
	}
	return english()
}

func chinese() words {
	return words{
		"locale": "zh-TW",
		"bed":    "床位", "name": "姓名", "born": "出生日期", "mrn": "病歷號", "gender": "性別", "age": "年齡", "notice": "注意事項",
		"name.sameShort": "清單上有同名病人", "name.similarShort": "清單上有姓名相近的病人",
		"deceased": "已死亡", "deceasedOn": "{date}死亡", "inactive": "此病歷已標示為停用",
		"entryState.mismatch": "病歷系統顯示此病歷已屬於另一人。您的註記已隱藏，請開啟比對。",
		"entryState.merged":   "此病歷已併入另一筆病歷。請開啟以重新連結。",
		"entryState.gone":     "病歷系統已查無此病人。顯示最後取得的資料。",
		"entryState.unlinked": "尚未連結至新的病歷系統。請開啟以連結。",
		"withheld":            "未顯示：請先確認病人身分",
		"status.pending":      "尚未讀取", "status.none": "無紀錄", "status.unsupported": "病歷系統不提供", "status.failed": "無法讀取", "status.loaded": "",
		"note.known": "有已知過敏", "note.none": "無已知過敏", "note.notRecorded": "過敏史未記錄", "note.notInNewest": "最近的測量中沒有此項", "note.unavailable": "過敏資料無法取得",
		"gender.male": "男", "gender.female": "女", "gender.other": "其他", "gender.unknown": "不詳",
		"severity.unstable": "不穩定", "severity.watcher": "需觀察", "severity.stable": "穩定",
		"purpose.round": "查房", "purpose.handover": "交班", "purpose.oncall": "值班", "purpose.teaching": "教學",
		"flag.true": "是", "flag.false": "否",
		"itemState.active": "作用中", "itemState.recurrence": "復發", "itemState.relapse": "再發", "itemState.remission": "緩解中",
		"itemState.inactive": "非作用中", "itemState.resolved": "已解決", "itemState.confirmed": "已確認", "itemState.unconfirmed": "未確認",
		"itemState.provisional": "暫定", "itemState.differential": "鑑別診斷", "itemState.presumed": "推定", "itemState.refuted": "已排除",
		"itemState.preliminary": "初步", "itemState.registered": "已登錄", "itemState.amended": "已修正", "itemState.corrected": "已更正",
		"itemState.final": "最終", "itemState.cancelled": "已取消", "itemState.unknown": "狀態不詳", "itemState.stopped": "已停用",
		"itemState.completed": "已完成", "itemState.on-hold": "暫停", "itemState.draft": "草稿", "itemState.intended": "預定",
		"itemState.not-taken": "未服用", "itemState.planned": "已排定", "itemState.arrived": "已到達", "itemState.triaged": "已檢傷",
		"itemState.in-progress": "進行中", "itemState.onleave": "請假外出", "itemState.finished": "已結束", "code.mild": "輕度",
		"code.moderate": "中度", "code.severe": "重度", "code.high": "高", "time.measured": "測量", "time.recorded": "記錄",
		"time.written": "開立", "time.started": "開始", "time.admitted": "入院", "time.discharged": "出院", "time.seen": "訪視",
		"column.gender": "性別", "column.gp": "家庭醫師", "column.preferred": "慣用名",
		"column.status": "就診狀態", "column.type": "就診類別", "column.location": "位置", "column.admitted": "入院日期", "column.day": "住院天數",
		"column.hr": "心跳", "column.bp": "血壓", "column.rr": "呼吸速率", "column.spo2": "血氧", "column.temp": "體溫",
		"column.weight": "體重", "column.bmi": "BMI", "column.pain": "疼痛",
		"column.problems": "問題與診斷", "column.allergies": "過敏", "column.medications": "用藥", "column.coverage": "保險",
		"column.severity": "嚴重度", "column.summary": "病況摘要", "column.todo": "待辦事項", "column.contingency": "應變計畫", "column.note": "註記",
		"column.seen": "今日已訪視", "column.owner": "負責人", "column.code": "急救意願", "column.isolation": "隔離", "column.discharge": "出院計畫",
	}
}

func english() words {
	return words{
		"locale": "en",
		"bed":    "Bed", "name": "Name", "born": "Born", "mrn": "MRN", "gender": "Gender", "age": "Age", "notice": "Attention",
		"name.sameShort": "Same name on this list", "name.similarShort": "Similar name on this list",
		"deceased": "Deceased", "deceasedOn": "Deceased {date}", "inactive": "The record is marked as not in use",
		"entryState.mismatch": "The record now says this is someone else. Your notes are hidden. Open to compare.",
		"entryState.merged":   "The record was merged into another. Open to follow it.",
		"entryState.gone":     "The record system no longer knows this patient. Last values are shown.",
		"entryState.unlinked": "Not linked to the new record system. Open to link.",
		"withheld":            "Not shown: confirm who the patient is",
		"status.pending":      "Not read yet", "status.none": "None recorded", "status.unsupported": "Not offered by the record system", "status.failed": "Could not be read", "status.loaded": "",
		"note.known": "Known allergies", "note.none": "No known allergies", "note.notRecorded": "Allergies not recorded", "note.notInNewest": "Not among the newest measurements", "note.unavailable": "Allergies unavailable",
		"gender.male": "Male", "gender.female": "Female", "gender.other": "Other", "gender.unknown": "Not known",
		"severity.unstable": "Unstable", "severity.watcher": "Watcher", "severity.stable": "Stable",
		"purpose.round": "Ward round", "purpose.handover": "Handover", "purpose.oncall": "On call", "purpose.teaching": "Teaching",
		"flag.true": "Yes", "flag.false": "No",
		"itemState.active": "active", "itemState.recurrence": "recurrence", "itemState.relapse": "relapse",
		"itemState.remission": "in remission", "itemState.inactive": "inactive", "itemState.resolved": "resolved",
		"itemState.confirmed": "confirmed", "itemState.unconfirmed": "unconfirmed", "itemState.provisional": "provisional",
		"itemState.differential": "differential", "itemState.presumed": "presumed", "itemState.refuted": "refuted",
		"itemState.preliminary": "preliminary", "itemState.registered": "registered", "itemState.amended": "amended",
		"itemState.corrected": "corrected", "itemState.final": "final", "itemState.cancelled": "cancelled",
		"itemState.unknown": "status not known", "itemState.stopped": "stopped", "itemState.completed": "completed",
		"itemState.on-hold": "on hold", "itemState.draft": "draft", "itemState.intended": "intended",
		"itemState.not-taken": "not taken", "itemState.planned": "planned", "itemState.arrived": "arrived",
		"itemState.triaged": "triaged", "itemState.in-progress": "in progress", "itemState.onleave": "on leave",
		"itemState.finished": "finished", "code.mild": "mild", "code.moderate": "moderate", "code.severe": "severe",
		"code.high": "high", "time.measured": "measured", "time.recorded": "recorded", "time.written": "ordered",
		"time.started": "since", "time.admitted": "admitted", "time.discharged": "discharged", "time.seen": "seen",
		"column.gender": "Gender", "column.gp": "General practitioner", "column.preferred": "Preferred name",
		"column.status": "Encounter status", "column.type": "Encounter type", "column.location": "Location", "column.admitted": "Admitted on", "column.day": "Day of stay",
		"column.hr": "Heart rate", "column.bp": "Blood pressure", "column.rr": "Resp. rate", "column.spo2": "SpO₂", "column.temp": "Temp.",
		"column.weight": "Weight", "column.bmi": "BMI", "column.pain": "Pain",
		"column.problems": "Problems", "column.allergies": "Allergies", "column.medications": "Medicines", "column.coverage": "Coverage",
		"column.severity": "Severity", "column.summary": "One-liner", "column.todo": "To-dos", "column.contingency": "If/then", "column.note": "Notes",
		"column.seen": "Seen today", "column.owner": "Owner", "column.code": "Code status", "column.isolation": "Isolation", "column.discharge": "Discharge plan",
	}
}

// word is what a code of a group is called; a code without a word stays.
func (w words) word(group, code string) string {
	if text, ok := w[group+code]; ok {
		return text
	}
	return code
}

// date writes a FHIR date with the month's name (ui §2.2), or as the locale
// writes days.
func (w words) date(s string) string {
	for _, f := range []struct{ in, en, zh string }{
		{time.DateOnly, "02-Jan-2006", "2006年1月2日"}, {"2006-01", "Jan-2006", "2006年1月"}, {"2006", "2006", "2006年"},
	} {
		if t, err := time.Parse(f.in, s); err == nil {
			if w["locale"] == "zh-TW" {
				return t.Format(f.zh)
			}
			return t.Format(f.en)
		}
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return w.time(t)
	}
	return s
}

// day writes the day of a FHIR date or time in a zone.
func (w words) day(s string, zone *time.Location) string {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		s = t.In(zone).Format(time.DateOnly)
	}
	return w.date(s)
}

// moment writes a FHIR date or time in a zone.
func (w words) moment(s string, zone *time.Location) string {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return w.time(t.In(zone))
	}
	return w.date(s)
}

func (w words) time(t time.Time) string {
	if w["locale"] == "zh-TW" {
		return t.Format("2006年1月2日 15:04")
	}
	return t.Format("15:04 02-Jan-2006")
}
