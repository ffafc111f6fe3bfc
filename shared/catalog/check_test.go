package catalog

import (
	"strings"
	"testing"
	"time"

	"signalbox/shared/event"
)

// news is a payload whose type and version a case chooses.
type news struct {
	t       event.Type
	version int
}

func (n news) EventType() event.Type { return n.t }
func (n news) SchemaVersion() int    { return n.version }
func (news) Subject() string         { return "s" }
func (news) Validate() error         { return nil }

var tone = Group{Name: "tone", Settings: []Setting{{Name: "TONE_LEVEL", Help: "a level", Default: "low"}}}

// sound is a small catalog without contradiction.
func sound() *tables {
	return &tables{
		events: []Event{
			{Payload: news{"order.created", 1}, Domain: Retail, Means: "An order was placed."},
			{Payload: news{"parts.availability-changed", 2}, Domain: "automotive", Means: "A part became available."},
		},
		functions: []Function{
			{Name: "shop", Domain: Ingress, Trigger: SourceQueue{"shop"}, Effect: Natural{}, Emits: []event.Type{"order.created"}, Does: "Opens.", Reads: []string{"ledger7"}},
			{Name: "order-created-crm", Domain: Retail, Trigger: EventQueue{Event: "order.created"}, System: "crm", Effect: Natural{}, Does: "Upserts.",
				Settings: []Setting{{Name: "CRM_LEVEL", Help: "a level", Default: "high"}}},
			{Name: "parts-availability-changed-label", Domain: "automotive", Trigger: EventQueue{Event: "parts.availability-changed"}, System: "ledger7",
				Effect: Unsafe{time.Minute}, Groups: []Group{tone}, Does: "Prints."},
		},
		topics: []Topic{{Name: "orders", Domain: Retail, Event: "order.created", For: "the team"}},
		systems: []System{
			{ID: "crm", Title: "CRM", BaseURL: "https://crm.example", Rate: 10, Secret: []string{"key"},
				Settings: []Setting{{Name: "CRM_OBJECT", Help: "an object", Required: true, Example: "Order"}}},
			{ID: "ledger7", Title: "Ledger", Rate: 1},
		},
		groups: []Group{tone},
	}
}

func TestCatalogHasNoContradiction(t *testing.T) {
	if err := Check(); err != nil {
		t.Error(err)
	}
	if err := sound().check(); err != nil {
		t.Errorf("the sound catalog the cases start from: %v", err)
	}
}

func TestCheckFinds(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*tables)
		want   string
	}{
		"an event without payload":            {func(t *tables) { t.events[0].Payload = nil }, "an event has no payload"},
		"an event that is there twice":        {func(t *tables) { t.events[1].Payload = news{"order.created", 1} }, "event order.created is in the catalog twice"},
		"an event of one word":                {func(t *tables) { t.events[0].Payload = news{"order", 1} }, "event order is not named subject.past-participle"},
		"an event in capitals":                {func(t *tables) { t.events[0].Payload = news{"Order.Created", 1} }, "event Order.Created is not named subject.past-participle"},
		"an event of three parts":             {func(t *tables) { t.events[0].Payload = news{"a.b.c", 1} }, "event a.b.c is not named subject.past-participle"},
		"an event of version 0":               {func(t *tables) { t.events[0].Payload = news{"order.created", 0} }, "event order.created: schema versions count from 1"},
		"an event of no domain":               {func(t *tables) { t.events[0].Domain = "" }, "event order.created has no domain"},
		"an event without a meaning":          {func(t *tables) { t.events[0].Means = "" }, "event order.created does not say what it means"},
		"a system that is there twice":        {func(t *tables) { t.systems[1].ID = "crm" }, "system crm is in the catalog twice"},
		"a system with a hyphen":              {func(t *tables) { t.systems[0].ID = "my-crm" }, "system \"my-crm\" is not named by lower-case letters and digits"},
		"a system without a title":            {func(t *tables) { t.systems[0].Title = "" }, "system crm has no title"},
		"a system without a rate":             {func(t *tables) { t.systems[0].Rate = 0 }, "system crm does not say how many requests a second it allows"},
		"a system in plain http":              {func(t *tables) { t.systems[0].BaseURL = "http://crm.example" }, "system crm: its address is not https"},
		"a secret key without a name":         {func(t *tables) { t.systems[0].Secret = []string{""} }, "system crm: a key of its secret has no name"},
		"a function that is there twice":      {func(t *tables) { t.functions[1] = t.functions[0] }, "function shop is in the catalog twice"},
		"a function named with an underscore": {func(t *tables) { t.functions[0].Name = "my_shop" }, "function my_shop: its name is not words joined by hyphens"},
		"a function without a name":           {func(t *tables) { t.functions[0].Name = "" }, "function : its name is not words joined by hyphens"},
		"a function without a trigger":        {func(t *tables) { t.functions[0].Trigger = nil }, "function shop: it has no trigger"},
		"a queue without a source":            {func(t *tables) { t.functions[0].Trigger = SourceQueue{} }, "function shop: its trigger queue has no source"},
		"requests of nobody":                  {func(t *tables) { t.functions[0].Trigger = HTTP{} }, "function shop: its trigger http has no source"},
		"a topic without a source":            {func(t *tables) { t.functions[0].Trigger = Kafka{} }, "function shop: its trigger kafka has no source"},
		"a queue without an event":            {func(t *tables) { t.functions[1].Trigger = EventQueue{} }, "function order-created-crm: its queue has no event"},
		"a schedule by the second":            {func(t *tables) { t.functions[0].Trigger = Schedule{Every: time.Second} }, "function shop: a schedule runs every so many whole minutes"},
		"a schedule between minutes":          {func(t *tables) { t.functions[0].Trigger = Schedule{Every: 90 * time.Second} }, "function shop: a schedule runs every so many whole minutes"},
		"a queue that nobody reads":           {func(t *tables) { t.functions[0].Trigger = Schedule{Every: time.Hour, Refills: "mail"} }, "function shop: no function reads a queue of the source mail that it refills"},
		"a function named for another event":  {func(t *tables) { t.functions[1].Name = "order-paid-crm" }, "function order-paid-crm: its name does not begin with order-created-"},
		"what takes any event and emits one": {func(t *tables) {
			t.functions[1].Name, t.functions[1].Trigger, t.functions[1].Emits = "crm", EventQueue{Event: AnyEvent}, []event.Type{"order.created"}
		}, "function crm: what takes every event would take what it emits"},
		"timers of what takes any event": {func(t *tables) {
			t.functions[1].Name, t.functions[1].Trigger = "crm", EventQueue{Event: AnyEvent, Timers: true}
		}, "function crm: only what one type of event triggers keeps timers"},
		"a name too long for its timers": {func(t *tables) {
			t.functions[1].Name, t.functions[1].Trigger = "order-created-"+strings.Repeat("x", 24), EventQueue{Event: "order.created", Timers: true}
		}, "its name may have 37 characters"},
		"a function of no domain":                {func(t *tables) { t.functions[0].Domain = "" }, "function shop: it has no domain"},
		"a function that does not say what":      {func(t *tables) { t.functions[0].Does = "" }, "function shop: it does not say what it does"},
		"a function without a nature":            {func(t *tables) { t.functions[0].Effect = nil }, "function shop: its effect is neither natural nor unsafe"},
		"an unsafe effect never asked after":     {func(t *tables) { t.functions[2].Effect = Unsafe{} }, "an unsafe effect needs a system and the time after which that system shows it"},
		"an unsafe effect on nothing":            {func(t *tables) { t.functions[2].System = "" }, "an unsafe effect needs a system and the time after which that system shows it"},
		"a function without an effect":           {func(t *tables) { t.functions[1].System = "" }, "it neither writes to a system nor emits an event"},
		"calls below 0":                          {func(t *tables) { t.functions[1].Calls = -1 }, "it makes fewer than no calls"},
		"an event that causes itself":            {func(t *tables) { t.functions[1].Emits = []event.Type{"order.created"} }, "it emits what triggers it"},
		"a timeout beyond Lambda's":              {func(t *tables) { t.functions[1].Timeout = 16 * time.Minute }, "its timeout is not within what Lambda allows, 1 s to 15 min"},
		"a timeout below Lambda's":               {func(t *tables) { t.functions[1].Timeout = time.Millisecond }, "its timeout is not within what Lambda allows, 1 s to 15 min"},
		"memory below Lambda's":                  {func(t *tables) { t.functions[1].MemoryMB = 64 }, "its memory is not within what Lambda allows, 128 to 10,240 MB"},
		"memory beyond Lambda's":                 {func(t *tables) { t.functions[1].MemoryMB = 20480 }, "its memory is not within what Lambda allows, 128 to 10,240 MB"},
		"a trigger that is no event":             {func(t *tables) { t.events = t.events[1:]; t.functions = t.functions[1:] }, "function order-created-crm: event order.created is not in the catalog"},
		"an emitted type that is no event":       {func(t *tables) { t.functions[0].Emits[0] = "order.lost" }, "it emits order.lost, which is not in the catalog"},
		"an emitted type that is there twice":    {func(t *tables) { t.functions[0].Emits = append(t.functions[0].Emits, "order.created") }, "it emits order.created twice"},
		"a system that is none":                  {func(t *tables) { t.functions[1].System = "erp" }, "system erp is not in the catalog"},
		"a system to read that is none":          {func(t *tables) { t.functions[1].Reads = []string{"erp"} }, "system erp is not in the catalog"},
		"a system that is written and read":      {func(t *tables) { t.functions[1].Reads = []string{"crm"} }, "system crm is named twice"},
		"a setting in small letters":             {func(t *tables) { t.functions[1].Settings[0].Name = "level" }, "setting \"level\" is not upper-case words joined by underscores"},
		"a setting of the runtime":               {func(t *tables) { t.functions[1].Settings[0].Name = "SIGNALBOX_BUS" }, "setting SIGNALBOX_BUS: SIGNALBOX_ and AWS_ are taken"},
		"a setting of AWS":                       {func(t *tables) { t.functions[1].Settings[0].Name = "AWS_REGION" }, "setting AWS_REGION: SIGNALBOX_ and AWS_ are taken"},
		"a setting that its system has too":      {func(t *tables) { t.functions[1].Settings[0].Name = "CRM_OBJECT" }, "function order-created-crm: setting CRM_OBJECT is also of system crm; settings of several functions are a group"},
		"a setting that is its system's address": {func(t *tables) { t.functions[1].Settings[0].Name = "CRM_BASE_URL" }, "setting CRM_BASE_URL is also of system crm; settings of several functions are a group"},
		"a setting of two functions": {func(t *tables) { t.functions[2].Settings = t.functions[1].Settings },
			"function parts-availability-changed-label: setting CRM_LEVEL is also of function order-created-crm; settings of several functions are a group"},
		"a setting of a function and a group": {func(t *tables) { t.functions[1].Settings[0].Name = "TONE_LEVEL" },
			"group tone: setting TONE_LEVEL is also of function order-created-crm; settings of several functions are a group"},
		"a group that is not listed":         {func(t *tables) { t.groups = nil }, "function parts-availability-changed-label: group \"tone\" is named twice or is not in the catalog"},
		"a group that a function changed":    {func(t *tables) { t.functions[2].Groups = []Group{{Name: "tone"}} }, "group \"tone\" is named twice or is not in the catalog"},
		"a group that is named twice":        {func(t *tables) { t.functions[2].Groups = []Group{tone, tone} }, "group \"tone\" is named twice or is not in the catalog"},
		"a group that is listed twice":       {func(t *tables) { t.groups = append(t.groups, tone) }, "group tone is in the catalog twice"},
		"a group of no function":             {func(t *tables) { t.functions[2].Groups = nil }, "group tone is used by no function"},
		"a group in capitals":                {func(t *tables) { t.groups = append(t.groups, Group{Name: "Tone"}) }, "group \"Tone\" is not named by words joined by hyphens"},
		"more reserved than a system allows": {func(t *tables) { t.functions[1].Rate = 10.5 }, "system crm: its functions reserve 10.5 requests a second and it allows 10"},
		"all reserved and another writer": {func(t *tables) {
			t.functions[1].Rate = 10
			t.functions[2].System = "crm"
		}, "system crm: all of its 10 requests a second are reserved and nothing is left for 1 other functions"},
		"a negative reservation":   {func(t *tables) { t.functions[1].Rate = -1 }, "function order-created-crm: only requests to a system can be reserved, and not fewer than none"},
		"a reservation of nothing": {func(t *tables) { t.functions[0].Rate = 1 }, "function shop: only requests to a system can be reserved, and not fewer than none"},
		"a lake of single events":  {func(t *tables) { t.systems[0].Lake = true }, "function order-created-crm: only what takes every event writes to the lake"},
		"two that refill a source": {func(t *tables) {
			refill := Function{Name: "refill", Domain: Platform, Trigger: Schedule{Every: time.Hour, Refills: "shop"}, Effect: Natural{}, Does: "Refills."}
			again := refill
			again.Name = "again"
			t.functions = append(t.functions, refill, again)
		}, "function refill: again refills shop too"},
		"two that keep a subscription": {func(t *tables) {
			keep := Function{Name: "keep", Domain: Platform, Trigger: Schedule{Every: time.Hour, Subscribes: "shop"}, System: "crm", Effect: Natural{}, Does: "Keeps."}
			again := keep
			again.Name = "again"
			t.functions = append(t.functions, keep, again)
		}, "function keep: again keeps the subscription at shop too"},
		"two that answer a source": {func(t *tables) {
			answer := Function{Name: "answer", Domain: Ingress, Trigger: HTTP{"shop"}, Effect: Natural{}, Does: "Answers."}
			again := answer
			again.Name = "again"
			t.functions = append(t.functions, answer, again)
		}, "function answer: again answers the requests of shop too"},
		"a setting without help":                {func(t *tables) { t.systems[0].Settings[0].Help = "" }, "setting CRM_OBJECT has no help"},
		"a required setting with a default":     {func(t *tables) { t.systems[0].Settings[0].Default = "x" }, "setting CRM_OBJECT is required and has a default"},
		"a required setting without an example": {func(t *tables) { t.systems[0].Settings[0].Example = "" }, "setting CRM_OBJECT is required and has no example"},
		"an echo that is no event":              {func(t *tables) { t.functions[1].Echoes = []event.Type{"order.lost"} }, "what it writes comes back as order.lost, which is not in the catalog"},
		"a write that comes back as its cause":  {func(t *tables) { t.functions[1].Echoes = []event.Type{"order.created"} }, "events cause themselves: order.created, then order.created"},
		"a loop over two functions": {func(t *tables) {
			t.functions[1].Emits = []event.Type{"parts.availability-changed"}
			t.functions[2].Echoes = []event.Type{"order.created"}
		}, "events cause themselves: order.created, then parts.availability-changed, then order.created"},
		"a topic that is there twice":      {func(t *tables) { t.topics = append(t.topics, t.topics[0]) }, "topic orders is in the catalog twice"},
		"a topic without a name":           {func(t *tables) { t.topics[0].Name = "" }, "topic \"\": its name is not words joined by hyphens"},
		"a topic for nobody":               {func(t *tables) { t.topics[0].For = "" }, "topic orders does not say whose it is"},
		"a topic of an event that is none": {func(t *tables) { t.topics[0].Event = "order.lost" }, "topic orders: event order.lost is not in the catalog"},
	} {
		t.Run(name, func(t *testing.T) {
			catalog := sound()
			c.change(catalog)
			if err := catalog.check(); err == nil || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
