package vault

// Compartment is a part of a subject's file that is granted on its own. Each has a data key of its own, so that who may read
// which part is also a matter of keys. The numbers are stored: never reuse one.
type Compartment int16

// The compartments.
const (
	Ordinary  Compartment = 1 // 一般信息: names, ID numbers, phones and notes that everyone at work on the case reads
	Reporter  Compartment = 2 // 报告人信息: who reported
	Narrative Compartment = 3 // 性侵害案情: what was said about sexual abuse
	Medical   Compartment = 4 // 医疗信息
	Address   Compartment = 5 // 受保护住址: where a child was placed
)

// Compartments lists all of them.
var Compartments = []Compartment{Ordinary, Reporter, Narrative, Medical, Address}

var compartmentNames = map[Compartment]string{
	Ordinary: "ordinary", Reporter: "reporter", Narrative: "narrative", Medical: "medical", Address: "address",
}

// Valid tells whether c is in the list.
func (c Compartment) Valid() bool { return compartmentNames[c] != "" }

// String gives the compartment's code, as in the API and the audit log; "unknown" outside the list.
func (c Compartment) String() string {
	if name := compartmentNames[c]; name != "" {
		return name
	}
	return "unknown"
}
