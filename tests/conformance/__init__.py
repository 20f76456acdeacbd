"""One list of scenarios over every shell and store; their observations must be equal."""
