package patients

// connectionTx is what is kept of connections to record systems.
type connectionTx interface{}
