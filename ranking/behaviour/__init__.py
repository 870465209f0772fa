"""What shoppers do, as values: events, counters that any order of the log leads to, and rates that small numbers cannot fool."""
