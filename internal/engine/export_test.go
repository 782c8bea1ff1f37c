package engine

import "time"

// APIAddr is where the environment's Runtime API listens, as the function sees
// it; "" when it has no process.
func (env *Environment) APIAddr() string {
	if env.process == nil {
		return ""
	}
	return env.process.address
}

// Temp is the folder in place of /tmp where there are no mounts.
func (env *Environment) Temp() string { return env.temp }

// SetMoment is how long a request waits for an environment that has answered.
func (p *Pool) SetMoment(moment time.Duration) { p.moment = moment }
