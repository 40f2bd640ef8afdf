package patients

// listTx is what is kept of lists, entries and our own data.
type listTx interface{}
