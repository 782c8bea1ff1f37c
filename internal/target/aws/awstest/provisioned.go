package awstest

import (
	"encoding/json"
	"net/http"
)

// serveProvisioned keeps environments ready for versions: for what is unpublished Lambda
// keeps none.
func (a *Account) serveProvisioned(w http.ResponseWriter, r *http.Request, action, name string) {
	v, ok := a.find(name, r.URL.Query().Get("Qualifier"))
	if !ok || v.version == 0 {
		refuse(w, Refusal{Status: http.StatusNotFound, Code: "ResourceNotFoundException", Message: "Function not found: " + name})
		return
	}
	var in struct{ ProvisionedConcurrentExecutions int }
	switch {
	case action == "lambda:PutProvisionedConcurrencyConfig":
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.ProvisionedConcurrentExecutions < 1 || v.under > 0 {
			refuse(w, Refusal{Status: http.StatusBadRequest, Code: "InvalidParameterValueException", Message: "not a number of environments of a version that is active"})
			return
		}
		v.kept, v.making = in.ProvisionedConcurrentExecutions, v.Slow
		answer(w, http.StatusAccepted, map[string]any{"Status": "IN_PROGRESS", "RequestedProvisionedConcurrentExecutions": v.kept})
	case v.kept == 0:
		refuse(w, Refusal{Status: http.StatusNotFound, Code: "ProvisionedConcurrencyConfigNotFoundException", Message: "No Provisioned Concurrency Config found for this function"})
	case action == "lambda:DeleteProvisionedConcurrencyConfig":
		v.kept = 0
		w.WriteHeader(http.StatusNoContent)
	case v.making > 0:
		v.making--
		answer(w, http.StatusOK, map[string]any{"Status": "IN_PROGRESS", "RequestedProvisionedConcurrentExecutions": v.kept})
	case v.Unready != "":
		answer(w, http.StatusOK, map[string]any{"Status": "FAILED", "StatusReason": v.Unready, "RequestedProvisionedConcurrentExecutions": v.kept})
	default:
		answer(w, http.StatusOK, map[string]any{"Status": "READY", "AvailableProvisionedConcurrentExecutions": v.kept, "RequestedProvisionedConcurrentExecutions": v.kept})
	}
}
