"""Whether a store under kills, pauses and cuts keeps what it acknowledged: clients, faults, a checker."""
