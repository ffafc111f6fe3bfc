package editest

import (
	"strings"
	"testing"
)

const good = "ISA*00*          *00*          *ZZ*ACME           *ZZ*PARTS          *260305*0059*U*00401*000000045*0*P*>~" +
	"GS*PO*ACME*PARTS*20260305*0059*45*X*004010~ST*850*0001~BEG*00*SA*SB45**20260305~N1*ST*ACME~N3*STREET~N4*CITY**38115*US~" +
	"PO1*1*2*EA*24.99*PE*VP*P*BP*S~PID*F****NAME~CTT*1*2~SE*9*0001~GE*1*45~IEA*1*000000045~"

func TestParserAcceptsAGoodInterchange(t *testing.T) {
	if o, err := Parse(good); err != nil || o.Number != "SB45" || o.Lines[0].Quantity != 2 {
		t.Errorf("Parse = %+v, %v", o, err)
	}
}

func TestParserRefusesWhatTheStandardDoes(t *testing.T) {
	for name, c := range map[string][2]string{
		"a short sender":                  {"ACME           *ZZ", "ACME*ZZ"},
		"a control number of 8 digits":    {"00401*000000045", "00401*00000045"},
		"a date that is none":             {"*260305*", "*261305*"},
		"another version":                 {"004010~", "005010~"},
		"other partners in the group":     {"GS*PO*ACME", "GS*PO*OTHER"},
		"another count of segments":       {"SE*9", "SE*10"},
		"another number of the set":       {"SE*9*0001", "SE*9*0002"},
		"another number of the group":     {"GE*1*45", "GE*1*46"},
		"another interchange's number":    {"IEA*1*000000045", "IEA*1*000000046"},
		"another count of lines":          {"CTT*1", "CTT*2"},
		"another hash total":              {"CTT*1*2", "CTT*1*3"},
		"a quantity of none":              {"PO1*1*2*", "PO1*1*0*"},
		"a price that is a word":          {"24.99", "cheap"},
		"a price without its basis":       {"*PE*", "**"},
		"an order without a number":       {"SB45", ""},
		"an order of no date":             {"**20260305~N1", "**20260399~N1"},
		"a missing ship-to":               {"N3*STREET~", ""},
		"an unknown segment":              {"N3*", "N9*"},
		"an empty element at the end":     {"N3*STREET", "N3*STREET*"},
		"a separator in a text":           {"NAME", "NA*ME"},
		"a last segment not terminated":   {"IEA*1*000000045~", "IEA*1*000000045"},
		"something after the end":         {"IEA*1*000000045~", "IEA*1*000000045~X~"},
		"a line break between":            {"~GS", "~\nGS"},
		"a control number of 0":           {"00401*000000045", "00401*000000000"},
		"a description before its line":   {"PO1*1*2*EA*24.99*PE*VP*P*BP*S~PID*F****NAME~", "PID*F****NAME~PO1*1*2*EA*24.99*PE*VP*P*BP*S~"},
		"a group number with a leading 0": {"*0059*45*X", "*0059*045*X"},
	} {
		bad := strings.Replace(good, c[0], c[1], 1)
		if bad == good {
			t.Fatalf("%s: the interchange is not changed", name)
		}
		if _, err := Parse(bad); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
