package editest

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Order is the content of a purchase order.
type Order struct {
	Sender, Receiver string
	// Control is the interchange's control number, nine digits, and Usage "P" or "T".
	Control, Usage string
	// Number is the purchase order's.
	Number string
	Date   time.Time
	ShipTo []string
	Lines  []Line
}

// Line is one position of a purchase order.
type Line struct {
	Quantity                      int64
	Unit, Price, Part, SKU, Named string
}

// rule is the standard's definition of one segment: the pattern of each element, in
// order. The pattern of an optional element ends in "?". There must be no further
// elements.
type rule []string

const (
	date8 = `\d{8}`
	word  = `[ -)+-=?-}]+` // printable, without the separators
)

// rules are those of the segments that a purchase order here may have, as X12
// 004010 defines them: types, least and greatest lengths, mandatory elements.
var rules = map[string]rule{
	"GS":  {"PO", word, word, date8, `\d{4,8}`, `[1-9]\d{0,8}`, "X", "004010"},
	"ST":  {"850", `[0-9A-Za-z]{4,9}`},
	"BEG": {"0[0-7]", "[A-Z]{2}", `[!-)+-=?-}]{1,22}`, "?", date8},
	"N1":  {"[A-Z0-9]{2,3}", `.{1,60}`},
	"N3":  {`.{1,55}`},
	"N4":  {`.{2,30}`, `(?:[A-Z]{2})?`, `.{3,15}`, `[A-Z]{2,3}`},
	"PO1": {`\d{1,20}`, `[1-9]\d{0,8}`, "[A-Z0-9]{2}", `(?:\d{1,17}(?:\.\d{1,16})?)?`, `(?:PE)?`, "VP", `.{1,48}`, "BP", `.{1,48}`},
	"PID": {"F", "?", "?", "?", `.{1,80}`},
	"CTT": {`\d{1,6}`, `\d{1,10}`},
	"SE":  {`\d{1,10}`, `[0-9A-Za-z]{4,9}`},
	"GE":  {`\d{1,6}`, `[1-9]\d{0,8}`},
	"IEA": {`\d{1,5}`, `\d{9}`},
}

// isa is the interchange header: it has a fixed length, and names its own separators.
var isa = regexp.MustCompile(`^ISA\*00\* {10}\*00\* {10}\*([0-9A-Z]{2})\*([ -)+-=?-}]{15})\*([0-9A-Z]{2})\*([ -)+-=?-}]{15})\*(\d{6})\*(\d{4})\*U\*00401\*(\d{9})\*[01]\*([PT])\*>~`)

const isaLength = 106

// grammar is that of the segments after the header: one group, one
// purchase order of one or more lines.
var grammar = regexp.MustCompile(`^GS ST BEG N1 N3 N4 (PO1 (PID )?)+CTT SE GE IEA $`)

// Parse reads an interchange of one purchase order and accepts only what the
// standard allows. It shares no code with package edi, which writes them.
func Parse(text string) (Order, error) {
	head := isa.FindStringSubmatch(text)
	if head == nil || len(head[0]) != isaLength {
		return Order{}, errors.New("ISA: not an interchange header")
	}
	o := Order{Sender: strings.TrimRight(head[2], " "), Receiver: strings.TrimRight(head[4], " "), Control: head[7], Usage: head[8]}
	if _, err := time.Parse("0601021504", head[5]+head[6]); err != nil {
		return Order{}, errors.New("ISA: no date and time")
	}
	rest := text[isaLength:]
	if !strings.HasSuffix(rest, "~") {
		return Order{}, errors.New("the last segment is not terminated")
	}
	var segments [][]string
	var tags strings.Builder
	for segment := range strings.SplitSeq(strings.TrimSuffix(rest, "~"), "~") {
		elements := strings.Split(segment, "*")
		if err := check(elements); err != nil {
			return Order{}, err
		}
		segments = append(segments, elements)
		tags.WriteString(elements[0] + " ")
	}
	if !grammar.MatchString(tags.String()) {
		return Order{}, fmt.Errorf("segments in no order of the standard: %s", tags.String())
	}
	err := o.read(segments)
	return o, err
}

func check(elements []string) error {
	tag := elements[0]
	r, ok := rules[tag]
	if !ok {
		return errors.New("an unknown segment")
	}
	if len(elements)-1 > len(r) || elements[len(elements)-1] == "" {
		return fmt.Errorf("%s: elements too many, or empty at the end", tag)
	}
	for i, pattern := range r {
		value := ""
		if i+1 < len(elements) {
			value = elements[i+1]
		}
		if pattern == "?" {
			pattern = ""
		}
		if !regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(value) {
			return fmt.Errorf("%s%02d: not of the type", tag, i+1)
		}
	}
	return nil
}

// read collects the order's values and compares those that occur twice.
func (o *Order) read(segments [][]string) error {
	control, set, hash, lines := "", "", int64(0), 0
	number := strings.TrimLeft(o.Control, "0")
	for i, s := range segments {
		switch s[0] {
		case "GS":
			if s[2] != o.Sender || s[3] != o.Receiver {
				return errors.New("GS: other partners than the interchange's")
			}
			control = s[6]
			if number == "" {
				return errors.New("ISA13: control numbers count from 1")
			}
		case "ST":
			set = s[2]
		case "BEG":
			o.Number = s[3]
			var err error
			if o.Date, err = time.Parse("20060102", s[5]); err != nil {
				return errors.New("BEG05: no date")
			}
		case "N1", "N3", "N4":
			o.ShipTo = append(o.ShipTo, s[1:]...)
		case "PO1":
			lines++
			quantity, _ := strconv.ParseInt(s[2], 10, 64)
			hash += quantity
			if s[1] != strconv.Itoa(lines) || (s[4] == "") != (s[5] == "") {
				return errors.New("PO1: a line out of order, or a basis without a price")
			}
			o.Lines = append(o.Lines, Line{Quantity: quantity, Unit: s[3], Price: s[4], Part: s[7], SKU: s[9]})
		case "PID":
			o.Lines[len(o.Lines)-1].Named = s[5]
		case "CTT":
			if s[1] != strconv.Itoa(lines) || s[2] != strconv.FormatInt(hash, 10) {
				return errors.New("CTT: other totals than the lines'")
			}
		case "SE":
			// ST is the second of the segments here.
			if s[1] != strconv.Itoa(i) || s[2] != set {
				return errors.New("SE: other count or number than the set's")
			}
		case "GE":
			if s[1] != "1" || s[2] != control {
				return errors.New("GE: other count or number than the group's")
			}
		case "IEA":
			if s[1] != "1" || s[2] != o.Control {
				return errors.New("IEA: other count or number than the interchange's")
			}
		}
	}
	return nil
}
