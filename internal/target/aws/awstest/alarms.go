package awstest

import (
	"net/http"

	"github.com/aws/smithy-go/encoding/cbor"
)

// Alarm is one of CloudWatch's.
type Alarm struct {
	Name           string
	Ringing, Muted bool
}

func (a *Account) describeAlarms(w http.ResponseWriter) {
	all := cbor.List{}
	for _, alarm := range a.Alarms {
		state := "OK"
		if alarm.Ringing {
			state = "ALARM"
		}
		all = append(all, cbor.Map{"AlarmName": cbor.String(alarm.Name), "StateValue": cbor.String(state), "ActionsEnabled": cbor.Bool(!alarm.Muted)})
	}
	answerCBOR(w, http.StatusOK, cbor.Map{"MetricAlarms": all})
}

func answerCBOR(w http.ResponseWriter, status int, value cbor.Map) {
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	w.Header().Set("Content-Type", "application/cbor")
	w.WriteHeader(status)
	_, _ = w.Write(cbor.Encode(value))
}

func refuseCBOR(w http.ResponseWriter, r Refusal) {
	answerCBOR(w, r.Status, cbor.Map{"__type": cbor.String(r.Code), "message": cbor.String(r.Message)})
}
